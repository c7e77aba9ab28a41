import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Listener, startListener } from './listener.ts'
import type { ScanServer, Session } from './scan-server.ts'
import { runTool } from './tools.ts'

/** Something that wapiti holds against an address. */
export interface WapitiFinding {
  readonly category: string
  readonly info: string
  readonly request: string
  /** The address answers the page of the runtime, byte for byte, as every address of a page does. */
  readonly isFrontPage?: boolean
}

/** What came of a scan by wapiti. */
export interface WapitiOutcome {
  readonly as: 'admin' | 'rep'
  readonly modules: readonly string[]
  readonly starts: readonly string[]
  readonly requests: number
  readonly statuses: string
  readonly findings: readonly WapitiFinding[]
  /** Why the scan cannot be relied on; undefined if it came to its end. */
  readonly fault?: string
}

const MODULES = [
  'sql',
  'blindsql',
  'xss',
  'permanentxss',
  'exec',
  'file',
  'crlf',
  'redirect',
  'ssrf',
  'xxe',
  'csrf',
  'csp',
  'cookieflags',
  'http_headers',
  'htaccess',
  'methods',
  'shellshock',
  'backup',
]
const QUICK_MODULES = ['sql', 'xss', 'file', 'redirect', 'csp', 'http_headers']

const TIMES = '--max-scan-time 120 --max-attack-time 60'
const QUICK_TIMES = '--max-scan-time 60 --max-attack-time 30'

/** Pages and questions with parameters: the pages are drawn by programs, in which wapiti finds no links. */
const STARTS = [
  '/',
  '/login?next=/account',
  '/reset-password?token=a',
  '/studio/',
  '/api/docs',
  '/account?view=all&q=a',
  '/api/v1/records/account?limit=2&q=a&sort=name&select=name&count=exact',
  '/api/v1/records/account?limit=2&filter%5Bname%5D=a&view=all',
  '/api/v1/records/opportunity?limit=2&where=%7B%22%3D%3D%22%3A%5B%7B%22var%22%3A%22stage%22%7D%2C%22won%22%5D%7D',
  '/api/v1/search?q=ab&objects=account',
  '/api/v1/audit?limit=2&object=account&action=sign_in',
  '/api/v1/approvals?box=to_do&limit=2',
  '/api/v1/auth/oidc/start?next=/account',
  '/api/v1/auth/oidc/callback?code=a&state=b',
  '/api/v1/meta/objects/account',
  '/api/v1/imports',
  '/api/v1/me',
]

/** Lets wapiti look at the pages and at what the API answers to a signed-in caller. */
export async function runWapiti(
  server: ScanServer,
  as: 'admin' | 'rep',
  { isQuick }: { isQuick: boolean },
): Promise<WapitiOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-wapiti-'))
  const listener = await startListener()
  const agent = `wapiti ${as}`
  const modules = isQuick ? QUICK_MODULES : MODULES
  try {
    const cookies = join(folder, 'cookies.json')
    await writeFile(cookies, JSON.stringify(cookieFile(server[as])))
    const file = join(folder, 'report.json')
    const { output, isCutOff } = await runTool(
      'wapiti',
      [
        ...`-u ${server.address}/ --scope domain -m ${modules.join(',')} -c ${cookies}`.split(' '),
        ...STARTS.flatMap((start) => ['-s', server.address + start]),
        '-H',
        `x-csrf-token: ${server[as]['x-csrf-token']}`,
        '-A',
        agent,
        ...`--endpoint ${listener.address} --store-session ${join(folder, 'store')}`.split(' '),
        ...`--store-config ${join(folder, 'config')} --flush-session --no-bugreport`.split(' '),
        ...`-l 2 -S polite -d 3 -t 20 -f json -o ${file} ${isQuick ? QUICK_TIMES : TIMES}`.split(
          ' ',
        ),
      ],
      { seconds: 900 },
    )
    const report = await readFile(file, 'utf8').catch(() => '')
    const outcome = outcomeOf({ server, as, agent, modules, report, output, isCutOff, listener })
    return { ...outcome, findings: await lookAgain(server, outcome.findings) }
  } finally {
    await listener.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function cookieFile({ cookie }: Session): object {
  const [name = '', value = ''] = cookie.split('=')
  const kept = { value, expires: null, secure: false, port: null, version: 0 }
  return { '127.0.0.1': { '/': { [name]: kept } } }
}

interface Report {
  readonly vulnerabilities: Readonly<Record<string, readonly ReportedFault[]>>
  readonly anomalies: Readonly<Record<string, readonly ReportedFault[]>>
}
interface ReportedFault {
  readonly info: string
  readonly method: string
  readonly path: string
  readonly parameter?: string
  readonly http_request?: string
}

function outcomeOf(run: {
  server: ScanServer
  as: 'admin' | 'rep'
  agent: string
  modules: readonly string[]
  report: string
  output: string
  isCutOff: boolean
  listener: Listener
}): WapitiOutcome {
  const { server, as, agent, modules, report, output, isCutOff, listener } = run
  const counts = [...server.answersTo(agent)].toSorted(([a], [b]) => a - b)
  const outcome = {
    as,
    modules,
    starts: STARTS,
    requests: counts.reduce((sum, [, count]) => sum + count, 0),
    statuses: counts.map(([status, count]) => `${status}: ${count}`).join(', '),
  }
  if (report === '' || isCutOff) {
    return { ...outcome, findings: [], fault: `It did not come to its end: ${output.slice(-1500)}` }
  }
  const { vulnerabilities, anomalies } = JSON.parse(report) as Report
  const called = listener.calls.map((request) => ({
    category: 'The server called an address that the scanner named',
    info: request,
    request,
  }))
  return { ...outcome, findings: [...told(vulnerabilities), ...told(anomalies), ...called] }
}

/** A page that is no file answers the runtime's own: wapiti takes that for a file that lies about. */
async function lookAgain(
  { address }: ScanServer,
  findings: readonly WapitiFinding[],
): Promise<WapitiFinding[]> {
  const headers = { accept: 'text/html' }
  const page = async (path: string): Promise<string> =>
    (await fetch(address + path, { headers })).text()
  const front = await page('/')
  return Promise.all(
    findings.map(async (finding) => {
      const [method, path = ''] = finding.request.split(' ')
      const isPage = method === 'GET' && finding.category === 'Backup file'
      return isPage && (await page(path)) === front ? { ...finding, isFrontPage: true } : finding
    }),
  )
}

function told(faults: Report['vulnerabilities']): WapitiFinding[] {
  return Object.entries(faults).flatMap(([category, found]) =>
    found.map(({ info, method, path, parameter }) => ({
      category,
      info: `${info}${parameter ? ` (${parameter})` : ''}`,
      request: `${method} ${path}`,
    })),
  )
}
