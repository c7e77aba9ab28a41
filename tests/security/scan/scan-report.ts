import type { PointOutcome } from './run-sqlmap.ts'
import type { WapitiFinding, WapitiOutcome } from './run-wapiti.ts'
import type { ServerFault } from './scan-server.ts'

/** Everything that a scan found out. */
export interface ScanResult {
  readonly versions: Readonly<Record<string, string>>
  readonly minutes: number
  readonly isQuick: boolean
  readonly points: readonly PointOutcome[]
  readonly wapiti: readonly WapitiOutcome[]
  readonly faults: readonly ServerFault[]
  readonly brokenImports: number
}

/** What a scanner holds against a server without TLS, or does not know of it; with the reason why it is none. */
const NO_FINDINGS: readonly { readonly is: RegExp; readonly because: string }[] = [
  {
    is: /Strict-Transport-Security/,
    because: 'the scan speaks HTTP on the loopback interface; over TLS the header is sent',
  },
  {
    is: /Secure flag is not set/i,
    because:
      'the scan speaks HTTP on the loopback interface; over TLS the cookie is `Secure` and its name begins with `__Host-`',
  },
  {
    is: /X-XSS-Protection is not set/,
    because: 'no browser reads it any more; the content security policy forbids foreign scripts',
  },
]

/** Why something that wapiti reports is no finding; undefined for a finding. */
export function excuseOf({ category, info, isFrontPage }: WapitiFinding): string | undefined {
  if (isFrontPage === true) {
    return 'it is no file: every address of a page answers the same page of the runtime (compared byte for byte)'
  }
  return NO_FINDINGS.find(({ is }) => is.test(`${category}: ${info}`))?.because
}

/** Everything for which a scan fails, one line each. */
export function failuresOf({ points, wapiti, faults, brokenImports }: ScanResult): string[] {
  return [
    ...points
      .filter(({ verdict }) => verdict !== 'clean')
      .map(({ point, verdict }) => `sqlmap, ${point.name} as ${point.as}: ${verdict}`),
    ...wapiti.flatMap(({ as, findings, fault }) => [
      ...(fault === undefined ? [] : [`wapiti as ${as}: ${fault}`]),
      ...findings
        .filter((finding) => excuseOf(finding) === undefined)
        .map(({ category, info, request }) => `wapiti as ${as}, ${category}: ${info}, ${request}`),
    ]),
    ...faults.map(({ status, request }) => `an answer ${status}: ${request}`),
    ...(brokenImports === 0 ? [] : [`${brokenImports} imports broke`]),
  ]
}

/** The report as it is kept in `results/`. */
export function reportText(result: ScanResult): string {
  const { versions, minutes, isQuick, points, wapiti, faults } = result
  const failures = failuresOf(result)
  const requests = [...points, ...wapiti].reduce((sum, one) => sum + one.requests, 0)
  return [
    '# sqlmap and wapiti against a running server',
    '',
    `Made by \`npm run scan${isQuick ? ' -- --quick' : ''}\`: a server with the demo company on an empty database, on the loopback interface, asked with the sessions of an administrator and of a salesperson. sqlmap ${versions['sqlmap']}, wapiti ${versions['wapiti']} (Debian); ${requests} requests in ${minutes} minutes. Answers of 500 and above: ${faults.length}.`,
    '',
    '## Findings',
    '',
    ...(failures.length === 0 ? ['None.'] : failures.map((line) => `- ${line}`)),
    '',
    '## What sqlmap attacked',
    '',
    'One place of a request at a time (PostgreSQL; boolean, error, union, stacked, time-based and inline; level 3, risk 2; where a request is dear, level 1, risk 1). Each request is a good one before it is attacked, unless its status says otherwise. A server with a hole on the same database was found injectable first: the scan would have noticed one.',
    '',
    '| place | as | good request | requests | answers | verdict |',
    '| --- | --- | ---: | ---: | --- | --- |',
    ...points.map(
      ({ point, harmless, requests: sent, statuses, verdict }) =>
        `| ${point.name} | ${point.as} | ${harmless} | ${sent} | ${statuses} | ${verdict} |`,
    ),
    '',
    '## What wapiti looked at',
    '',
    ...wapiti.flatMap(describeWapiti),
  ].join('\n')
}

function describeWapiti({
  as,
  modules,
  starts,
  requests,
  statuses,
  findings,
}: WapitiOutcome): string[] {
  const excused = new Map<string, number>()
  for (const finding of findings) {
    const because = excuseOf(finding)
    if (because === undefined) continue
    const line = `${finding.category}: ${finding.info.replaceAll(/http:\/\/127[^/]+/g, '')} – no finding: ${because}`
    excused.set(line, (excused.get(line) ?? 0) + 1)
  }
  return [
    `As ${as}: ${requests} requests (${statuses}), modules ${modules.join(', ')}; beginning at ${starts.map((start) => `\`${start}\``).join(', ')}.`,
    '',
    ...[...excused].map(([line, count]) => `- ${line}${count > 1 ? ` (${count} times)` : ''}`),
    ...(excused.size === 0 ? [] : ['']),
  ]
}
