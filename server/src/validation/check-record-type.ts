import {
  type FieldModel,
  type FieldValue,
  isTold,
  type Locale,
  localize,
  mayChooseType,
  type Named,
  type ObjectModel,
  RECORD_TYPE,
  type RecordTypeDefinition,
  type Rights,
} from '@trellis/metamodel'

import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, message } from '../errors.ts'

type RecordType = Named<RecordTypeDefinition>

/** Gives a new record the type that it has where nobody chooses: the default, or the first that the caller may choose. */
export function chooseRecordType(change: RecordChange, rights: Rights): void {
  const { object, after, isSystem } = change
  if (object.recordTypes.length === 0 || (after[RECORD_TYPE] ?? null) !== null) return
  const access = rights.object(object.name)
  const usable = object.recordTypes.filter(
    ({ name, definition }) =>
      definition.active !== false && (isSystem || mayChooseType(access, name)),
  )
  const chosen = usable.find(({ definition }) => definition.default === true) ?? usable[0]
  after[RECORD_TYPE] = chosen?.name ?? null
}

/** Fills the picklists that the caller left out with what the type of the new record says. */
export function fillFromRecordType(change: RecordChange): void {
  const type = typeOf(change.object, change.after[RECORD_TYPE])
  for (const [name, { default: chosen }] of Object.entries(type?.definition.values ?? {})) {
    if (chosen === undefined || change.given.has(name)) continue
    const isMany = change.object.fields.get(name)?.type.name === 'multi_picklist'
    change.after[name] = isMany ? [chosen] : chosen
  }
}

/**
 * A record type that the caller may not choose, one that is taken away, and values that the type does not offer: those
 * that change, and all of them when the type does. So a change of type asks for values that fit, in the same save.
 */
export function checkRecordType(change: RecordChange, rights: Rights): Failure[] {
  const { object, after, before, op, isSystem } = change
  if (object.recordTypes.length === 0 || isSystem) return []
  const changed = new Set(changedFields(change))
  const isNewType = op === 'create' || changed.has(RECORD_TYPE)
  const type = typeOf(object, after[RECORD_TYPE])
  if (type === undefined) {
    const isTaken = isNewType && (before?.values[RECORD_TYPE] ?? null) !== null
    return isTaken ? [failure(RECORD_TYPE, 'required', message('Needs a value', '不能为空'))] : []
  }
  if (isNewType && !mayChooseType(rights.object(object.name), type.name)) {
    return [
      failure(
        RECORD_TYPE,
        'forbidden_record_type',
        message('You may not choose this record type', '您不能选择该记录类型'),
      ),
    ]
  }
  return Object.entries(type.definition.values ?? {})
    .filter(([name]) => isNewType || changed.has(name))
    .map(([name, { codes }]) => ({ name, codes, strange: strangers(codes, after[name] ?? null) }))
    .filter(({ strange }) => strange.length > 0)
    .map((one) => misfit(object, one, rights))
}

interface Misfit {
  name: string
  /** What the type offers. */
  codes: readonly string[]
  /** What the record has and the type does not offer. */
  strange: string[]
}

function misfit(object: ObjectModel, { name, codes, strange }: Misfit, rights: Rights): Failure {
  const field = object.fields.get(name)
  // Whoever may not know the field is told that the type does not fit, and not why.
  if (!field || !isTold(rights.field(field))) {
    return failure(
      RECORD_TYPE,
      'not_of_record_type',
      message('This type does not fit the record', '该记录类型与记录的取值不符'),
    )
  }
  const [en, zh] = [labels(field, strange, 'en-US'), labels(field, strange, 'zh-CN')]
  const text = message(
    `The record type does not offer ${en.map((label) => `“${label}”`).join(', ')}`,
    `该记录类型不提供${zh.map((label) => `“${label}”`).join('、')}`,
  )
  const isMany = field.type.name === 'multi_picklist'
  return failure(name, 'not_of_record_type', text, {
    value: isMany ? strange : (strange[0] ?? ''),
    allowed: codes.filter((code) => field.values?.some((one) => one.code === code && isOpen(one))),
  })
}

const isOpen = ({ active }: { active?: boolean }): boolean => active !== false

function labels(field: FieldModel, codes: readonly string[], locale: Locale): string[] {
  return codes.map((code) =>
    localize(field.values?.find((one) => one.code === code)?.label, locale, code),
  )
}

function strangers(codes: readonly string[], value: FieldValue): string[] {
  return [value].flat().flatMap((code) => {
    const isStrange = code !== null && !codes.includes(String(code))
    return isStrange ? [String(code)] : []
  })
}

function typeOf(object: ObjectModel, name: unknown): RecordType | undefined {
  return object.recordTypes.find((type) => type.name === name)
}
