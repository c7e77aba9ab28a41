import type { Cell } from './cells.ts'
import { median, type Round } from './measure.ts'
import type { Server } from './servers.ts'

/** The result of one cell. */
export interface CellResult {
  readonly name: string
  readonly goal: number
  /** CPU per request of the engine as a multiple of the baseline's: middle, least and greatest of the rounds. */
  readonly ratio: { readonly median: number; readonly least: number; readonly greatest: number }
  readonly engine: Cost
  readonly baseline: Cost
}

/** Medians of the rounds; CPU in milliseconds per request. */
interface Cost {
  readonly server: number
  readonly database: number
  readonly total: number
  readonly perSecond: number
  readonly p99: number
}

/** Everything that a run found, with what it ran on. */
export interface Results {
  readonly at: string
  readonly machine: Readonly<Record<string, string | number>>
  readonly load: Readonly<Record<string, number>>
  readonly sizes: Readonly<Record<string, number>>
  readonly memory: Readonly<Record<Server['name'], number>>
  readonly cells: readonly CellResult[]
}

/** Sums up the rounds of a cell. Ratios are those of neighbouring rounds, which shared the machine's mood. */
export function summarize(
  { name, goal }: Cell,
  rounds: Readonly<Record<Server['name'], readonly Round[]>>,
): CellResult {
  const ratios = rounds.engine.map(
    (round, index) => round.total / (rounds.baseline[index]?.total ?? Number.NaN),
  )
  const ratio = {
    median: rounded(median(ratios)),
    least: rounded(Math.min(...ratios)),
    greatest: rounded(Math.max(...ratios)),
  }
  return { name, goal, ratio, engine: costOf(rounds.engine), baseline: costOf(rounds.baseline) }
}

function costOf(rounds: readonly Round[]): Cost {
  const of = (key: keyof Round): number => rounded(median(rounds.map((round) => round[key])))
  return {
    server: of('server'),
    database: of('database'),
    total: of('total'),
    perSecond: Math.round(of('perSecond')),
    p99: of('p99'),
  }
}

function rounded(number: number): number {
  return Math.round(number * 1000) / 1000
}

function costText({ total, server, database }: Cost): string {
  return `${total.toFixed(2)} (${server.toFixed(2)} + ${database.toFixed(2)})`
}

function factsText(facts: Readonly<Record<string, string | number>>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ')
}

/** One line of the table. */
export function lineOf({ name, ratio, goal, engine, baseline }: CellResult): string {
  const spread = `${ratio.least.toFixed(2)}–${ratio.greatest.toFixed(2)}`
  const cells = [
    name,
    ratio.median.toFixed(2),
    spread,
    goal.toFixed(1),
    costText(engine),
    costText(baseline),
    `${engine.perSecond} / ${baseline.perSecond}`,
  ]
  return `| ${cells.join(' | ')} |`
}

export const HEAD = `| operation | ratio | spread | goal | engine, ms of CPU (server + database) | baseline | requests/s, engine / baseline |
|---|---|---|---|---|---|---|`

/** The results as a page. */
export function toMarkdown(results: Results): string {
  return `# Benchmark

CPU per request of server and database together, as a multiple of a server written by hand for the same calls
(\`bench/baseline.ts\`) on the same tables, in the same run, in rounds that alternate. The engine checks a session, object, field
and row rights, types and validation rules, and writes history in the same transaction; the baseline checks a signed token
and writes no history. \`npm run bench\` repeats it.

${HEAD}
${results.cells.map(lineOf).join('\n')}

${results.at} · ${factsText(results.machine)}
${factsText(results.load)} · ${factsText(results.sizes)}
memory after the run, MiB: ${factsText(results.memory)}
`
}
