import type { ImportResult } from './measure-import.ts'

/** The head of the table that `lineOf` fills. */
export const HEAD = [
  '| what | rows | columns | rows/s | seconds (of them the file) | CPU, ms per 1000 rows (server + database) | extra memory, MiB |',
  '| --- | --- | --- | --- | --- | --- | --- |',
].join('\n')

/** A result as a line of the table. */
export function lineOf(result: ImportResult): string {
  const { name, rows, columns, rowsPerSecond, seconds, takenInSeconds } = result
  const { serverCpu, databaseCpu, extraMemory } = result
  const cpu = `${serverCpu} + ${databaseCpu}`
  const time = `${seconds} (${takenInSeconds})`
  return `| ${[name, rows, columns, rowsPerSecond, time, cpu, extraMemory].join(' | ')} |`
}

/** The result file. */
export function toMarkdown(results: readonly ImportResult[], ground: readonly string[]): string {
  return `# Imports

CSV files sent to the running server by HTTP, each row through types, access, references, derived values, validation
rules and history, as every other save. Rows per second from the first byte of the request until the job is done.
Goals: 5,000 rows/s on two cores, at most 80 MiB more memory. \`npm run bench:import\` repeats it.

${[HEAD, ...results.map(lineOf)].join('\n')}

${ground.join(' · ')}
`
}
