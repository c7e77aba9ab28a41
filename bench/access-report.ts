import type { AccessSizes } from './access-world.ts'
import type { Waited } from './measure-access.ts'
import type { Change } from './measure-changes.ts'

/** What was measured, and on what. */
export interface AccessReport {
  readonly at: string
  readonly ground: readonly string[]
  readonly sizes: AccessSizes
  readonly cells: readonly Waited[]
  readonly changes: readonly Change[]
}

/** The head of the table that `lineOf` fills. */
export const HEAD = [
  '| operation | caller | p50, ms | p95, ms | p95 ÷ administrator’s | p50 ÷ administrator’s | records or groups | requests |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
].join('\n')

/** A cell as a line of the table. */
export function lineOf(cell: Waited): string {
  const { operation, caller, p50, p95, ratio, middleRatio, answered, requests } = cell
  return `| ${[operation, caller, p50, p95, ratio, middleRatio, answered, requests].join(' | ')} |`
}

/** The result file. */
export function toMarkdown({ at, ground, sizes, cells, changes }: AccessReport): string {
  return `# Members against the administrator

${sizes.records} private opportunities of ${sizes.users} users on six levels, ${sizes.rules} sharing rules (half by owner,
half by condition), ${sizes.teamOfEach} team members on each record. The administrator sees all; the director stands on
the second level and sees a third; the manager on the fourth, with some twenty below; the representative is a leaf.
Manager and representative are shown the records of thirty more owners and those that two conditions meet. Goal: a
member's p95 at most 1.3 times the administrator's. \`npm run bench:access\` repeats it.

${[HEAD, ...cells.map(lineOf)].join('\n')}

A list newest first costs a member what a page and a sample of it cost. In other orders, and where a rule opens records by
a condition, rows are walked until a page of the member's is found: the fewer of all they see, and the fewer meet the
filter, the longer. Where PostgreSQL has no pg_trgm, as here, a search reads every name, whoever asks. An aggregation reads
every row, whoever asks; a member's is checked besides, and less of it is summed.

A change of permissions is in force, without rebuilding anything:

| change | ms until it bites |
| --- | --- |
${changes.map(({ name, milliseconds }) => `| ${name} | ${milliseconds} |`).join('\n')}

${[at, ...ground].join(' · ')}
`
}
