import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { nearest } from '../problem.ts'
import { refers } from '../refers.ts'
import {
  EQUALITY,
  fault,
  type FieldOptions,
  type FieldType,
  type Parsed,
  wrongType,
} from './field-type.ts'

/** The ten colours of tags, kanban columns and charts, by name (design: look). */
export const PALETTE = [
  'gray',
  'blue',
  'cyan',
  'teal',
  'green',
  'lime',
  'yellow',
  'orange',
  'red',
  'purple',
] as const

/** One entry of a picklist. A stage carries its meaning in `kind`, `probability` and `forecast`. */
export const PicklistValue = Type.Object(
  {
    code: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
      description: 'letters, digits, _ . - (at most 63)',
    }),
    label: Type.Optional(LocalizedText),
    color: Type.Optional(
      Type.Unsafe<(typeof PALETTE)[number]>(Type.Union(PALETTE.map((name) => Type.Literal(name)))),
    ),
    active: Type.Optional(
      Type.Boolean({ description: 'false: kept on old records, not to be chosen any more' }),
    ),
    kind: Type.Optional(
      Type.Union([Type.Literal('open'), Type.Literal('won'), Type.Literal('lost')]),
    ),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    forecast: Type.Optional(
      Type.Union(
        ['pipeline', 'best_case', 'commit', 'closed', 'omitted'].map((word) => Type.Literal(word)),
      ),
    ),
  },
  { additionalProperties: false },
)
export type PicklistValue = Static<typeof PicklistValue>

const Code = Type.String({ minLength: 1, maxLength: 63 })

/** Another field of the record, and which values may be chosen for each of its values. */
export const ControlledBy = Type.Object(
  {
    field: refers(
      Type.String({ description: 'A picklist or checkbox of the same object' }),
      'field',
    ),
    values: Type.Record(Code, Type.Array(Code, { maxItems: 1000 }), {
      description:
        'Value of that field (true or false of a checkbox) → the values that may be chosen',
    }),
  },
  { additionalProperties: false, description: 'Which values may be chosen follows another field' },
)
export type ControlledBy = Static<typeof ControlledBy>

/**
 * The values that may be chosen while the controlling field has a value: those listed for it, and none for a value that
 * is not listed or for nothing.
 * @example controlledCodes({ field: 'region', values: { east: ['sh'] } }, 'east') // ['sh']
 */
export function controlledCodes({ values }: ControlledBy, control: unknown): readonly string[] {
  return values[String(control ?? '')] ?? []
}

const options = {
  values: Type.Array(PicklistValue, { maxItems: 1000 }),
  values_of: Type.String({
    description: 'Name of the picklist, shared by fields, that has the values',
  }),
  controlled_by: ControlledBy,
  values_of_kind: Type.Union([Type.Literal('role'), Type.Literal('permission_set')], {
    description: 'The values are the components of this kind',
  }),
}

/** The values of a picklist field; those of `values_of_kind` are put in when the model is compiled. */
export function picklistValues(fieldOptions: FieldOptions): readonly PicklistValue[] {
  return Array.isArray(fieldOptions['values']) ? (fieldOptions['values'] as PicklistValue[]) : []
}

function unknownValue(given: string, known: readonly PicklistValue[]): Parsed {
  const shown = given.slice(0, 60)
  const suggestion = nearest(
    given,
    known.map((value) => value.code),
  )
  return fault(
    'unknown_value',
    `"${shown}" is not one of the values${suggestion ? `. Did you mean "${suggestion}"?` : ''}`,
    `“${shown}”不在可选值之中${suggestion ? `，是否想写“${suggestion}”？` : ''}`,
  )
}

function checkCode(value: unknown, fieldOptions: FieldOptions): Parsed {
  if (typeof value !== 'string') return wrongType(value, 'a value of the picklist', '选项值')
  const known = picklistValues(fieldOptions)
  return known.some((entry) => entry.code === value) ? { value } : unknownValue(value, known)
}

/** Finds a value by its code or by its label in any language, as files have it. */
function codeOfText(cell: string, fieldOptions: FieldOptions): Parsed {
  const word = cell.normalize('NFKC').trim().toLowerCase()
  const known = picklistValues(fieldOptions)
  const found = known.find(({ code, label }) => {
    const labels = typeof label === 'string' ? [label] : Object.values(label ?? {})
    return [code, ...labels].some((spelling) => spelling.normalize('NFKC').toLowerCase() === word)
  })
  return found ? { value: found.code } : unknownValue(cell.trim(), known)
}

/** One of a closed list of values. A value that is not active any more stays valid on the records that have it. */
export const picklist: FieldType = {
  name: 'picklist',
  options,
  expressionType: 'text',
  storage: () => ({ as: 'text' }),
  operators: EQUALITY,
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: (value, fieldOptions) =>
    value === null || value === '' ? { value: null } : checkCode(value, fieldOptions),
  parseText: (cell, fieldOptions) =>
    cell.trim() === '' ? { value: null } : codeOfText(cell, fieldOptions),
}

/** Any number of values of a closed list, in the order of the list, each once. Empty is null. */
export const multiPicklist: FieldType = {
  name: 'multi_picklist',
  options,
  expressionType: 'list',
  storage: () => ({ as: 'text_list' }),
  operators: ['includes', 'excludes', 'is_null'],
  isSortable: false,
  isGroupable: false,
  canBeUnique: false,
  parse: (value, fieldOptions) => {
    if (value === null) return { value: null }
    if (!Array.isArray(value)) return wrongType(value, 'a list of values', '选项值列表')
    return gather(
      value.map((item) => checkCode(item, fieldOptions)),
      fieldOptions,
    )
  },
  formatText: (value) => (Array.isArray(value) ? value.join(';') : String(value)),
  parseText: (cell, fieldOptions) => {
    const parts = cell
      .split(/[;；|]/)
      .map((part) => part.trim())
      .filter((part) => part !== '')
    return gather(
      parts.map((part) => codeOfText(part, fieldOptions)),
      fieldOptions,
    )
  },
}

function gather(parsed: Parsed[], fieldOptions: FieldOptions): Parsed {
  const bad = parsed.find((item) => 'fault' in item)
  if (bad) return bad
  const chosen = new Set(parsed.map((item) => ('value' in item ? item.value : null)))
  const codes = picklistValues(fieldOptions)
    .map((value) => value.code)
    .filter((code) => chosen.has(code))
  return { value: codes.length === 0 ? null : codes }
}
