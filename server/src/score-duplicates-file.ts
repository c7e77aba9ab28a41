import { resourceUsage } from 'node:process'

import {
  type DuplicateScore,
  scoreDuplicates,
  type TextTable,
} from './duplicates/score-duplicates.ts'
import { failure, message, RequestError } from './errors.ts'
import { inspectCsv, readCsv } from './imports/read-csv.ts'

/** What tells which rows of a file are one: a column, and what of its values counts. */
export interface TruthAsked {
  readonly truth: string
  readonly pattern: RegExp | undefined
}

/** Reads `--truth <column>` and `--truth-pattern <regex>`. @returns undefined if the words are others */
export function readDuplicateOptions(options: readonly string[]): TruthAsked | undefined {
  let [truth, pattern]: [string | undefined, RegExp | undefined] = [undefined, undefined]
  for (let at = 0; at < options.length; at += 2) {
    const [option, value] = [options[at], options[at + 1]]
    if (value === undefined) return undefined
    if (option === '--truth') truth = value
    else if (option === '--truth-pattern') pattern = readPattern(value)
    else return undefined
  }
  return truth === undefined ? undefined : { truth, pattern }
}

function readPattern(written: string): RegExp {
  try {
    return new RegExp(written, 'u')
  } catch {
    throw refusal('--truth-pattern', 'not a regular expression', '不是正则表达式')
  }
}

/**
 * Finds the rows of a CSV file that are about the same thing and says, in lines to be read, how well, by the column
 * that knows. Neither that column nor one that names the rows is looked at.
 *
 * @throws RequestError `validation_failed` for a file that is no CSV, or a column that is not there
 */
export async function scoreDuplicatesFile(
  path: string,
  asked: TruthAsked,
): Promise<readonly string[]> {
  const begin = performance.now()
  const table = await readTable(path)
  if (!table.header.includes(asked.truth)) {
    const names = table.header.join(', ')
    throw refusal('--truth', `no column of ${names}`, `不是以下任一列：${names}`)
  }
  const score = scoreDuplicates(table, asked)
  const seconds = (performance.now() - begin) / 1000
  const megabytes = resourceUsage().maxRSS / 1024
  return [
    ...describeScore(score),
    `time ${seconds.toFixed(1)} s, memory ${megabytes.toFixed(0)} MB`,
  ]
}

function describeScore(score: DuplicateScore): string[] {
  const { rows, columns, identifiers, composed, truth, compared, groups } = score
  const left = [...identifiers, ...composed]
  return [
    `${rows} rows; the truth: ${truth}`,
    `compared by ${columns.map(({ name, kind }) => `${name} (${kind})`).join(', ')}`,
    ...(left.length > 0 ? [`left out: ${left.join(', ')}`] : []),
    `${compared} pairs compared, ${groups} groups of duplicates`,
    `precision ${score.precision.toFixed(4)}, recall ${score.recall.toFixed(4)}, F1 ${score.f1.toFixed(4)}`,
  ]
}

async function readTable(path: string): Promise<TextTable> {
  const rows: string[][] = []
  for await (const { cells } of readCsv(path, await inspectCsv(path))) rows.push(cells)
  const [header = [], ...rest] = rows
  return { header: header.map((name) => name.trim()), rows: rest }
}

function refusal(path: string, english: string, chinese: string): RequestError {
  return new RequestError('validation_failed', {
    failures: [failure(path, 'invalid', message(english, chinese))],
  })
}
