import type { TSchema } from 'typebox'

import type { JsonValue } from '../json-value.ts'
import type { Message } from '../localized-text.ts'
import type { FileLimits } from './file-limits.ts'

/** What an expression sees when it reads a field of this type. */
export type FieldExpressionType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'list'
  | 'id'
  | 'structure'
  | 'sealed'
  | 'file'

/** How values rest in PostgreSQL; `schema/column-types.ts` in the server turns it into a column type. */
export type Storage =
  | {
      as:
        | 'text'
        | 'bigint'
        | 'boolean'
        | 'date'
        | 'time'
        | 'timestamptz'
        | 'text_list'
        | 'reference'
        | 'jsonb'
        | 'sealed'
    }
  | { as: 'numeric'; scale: number }

/** The filter operators of the REST contract. */
export const FILTER_OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'not_in',
  'contains',
  'starts_with',
  'ends_with',
  'is_null',
  'between',
  'includes',
  'excludes',
  'within',
] as const
export type FilterOperator = (typeof FILTER_OPERATORS)[number]

/** Why a value cannot be taken: a stable code and a sentence for the person who typed it. */
export interface ValueFault {
  code: string
  message: Message
}

/** A value as it is stored, or why it cannot be. A reference that is named by a unique field stays unresolved here. */
export type Parsed = { value: FieldValue } | { fault: ValueFault }

/**
 * A stored value: text, number (at most 15 digits), boolean, list of codes, an object with parts, or null. Dates and
 * times are text.
 */
export type FieldValue = JsonValue

/** A named part of the values of a type, which can be asked for by itself: `billing_address.city`. */
export interface FieldPart {
  name: string
  label: Message
  type: FieldType
  options?: FieldOptions
}

/** The keys of a field definition that a type may read. The full definition is `kinds/field.ts`. */
export type FieldOptions = Readonly<Record<string, unknown>>

/**
 * The whole meaning of one field type, on one screen: its options, how a value is read from the wire and from
 * a text (CSV), how it rests, and what may be asked of it. Its column is in the server's `column-types.ts`,
 * its look in the runtime's `fields/`.
 */
export interface FieldType {
  name: string
  /** Schemas of the keys that only this type has. */
  options: Readonly<Record<string, TSchema>>
  /** Options that must be given. */
  requiredOptions?: readonly string[]
  expressionType: FieldExpressionType
  /** The object that all fields of this type refer to. */
  target?: string
  /** May carry `lookup_filter`. */
  takesFilter?: boolean
  storage(options: FieldOptions): Storage
  operators: readonly FilterOperator[]
  isSortable: boolean
  isGroupable: boolean
  /** A field that the system fills; a caller may never write it. */
  isReadOnly?: boolean
  /** What a new record has if nothing else is said; null if left out. */
  emptyValue?: FieldValue
  /** Made of other values: it takes no key that says how people fill it, such as `required` or `default`. */
  isComputed?: boolean
  /** Whether a field with these options is computed as it is read, and has no column. */
  isVirtual?(options: FieldOptions): boolean
  /** The type of one field, where what may be asked of it depends on its options. */
  ofField?(options: FieldOptions): FieldType
  /** The type whose values and look these are, if it is another one: of a formula, that of its result. */
  result?: string
  /** The parts that its values have; each is read by the operator `part`, as text or as a number. */
  parts?: readonly FieldPart[]
  /** HTML: conditions, searches and formulas read its text. */
  isMarkup?: true
  /** Sealed before it reaches the database, and kept out of the history. */
  isSealed?: true
  /** Values are ids of uploaded files; what a field with these options asks of them. */
  fileLimits?(options: FieldOptions): FileLimits
  /** Keys of every field that mean nothing for this type. */
  lacks?: readonly string[]
  /** May carry `unique`. */
  canBeUnique: boolean
  /** Takes a JSON value as it came over the wire; never coerces. */
  parse(value: unknown, options: FieldOptions): Parsed
  /** Takes a cell of a CSV file; knows the spellings that people use. */
  parseText(text: string, options: FieldOptions): Parsed
  /** A value that is not null as a cell of a CSV file, which `parseText` reads as the same value; as it is if left out. */
  formatText?(value: FieldValue): string
}

/** The name of the type by which values of this one are shown. */
export function resultType({ result, name }: Pick<FieldType, 'name' | 'result'>): string {
  return result ?? name
}

export const EQUALITY: readonly FilterOperator[] = ['eq', 'ne', 'in', 'not_in', 'is_null']
export const ORDER: readonly FilterOperator[] = ['gt', 'gte', 'lt', 'lte', 'between']
export const TEXT_SEARCH: readonly FilterOperator[] = ['contains', 'starts_with', 'ends_with']

/** A refusal. */
export function fault(code: string, en: string, zh: string): { fault: ValueFault } {
  return { fault: { code, message: { 'en-US': en, 'zh-CN': zh } } }
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}

/** The refusal of a value of the wrong JSON type. */
export function wrongType(value: unknown, en: string, zh: string): { fault: ValueFault } {
  const kind = jsonKind(value)
  return fault('wrong_type', `Must be ${en}, not ${kind}`, `应为${zh}，而不是 ${kind}`)
}

/**
 * Reads values that are written as text of a certain form.
 * @param form what such a text is, in both languages
 */
export function readsText(
  [en, zh]: readonly [en: string, zh: string],
  read: (text: string) => Parsed,
): FieldType['parse'] {
  return (value) => {
    if (value === null) return { value: null }
    return typeof value === 'string' ? read(value) : wrongType(value, en, zh)
  }
}
