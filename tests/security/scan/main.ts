import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'

import { type InjectionPoint, injectionPoints, type KnownRecords } from './injection-points.ts'
import { findsHole, type PointOutcome, runSqlmap } from './run-sqlmap.ts'
import { runWapiti, type WapitiOutcome } from './run-wapiti.ts'
import { failuresOf, reportText, type ScanResult } from './scan-report.ts'
import { type ScanServer, startScanServer } from './scan-server.ts'
import { ensureScanners } from './tools.ts'

const RESULTS = join(import.meta.dirname, '..', 'results')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Asked {
  readonly isQuick: boolean
  /** Only the places whose name holds this. */
  readonly only: string | undefined
  /** How many places are attacked at once. */
  readonly jobs: number
}

/**
 * `npm run scan`: starts a server of ours with the demo company and lets sqlmap and wapiti attack it
 * with real sessions. Writes `results/scan.md`; fails on any finding, on a scan that did not come to
 * its end, and on any answer of 500 and above.
 *
 * @example npm run scan -- --quick           // a few places and modules
 * @example npm run scan -- --only aggregate  // some places with sqlmap alone, without a report
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      jobs: { type: 'string', default: '2' },
    },
  })
  const asked = { isQuick: values.quick, only: values.only, jobs: Number(values.jobs) }
  const versions = await ensureScanners()
  const started = performance.now()
  const server = await startScanServer(say)
  try {
    if (!(await findsHole(server))) throw new Error('sqlmap did not find the hole made for it')
    const points = await attackPoints(server, asked)
    const wapiti = asked.only === undefined ? await lookAtPages(server, asked) : []
    const result: ScanResult = {
      versions,
      minutes: Math.ceil((performance.now() - started) / 60_000),
      isQuick: asked.isQuick,
      points,
      wapiti,
      faults: server.faults,
      brokenImports: await server.brokenImports(),
    }
    await conclude(result, asked)
  } finally {
    await server.stop()
  }
}

async function attackPoints(server: ScanServer, asked: Asked): Promise<PointOutcome[]> {
  const { isQuick, only, jobs } = asked
  const waiting = injectionPoints(await knownRecords(server)).filter(
    (point) => (!isQuick || point.isQuick === true) && point.name.includes(only ?? ''),
  )
  const outcomes = new Map<InjectionPoint, PointOutcome>()
  const all = [...waiting]
  const work = async (): Promise<void> => {
    for (let point = waiting.shift(); point; point = waiting.shift()) {
      const outcome = await runSqlmap(server, point)
      outcomes.set(point, outcome)
      say(
        `${outcome.verdict.padEnd(12)} ${outcome.requests} requests  ${point.name} as ${point.as}`,
      )
      if (outcome.said !== undefined) say(outcome.said)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return all.flatMap((point) => outcomes.get(point) ?? [])
}

async function lookAtPages(server: ScanServer, { isQuick }: Asked): Promise<WapitiOutcome[]> {
  const outcomes: WapitiOutcome[] = []
  for (const as of isQuick ? (['admin'] as const) : (['admin', 'rep'] as const)) {
    const outcome = await runWapiti(server, as, { isQuick })
    outcomes.push(outcome)
    say(`wapiti as ${as}: ${outcome.requests} requests, ${outcome.findings.length} reports`)
  }
  return outcomes
}

async function conclude(result: ScanResult, { only }: Asked): Promise<void> {
  const failures = failuresOf(result)
  if (only === undefined) {
    await mkdir(RESULTS, { recursive: true })
    await writeFile(join(RESULTS, 'scan.md'), reportText(result))
  }
  for (const failure of failures) say(`FINDING ${failure}`)
  say(`${result.points.length} places, ${failures.length} findings, ${result.minutes} minutes`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

interface MyAccount {
  readonly id: string
  readonly version: number
  readonly account_no: string
  readonly owner: { readonly id: string }
}

/** Records of the demo company that requests name, and an import that has faults. */
async function knownRecords(server: ScanServer): Promise<KnownRecords> {
  const ask = async (path: string, more: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(server.address + path, {
      ...more,
      headers: { ...server.admin, ...more.headers },
    })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return answer.json()
  }
  // Of the salesperson, so that they too get an answer about it.
  const list = '/api/v1/records/account?limit=1'
  const mine = await ask(`${list}&select=owner,account_no`, { headers: { ...server.rep } })
  const [account] = (mine as { records: MyAccount[] }).records
  if (account === undefined) throw new Error('The salesperson sees no account')
  const page = (await ask(`${list}&sort=name`)) as { next_cursor: string }
  const quotes = (await ask('/api/v1/records/quote?limit=1')) as { records: { id: string }[] }
  const form = new FormData()
  form.set('object', 'account')
  form.set('file', new Blob(['name,level\nScan,no such level\n']), 'faults.csv')
  const { id } = (await ask('/api/v1/imports', { method: 'POST', body: form })) as { id: string }
  return {
    account: account.id,
    accountNumber: account.account_no,
    version: account.version,
    owner: account.owner.id,
    quote: quotes.records[0]?.id ?? '',
    cursor: page.next_cursor,
    importJob: id,
  }
}

await main()
