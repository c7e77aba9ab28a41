import {
  type ExpressionScope,
  type ExpressionType,
  parseTime,
  type ScopeField,
} from '@trellis/metamodel'

/** A field of a case: one whose value stands in the rows, or a formula on such. */
export interface CaseField {
  readonly name: string
  readonly type: string
  readonly formula?: string
  readonly fields?: readonly CaseField[]
}

/** One row: the inputs in the order of the fields, and what other engines made of them. */
export interface CaseRow {
  readonly input: readonly string[]
  readonly out: Readonly<Record<string, string>>
  readonly javaJsAgree: boolean
  readonly javaJsAgreeNullAsNull: boolean
  readonly error: boolean
}

/** A formula with rows on which Salesforce's own engine has evaluated it. */
export interface FormulaCase {
  readonly name: string
  readonly formula: string
  readonly returnType: string
  readonly fields: readonly CaseField[]
  readonly rows: readonly CaseRow[]
}

/** The treatments of blanks, with the answers of a row and the mark of those that count. */
export const TREATMENTS = {
  zero: { answer: 'formula', counts: 'javaJsAgree' },
  blank: { answer: 'formulaNullAsNull', counts: 'javaJsAgreeNullAsNull' },
} as const
export type Treatment = keyof typeof TREATMENTS

/** Reads a file of cases. @throws Error if it has another shape */
export function readCases(text: string): readonly FormulaCase[] {
  const found: unknown = JSON.parse(text)
  const cases: unknown = Array.isArray(found) ? found : Reflect.get(Object(found), 'cases')
  if (!Array.isArray(cases) || !cases.every(isCase)) {
    throw new Error('The file is no list of formulas with rows')
  }
  return cases
}

function isCase(value: unknown): value is FormulaCase {
  const given: Partial<FormulaCase> = Object(value)
  return (
    typeof given.formula === 'string' && Array.isArray(given.rows) && Array.isArray(given.fields)
  )
}

/** The name by which formulas refer to a field. */
export function pathOf({ name }: CaseField): string {
  return `${name}__c`
}

/** The fields whose values stand in the rows, in the order of the inputs; formulas give way to what they read. */
export function inputFields(fields: readonly CaseField[]): readonly CaseField[] {
  return fields.flatMap((field) =>
    field.formula === undefined ? [field] : inputFields(field.fields ?? []),
  )
}

/** The type of a field of the cases as expressions know it. */
export function scopeField(type: string): ScopeField {
  const found = TYPES[type.toLowerCase()] ?? 'text'
  return type.toLowerCase() === 'percent' ? { type: found, isPercent: true } : { type: found }
}

const TYPES: Readonly<Record<string, ExpressionType>> = {
  double: 'number',
  integer: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  dateonly: 'date',
  datetime: 'datetime',
  timeonly: 'time',
  multienum: 'list',
  multipicklist: 'list',
}

/** What a formula of a case may name. */
export function caseScope(fields: readonly CaseField[]): ExpressionScope {
  const known = new Map(
    fields.map((field) => [pathOf(field).toLowerCase(), scopeField(field.type)]),
  )
  return {
    saving: false,
    // Names are told apart without a regard for capitals, as everywhere in Salesforce.
    field: (path) => known.get(path.toLowerCase()),
    fieldNames: () => fields.map(pathOf),
  }
}

/** An input as a record holds it; what is not of its type is empty. */
export function readInput(text: string, { type }: CaseField): unknown {
  const trimmed = text.trim()
  if (text === '') return null
  switch (scopeField(type).type) {
    case 'number':
      return readNumber(trimmed)
    case 'boolean':
      return trimmed.toLowerCase() === 'true' || trimmed === '1'
    case 'date':
      return readMoment(trimmed)?.slice(0, 10) ?? null
    case 'datetime':
      return readMoment(trimmed)
    case 'time':
      return parseTime(trimmed) ?? null
    case 'list':
      return text.split(';').map((member) => member.trim())
    default:
      return text.replaceAll(/\\([\\",])/g, '$1')
  }
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?$/

function readNumber(text: string): string | null {
  const parts = NUMBER.exec(text)
  if (parts === null || `${parts[2] ?? ''}${parts[3] ?? ''}` === '') return null
  const [, sign, whole, fraction = ''] = parts
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`
}

const MOMENT = /^(\d+):(\d+):(\d+)(?::(\d+):(\d+):(\d+))?(?::([A-Za-z]+))?$/
/** The hours by which zones of the inputs are behind GMT, in winter. */
const HOURS_BEHIND: Readonly<Record<string, number>> = { PST: 8, MST: 7, CST: 6, EST: 5 }

// A day or an hour too many runs over, as it does for those who wrote the inputs: 31 November is 1 December.
function readMoment(text: string): string | null {
  const parts = MOMENT.exec(text)
  if (parts === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const behind = HOURS_BEHIND[parts[7]?.toUpperCase() ?? ''] ?? 0
  const moment = new Date(0)
  moment.setUTCFullYear(year, month - 1, day)
  moment.setUTCHours(hour + behind, minute, second)
  return moment.toISOString()
}
