import { cpuUsage, resourceUsage } from 'node:process'

import type { Database } from '../db/index.ts'
import {
  type DuplicateScore,
  scoreDuplicates,
  type TextTable,
} from '../duplicates/score-duplicates.ts'
import { failure, message, RequestError } from '../errors.ts'
import { inspectCsv, readCsv } from '../imports/read-csv.ts'
import type { Release } from '../schema/release.ts'
import { findRecordDuplicates } from './find-record-duplicates.ts'

/** What tells which rows of a file are one: a column, and what of its values counts. */
interface TruthAsked {
  readonly truth: string
  readonly pattern: RegExp | undefined
}

/** Reads `--truth <column>` and `--truth-pattern <regex>`. */
function readOptions(options: readonly string[]): TruthAsked | undefined {
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
 * @param options `--truth <column>`, and maybe `--truth-pattern <regex>`; others are not understood (undefined)
 * @throws RequestError `validation_failed` for a file that is no CSV, or a column that is not there
 */
export async function scoreDuplicatesFile(
  path: string,
  options: readonly string[],
): Promise<readonly string[] | undefined> {
  const asked = readOptions(options)
  if (!asked) return undefined
  const begin = performance.now()
  const table = await readTable(path)
  if (!table.header.includes(asked.truth)) {
    const names = table.header.join(', ')
    throw refusal('--truth', `no column of ${names}`, `不是以下任一列：${names}`)
  }
  const score = scoreDuplicates(table, asked)
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = cpuUsage()
  const processor = (user + system) / 1e6
  const megabytes = resourceUsage().maxRSS / 1024
  return [
    ...describeScore(score),
    `time ${seconds.toFixed(1)} s, processor ${processor.toFixed(1)} s, memory ${megabytes.toFixed(0)} MB`,
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

/** Says which records of an object may be about the same thing; undefined if there is no such object. */
export async function tellRecordDuplicates(
  db: Pick<Database, 'query'>,
  { model, physical }: Pick<Release, 'model' | 'physical'>,
  name: string | undefined,
): Promise<readonly string[] | undefined> {
  const object = model.objects.get(name ?? '')
  if (!object) return undefined
  const groups = await findRecordDuplicates(db, object, physical)
  return [
    ...groups.flatMap((group, at) =>
      group.map(({ id, name: called }) => `  ${at + 1} ${id} ${called ?? ''}`),
    ),
    `${groups.length} groups of records that may be about the same thing`,
  ]
}
