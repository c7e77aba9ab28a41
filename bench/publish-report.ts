import type { PublishResult } from './measure-publish.ts'

/** The head of the table that `lineOf` fills. */
export const HEAD = [
  '| what | planned in, s | live after, s | cleaned up after, s | in steps | requests | failed | longest wait, ms (of a write) | p99 before, ms | p99 during, ms | event loop held, ms |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
].join('\n')

const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 1000 ? 3 : 1)

/** A result as a line of the table. */
export function lineOf(result: PublishResult): string {
  const { name, planned, live, done, inSteps, requests, failed } = result
  const { longest, longestWrite, p99Before, p99During, held } = result
  const cells = [
    name,
    seconds(planned),
    seconds(live),
    seconds(done),
    inSteps ? 'yes' : 'no',
    requests,
    failed,
    `${longest} (${longestWrite})`,
    p99Before,
    p99During,
    held,
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
before each plan, "during" from its request until a second after the publish is cleaned up. What goes back to an older
release is not planned. Whatever is not 2xx has failed. The event loop is that of either process, which answers nobody
while it is held.
Goals: no failed request; a field added within 50 ms, and no write delayed by more than 100 ms; else p99 at most twice
that before. \`npm run bench:publish\` repeats it (\`-- --rows 1000000\` in full).

${[HEAD, ...results.map(lineOf)].join('\n')}

${ground.join(' · ')}
`
}
