import type { PublishResult } from './measure-publish.ts'

/** The head of the table that `lineOf` fills. */
export const HEAD = [
  '| what | live after, s | cleaned up after, s | in steps | requests | failed | longest wait, ms (of a write) | p99 before, ms | p99 during, ms |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
].join('\n')

const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 1000 ? 3 : 1)

/** A result as a line of the table. */
export function lineOf(result: PublishResult): string {
  const { name, live, done, inSteps, requests, failed } = result
  const { longest, longestWrite, p99Before, p99During } = result
  const cells = [
    name,
    seconds(live),
    seconds(done),
    inSteps ? 'yes' : 'no',
    requests,
    failed,
    `${longest} (${longestWrite})`,
    p99Before,
    p99During,
  ]
  return `| ${cells.join(' | ')} |`
}

/** The result file. */
export function toMarkdown(
  results: readonly PublishResult[],
  { rows, perSecond, ground }: { rows: number; perSecond: number; ground: readonly string[] },
): string {
  return `# Publishing under load

${rows.toLocaleString('en-US')} opportunities with all that the CRM app has on them, two server processes on one
database, ${perSecond} requests a second by turns at both: get, list, patch and create in equal parts, due at a steady
rate whatever the answers take. A wait is counted from the moment when the request was due. "Before" are the six seconds
before each publish, "during" from its request until a second after it is cleaned up. Whatever is not 2xx has failed.
Goals: no failed request; a field added within 50 ms, and no write delayed by more than 100 ms; else p99 at most twice
that before. \`npm run bench:publish\` repeats it (\`-- --rows 1000000\` in full).

${[HEAD, ...results.map(lineOf)].join('\n')}

${ground.join(' · ')}
`
}
