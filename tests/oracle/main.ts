import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { openDatabase } from '@trellis/server/db'

import { startTestCluster } from '../support/test-cluster.ts'
import { testConfig } from '../support/test-config.ts'
import { decisionsOf } from './compare.ts'
import { type OpenDatabase, type RunLimits, runNonInterference, runOracle } from './run-worlds.ts'

/** What a run came to, as it is kept in `results/`. */
interface Report {
  readonly seed: number
  readonly requests: number
  readonly figures: Readonly<Record<string, unknown>>
  readonly found: readonly unknown[]
}

const RESULTS = join(import.meta.dirname, 'results')

async function oracle(open: OpenDatabase, limits: RunLimits): Promise<Report> {
  const comparison = await runOracle(open, limits)
  const { decisions, requests, differences } = comparison
  const figures = {
    decisions: decisionsOf(comparison),
    by_surface: Object.fromEntries([...decisions].toSorted()),
  }
  return { seed: limits.seed, requests, figures, found: differences }
}

async function nonInterference(open: OpenDatabase, limits: RunLimits): Promise<Report> {
  const { pairs, requests, found } = await runNonInterference(open, limits)
  return { seed: limits.seed, requests, figures: { pairs }, found }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      decisions: { type: 'string', default: '1000000' },
      pairs: { type: 'string', default: '2000' },
      'until-found': { type: 'boolean', default: false },
    },
  })
  const isOracle = positionals[0] !== 'non-interference'
  const limits = {
    seed: Number(values.seed),
    count: Number(isOracle ? values.decisions : values.pairs),
    untilFound: values['until-found'],
  }
  const started = performance.now()
  const cluster = await startTestCluster()
  const open: OpenDatabase = async () => {
    const url = await cluster.clone('migrated')
    const config = testConfig({ DATABASE_URL: url })
    const database = await openDatabase(config)
    const drop = (): Promise<void> => database.close().then(() => cluster.drop(url))
    return { config, database, drop }
  }
  try {
    const report = await (isOracle ? oracle : nonInterference)(open, limits)
    const seconds = Math.round((performance.now() - started) / 1000)
    const kept = { ...report, seconds, found: report.found.slice(0, 50) }
    const name = `${isOracle ? 'oracle' : 'non-interference'}-${limits.seed}.json`
    await mkdir(RESULTS, { recursive: true })
    const text = `${JSON.stringify(kept, null, 2)}\n`
    if (!limits.untilFound) await writeFile(join(RESULTS, name), text)
    process.stdout.write(`${JSON.stringify({ ...kept, found: kept.found.slice(0, 3) }, null, 2)}\n`)
    process.stdout.write(`${report.found.length} found\n`)
    process.exitCode = report.found.length === 0 ? 0 : 1
  } finally {
    await cluster.stop()
  }
}

await main()
