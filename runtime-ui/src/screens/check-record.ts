import {
  createFieldTypes,
  type DescribedField,
  type DescribedObject,
  type DescribedRule,
  type Locale,
  RECORD_TYPE,
  type WireError,
} from '@trellis/metamodel'

import { type Conditions, holds, type RecordValues } from './conditions.ts'
import { isSameValue, writtenValue } from './diff-record.ts'
import { isOffered } from './record-types.ts'
import type { RecordScreen, ScreenField } from './resolve-record-screen.ts'

/** What is checked before a record is sent. */
export interface CheckInput {
  object: DescribedObject
  screen: RecordScreen
  record: RecordValues
  /** The record as it was loaded; null for a new one. */
  before: RecordValues | null
  conditions: Conditions
  locale: Locale
}

const MUST_BE_FILLED = { 'zh-CN': '此项必填', 'en-US': 'Must be filled' }

/**
 * Everything that the server would refuse and that can be known here: missing values, values that do not fit
 * their type, failed validation rules. The server decides; this only spares the trip.
 */
export function checkRecord(input: CheckInput): WireError[] {
  const fields = input.screen.sections.flatMap((section) => section.fields)
  const faulty = fields.flatMap((field) => checkField(field, input))
  return [...faulty, ...checkRules(input, new Set(faulty.map((error) => error.path)))]
}

/** The fault of one value, or nothing. */
export function checkField(field: ScreenField, input: CheckInput): WireError[] {
  const { record, locale } = input
  if (!field.isVisible || field.isReadOnly) return []
  const value = writtenValue(record[field.name])
  if (value === null) {
    return field.isRequired
      ? [{ path: field.name, code: 'required', message: MUST_BE_FILLED[locale] }]
      : []
  }
  if (isMisfit(field.field, input)) {
    return [{ path: field.name, code: 'not_offered', message: NOT_OFFERED[locale] }]
  }
  return checkValue(field.field, value, locale)
}

const NOT_OFFERED = {
  'zh-CN': '此处不能选择该选项',
  'en-US': 'This value cannot be chosen here',
}

/** A value that the record does not offer, as far as it, the type, or the field that controls it is new. */
function isMisfit(field: DescribedField, { object, record, before }: CheckInput): boolean {
  const { controlled_by: control } = field
  const isNew = [field.name, RECORD_TYPE, ...(control ? [control.field] : [])].some(
    (name) => before === null || !isSameValue(before[name], record[name]),
  )
  return isNew && field.values !== undefined && !isOffered(object, field, record)
}

const FIELD_TYPES = createFieldTypes()

/** Reads a value as the server will; types that plugins bring are left to the server. */
function checkValue(field: DescribedField, value: unknown, locale: Locale): WireError[] {
  const { name, scale, min, max, max_length } = field
  const given = { scale, min, max, max_length, values: field.values }
  const options = {
    ...field.options,
    ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)),
  }
  const parsed = FIELD_TYPES.get(field.type)?.parse(value, options)
  if (!parsed || 'value' in parsed) return []
  return [{ path: name, code: parsed.fault.code, message: parsed.fault.message[locale] }]
}

/** Rules are judged on whole values only: where a value itself is wrong, its own fault is enough. */
function checkRules(input: CheckInput, faulty: ReadonlySet<string>): WireError[] {
  const event = input.before ? 'update' : 'create'
  return input.object.validation_rules
    .filter((rule) => rule.on.includes(event) && !rule.at.some((name) => faulty.has(name)))
    .filter((rule) => fails(rule, input))
    .map((rule) => ({
      path: rule.at[0] ?? '',
      code: 'rule_failed',
      rule: rule.name,
      message: rule.message,
    }))
}

function fails(rule: DescribedRule, { object, record, before, conditions }: CheckInput): boolean {
  return holds(rule.error_if, record, { ...conditions, object, before }) === true
}
