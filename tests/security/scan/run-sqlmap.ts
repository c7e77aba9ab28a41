import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { InjectionPoint } from './injection-points.ts'
import type { ScanServer } from './scan-server.ts'
import { runTool } from './tools.ts'

/** What came of attacking one place. */
export interface PointOutcome {
  readonly point: InjectionPoint
  /** What the request is answered as long as nobody attacks. */
  readonly harmless: number
  /** How many requests the server answered, and with which statuses. */
  readonly requests: number
  readonly statuses: string
  readonly verdict: 'clean' | 'injectable' | 'not finished'
  /** The last words of sqlmap, unless it found nothing. */
  readonly said?: string
}

const MARK = '*'
// What only «appears to be injectable» is checked by sqlmap itself before it says so in these words.
const INJECTABLE = /identified the following injection point|is vulnerable/
const CLEAN = /all tested parameters do not appear to be injectable/
const LONGEST_SECONDS = 240

/** What a request without the mark is answered, to see that it is a good one before it is attacked. */
async function sendHarmless(server: ScanServer, point: InjectionPoint): Promise<number> {
  const plain = (text: string): string => text.replace(MARK, '')
  const headers = Object.entries(headersOf(server, point)).map(([name, value]) => [
    name,
    plain(value),
  ])
  const answer = await fetch(server.address + plain(point.path), {
    method: point.method,
    headers: Object.fromEntries(headers),
    ...(point.body === undefined ? {} : { body: plain(point.body) }),
  })
  await answer.body?.cancel()
  return answer.status
}

/** Lets sqlmap attack one place with all its techniques. */
export async function runSqlmap(server: ScanServer, point: InjectionPoint): Promise<PointOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-sqlmap-'))
  const agent = `sqlmap ${point.as} ${point.name}`
  const harmless = await sendHarmless(server, point)
  try {
    const file = join(folder, 'request.txt')
    await writeFile(file, requestText(server, point, agent))
    const { output, isCutOff } = await runTool('sqlmap', parameters(file, folder, point), {
      seconds: LONGEST_SECONDS,
    })
    return outcomeOf({ server, point, harmless, agent, output, isCutOff })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether sqlmap finds the hole that was made for it: else it proves nothing that it finds none. */
export async function findsHole({ hole }: ScanServer): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-sqlmap-'))
  try {
    const file = join(folder, 'request.txt')
    await writeFile(file, `GET /?name=a* HTTP/1.1\r\nhost: ${new URL(hole).host}\r\n\r\n`)
    const { output } = await runTool('sqlmap', parameters(file, folder, {}), {
      seconds: LONGEST_SECONDS,
    })
    return INJECTABLE.test(output)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function parameters(
  file: string,
  folder: string,
  { isDear = false, isName = false }: Pick<InjectionPoint, 'isDear' | 'isName'>,
): string[] {
  const own = isDear ? '--level 1 --risk 1' : '--level 3 --risk 2'
  const encoding = isName ? ' --tamper charencode' : ''
  return [
    '-r',
    file,
    '--output-dir',
    join(folder, 'out'),
    ...`${USUAL} ${own}${encoding}`.split(' '),
  ]
}

// What is refused is still answered: sqlmap is not to stop at the first refusal.
const USUAL =
  '--batch --ignore-stdin --disable-coloring --dbms PostgreSQL --technique BEUSTQ --time-sec 3 ' +
  '--timeout 30 --retries 1 --ignore-proxy --drop-set-cookie --keep-alive ' +
  '--ignore-code 400,401,403,404,409,412,413,415,422,423'

function outcomeOf(run: {
  server: ScanServer
  point: InjectionPoint
  harmless: number
  agent: string
  output: string
  isCutOff: boolean
}): PointOutcome {
  const { server, point, harmless, agent, output, isCutOff } = run
  const counts = [...server.answersTo(agent)].toSorted(([a], [b]) => a - b)
  const requests = counts.reduce((sum, [, count]) => sum + count, 0)
  const statuses = counts.map(([status, count]) => `${status}: ${count}`).join(', ')
  const told = { point, harmless, requests, statuses }
  if (INJECTABLE.test(output)) return { ...told, verdict: 'injectable', said: output.slice(-3000) }
  const isFinished = CLEAN.test(output) && !isCutOff && requests > 10
  return isFinished
    ? { ...told, verdict: 'clean' }
    : { ...told, verdict: 'not finished', said: output.slice(-1500) }
}

function headersOf(
  { admin, rep }: ScanServer,
  { as, headers }: InjectionPoint,
): Record<string, string> {
  const sessions = { admin, rep, stranger: {} } as const
  return { ...sessions[as], ...headers }
}

function requestText(server: ScanServer, point: InjectionPoint, agent: string): string {
  const headers = {
    host: new URL(server.address).host,
    'user-agent': agent,
    ...headersOf(server, point),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${point.method} ${point.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${point.body ?? ''}`
}
