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

interface Counts {
  readonly killed: number
  readonly alive: number
  readonly ignored: number
}

const DETECTED = new Set(['Killed', 'Timeout'])
const ALIVE = new Set(['Survived', 'NoCoverage'])

/** Of all mutants that could be run, how many per cent were noticed. */
export function scoreOf({ files }: MutationReport): number {
  return percentOf(countsOf(Object.values(files).flatMap(({ mutants }) => mutants)))
}

/** The report as it is kept in `results/`: the score of each file, and every mutant that lived. */
export function reportText(report: MutationReport, { minutes }: { minutes: number }): string {
  const files = Object.entries(report.files).toSorted(([a], [b]) => a.localeCompare(b))
  const all = countsOf(files.flatMap(([, { mutants }]) => mutants))
  const rows = files.map(([name, { mutants }]) => rowOf(`\`${name}\``, countsOf(mutants)))
  const survivors = files.flatMap(([name, { source, mutants }]) =>
    mutants
      .filter(({ status }) => ALIVE.has(status))
      .map((mutant) => `- ${placeOf(name, mutant)}: ${changeOf(source, mutant)}`),
  )
  const ignored = files.flatMap(([name, { mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Ignored')
      .map((mutant) => `- ${placeOf(name, mutant)}: ${mutant.statusReason ?? ''}`),
  )
  return [
    '# Mutants of the access module',
    '',
    `Made by \`npm run mutation\` (Stryker ${report.framework?.version ?? ''}, ${minutes} minutes on two cores). The score is what of all mutants that could be run was noticed by a test, or ended in a time-out.`,
    '',
    '| file | killed | alive | ignored | score |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    rowOf('**all**', all),
    '',
    '## Alive',
    '',
    ...(survivors.length === 0 ? ['None.'] : survivors),
    '',
    '## Ignored, with the reason that stands in the source',
    '',
    ...(ignored.length === 0 ? ['None.'] : [...new Set(ignored)]),
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
