interface Place {
  readonly line: number
  readonly column: number
}

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly statusReason?: string
  readonly location: { readonly start: Place; readonly end: Place }
}

/** What Stryker writes, as far as it is read here. */
export interface MutationReport {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
  >
  readonly framework?: { readonly version?: string }
}

/** How many mutants were noticed, lived, and are no mutants by a reason in the source. */
interface Counts {
  readonly killed: number
  readonly alive: number
  readonly ignored: number
}

/** What a part came to, as it is kept beside the report. */
export interface PartResult {
  readonly version: string
  readonly minutes: number
  readonly files: Readonly<Record<string, Counts>>
  /** A line for each mutant that lived. */
  readonly alive: readonly string[]
  readonly ignored: readonly string[]
}

const DETECTED = new Set(['Killed', 'Timeout'])
const ALIVE = new Set(['Survived', 'NoCoverage'])

/** Sums a run up. */
export function resultOf({ files, framework }: MutationReport, minutes: number): PartResult {
  const lines = (
    is: (status: string) => boolean,
    tell: (source: string, mutant: Mutant) => string,
  ): string[] =>
    Object.entries(files).flatMap(([name, { source, mutants }]) =>
      mutants
        .filter(({ status }) => is(status))
        .map((mutant) => `${placeOf(name, mutant)}: ${tell(source, mutant)}`),
    )
  const ignored = lines(
    (status) => status === 'Ignored',
    (_source, { statusReason }) => statusReason ?? '',
  )
  return {
    version: framework?.version ?? '',
    minutes,
    files: Object.fromEntries(
      Object.entries(files).map(([name, { mutants }]) => [name, countsOf(mutants)]),
    ),
    alive: lines((status) => ALIVE.has(status), changeOf),
    ignored: [...new Set(ignored)],
  }
}

/** Of all mutants that could be run, how many per cent were noticed. */
export function scoreOf(results: readonly PartResult[]): number {
  return percentOf(sumOf(results.flatMap(({ files }) => Object.values(files))))
}

/** The report as it is kept in `results/`: the score of each file, every mutant that lived, the parts not run yet. */
export function reportText(results: readonly PartResult[], missing: readonly string[]): string {
  const files = results
    .flatMap((result) => Object.entries(result.files))
    .toSorted(([a], [b]) => a.localeCompare(b))
  const minutes = results.reduce((sum, result) => sum + result.minutes, 0)
  const list = (lines: readonly string[]): string[] =>
    lines.length === 0 ? ['None.'] : lines.map((line) => `- ${line}`)
  return [
    '# Mutants of the access module',
    '',
    `Made by \`npm run mutation\` (Stryker ${results[0]?.version ?? ''}, ${minutes} minutes in all). The score is what of all mutants that could be run was noticed by a test, or ended in a time-out.`,
    '',
    ...(missing.length === 0 ? [] : [`**Not complete**: not run yet: ${missing.join(', ')}.`, '']),
    '| file | killed | alive | ignored | score |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...files.map(([name, counts]) => rowOf(`\`${name}\``, counts)),
    rowOf('**all**', sumOf(files.map(([, counts]) => counts))),
    '',
    '## Alive',
    '',
    ...list(results.flatMap(({ alive }) => alive)),
    '',
    '## Ignored, with the reason that stands in the source',
    '',
    ...list(results.flatMap(({ ignored }) => ignored)),
    '',
  ].join('\n')
}

function countsOf(mutants: readonly Mutant[]): Counts {
  const count = (is: (status: string) => boolean): number =>
    mutants.filter(({ status }) => is(status)).length
  return {
    killed: count((status) => DETECTED.has(status)),
    alive: count((status) => ALIVE.has(status)),
    ignored: count((status) => status === 'Ignored'),
  }
}

function sumOf(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((total, one) => total + one[key], 0)
  return { killed: sum('killed'), alive: sum('alive'), ignored: sum('ignored') }
}

function percentOf({ killed, alive }: Counts): number {
  return killed + alive === 0 ? 100 : (100 * killed) / (killed + alive)
}

function rowOf(name: string, counts: Counts): string {
  const { killed, alive, ignored } = counts
  return `| ${name} | ${killed} | ${alive} | ${ignored} | ${percentOf(counts).toFixed(1)} % |`
}

function placeOf(name: string, { location, mutatorName }: Mutant): string {
  return `\`${name}\`:${location.start.line} ${mutatorName}`
}

function changeOf(source: string, { location: { start, end }, replacement }: Mutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const from = start.column - 1
  const text =
    start.line === end.line
      ? (lines[0] ?? '').slice(from, end.column - 1)
      : `${(lines[0] ?? '').slice(from)} …`
  return `\`${short(text)}\` → \`${short(replacement ?? '')}\``
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('`', '’')
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
