import type {
  ComparedField,
  DescribedField,
  DescribedObject,
  DuplicateGroup,
  WireRecord,
} from '@trellis/metamodel'

import { writtenValue } from './diff-record.ts'

/** A field by which records are looked at side by side, and what it says for their being one. */
export interface TwinRow {
  field: DescribedField
  /** The method of the rule that holds between them, or that they all have the same value. */
  reason: NonNullable<ComparedField['method']> | 'same' | null
  /** Ids of the records whose value another one of them has too. */
  alike: ReadonlySet<string>
}

/** What tells records apart: the first highlights, and whose they are. */
export function tellingNames({ highlights }: DescribedObject): string[] {
  return [...highlights.slice(0, MOST_HIGHLIGHTS), 'owner']
}
const MOST_HIGHLIGHTS = 4

/** What is told of records besides what was compared: that, and since when they are there. */
export function besideNames(object: DescribedObject): string[] {
  return [...tellingNames(object), 'created_at']
}

/**
 * The rows in which the records of a group are shown: what was compared, as far as one of them has a value; what speaks
 * for them first.
 */
export function resolveTwins(
  fields: readonly DescribedField[],
  compared: readonly ComparedField[],
  { agreed, records }: { agreed: DuplicateGroup['agreed']; records: readonly WireRecord[] },
): TwinRow[] {
  const rows = compared.flatMap(({ field: name, method }): TwinRow[] => {
    const field = fields.find((one) => one.name === name)
    if (!field || records.every((record) => writtenValue(record[name]) === null)) return []
    const reason = method ?? (agreed.includes(name) ? 'same' : null)
    return [{ field, reason, alike: sharing(records, name) }]
  })
  const rank = ({ reason, alike }: TwinRow): number => (reason ? 2 : 0) + (alike.size > 0 ? 1 : 0)
  return rows.toSorted((a, b) => rank(b) - rank(a))
}

function sharing(records: readonly WireRecord[], name: string): Set<string> {
  const byValue = Map.groupBy(records, (record) => plain(record[name]))
  const shared = [...byValue].filter(([value, some]) => value !== '' && some.length > 1)
  return new Set(shared.flatMap(([, some]) => some.map(({ id }) => id)))
}

/** A value without what is but a way of writing it. */
function plain(value: unknown): string {
  const written = writtenValue(value)
  if (written === null) return ''
  const text = typeof written === 'string' ? written : JSON.stringify(written)
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{P}\p{Z}\p{S}]/gu, '')
}
