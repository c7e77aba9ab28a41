import { blockPairs } from './block-pairs.ts'
import { clusterPairs } from './cluster-pairs.ts'
import { estimateWeights } from './estimate-weights.ts'
import { makeMatchTable, type MatchColumn, type MatchTable } from './match-table.ts'
import { type Truth, truthOf } from './read-truth.ts'

/** How well the groups that were found are those that there are, counted in pairs of rows. */
export interface DuplicateScore {
  readonly rows: number
  readonly columns: readonly Pick<MatchColumn, 'name' | 'kind'>[]
  /** Columns left out because they name the row. */
  readonly identifiers: readonly string[]
  /** Columns left out because others say the same. */
  readonly composed: readonly string[]
  /** How the truth was read. */
  readonly truth: string
  readonly compared: number
  /** How many groups of more than one row were found. */
  readonly groups: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** A table of texts: the names of its columns, and its rows. */
export interface TextTable {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Groups the rows of a table without looking at its column `truth`, then compares the groups with that column. */
export function scoreDuplicates(
  { header, rows }: TextTable,
  asked: { truth: string; pattern?: RegExp | undefined },
): DuplicateScore {
  const at = header.indexOf(asked.truth)
  const truth: Truth = truthOf(
    rows.map((row) => row[at] ?? ''),
    asked.pattern,
  )
  const names = header.filter((_, column) => column !== at)
  const cells = header.flatMap((_, column) =>
    column === at ? [] : [rows.map((row) => row[column] ?? '')],
  )
  const table = makeMatchTable(names, cells)
  const { groups, compared } = groupTable(table)
  return {
    rows: rows.length,
    columns: table.columns,
    identifiers: table.identifiers,
    composed: table.composed,
    truth: truth.how,
    compared,
    groups: new Set(groups.filter((group, row) => group !== row)).size,
    ...comparePartitions(Array.from(groups, String), truth.entities),
  }
}

/** Groups the rows of a table: for each row the number of the first row of its group. */
export function groupRows({ header, rows }: TextTable): Uint32Array {
  const cells = header.map((_, column) => rows.map((row) => row[column] ?? ''))
  return groupTable(makeMatchTable(header, cells)).groups
}

function groupTable(table: MatchTable): { groups: Uint32Array; compared: number } {
  const pairs = blockPairs(table)
  const groups = clusterPairs(table.rows, pairs, estimateWeights(table, pairs))
  return { groups, compared: pairs.first.length }
}

/** Precision, recall and F1 of pairs: of the pairs put together, and of those that belong together. */
function comparePartitions(
  found: readonly string[],
  wanted: readonly string[],
): Pick<DuplicateScore, 'precision' | 'recall' | 'f1'> {
  const right = countPairs(found.map((group, row) => `${group} ${wanted[row] ?? ''}`))
  const [made, meant] = [countPairs(found), countPairs(wanted)]
  const precision = made === 0 ? 1 : right / made
  const recall = meant === 0 ? 1 : right / meant
  const both = precision + recall
  return { precision, recall, f1: both === 0 ? 0 : (2 * precision * recall) / both }
}

function countPairs(groups: readonly string[]): number {
  const sizes = new Map<string, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  return sizes.values().reduce((sum, size) => sum + (size * (size - 1)) / 2, 0)
}
