import type { DescribedField } from '../contract/index.ts'
import { resultType } from '../field-types/index.ts'
import { localize } from '../localized-text.ts'
import {
  describeLookupFilter,
  expressionOf,
  type FieldModel,
  filterOfRecord,
  isMoney,
  type Model,
  type ObjectModel,
} from '../model/index.ts'
import { canRead, canSortBy, type Reader, readsOnly } from './can-read.ts'
import { maskOf } from './mask-of.ts'
import { isTold } from './rights.ts'

/** A field of an object, without conditions and defaults that read what the reader may not know. */
export function describeSeen(
  model: Model,
  object: ObjectModel,
  field: FieldModel,
  reader: Reader,
): DescribedField {
  const described = {
    ...describeField(field, reader),
    ...describeRollUp(model, field, reader),
    ...describeFilter(model, object, field, reader),
  }
  if (object.money && isMoney(field)) {
    described.own_currency = isTold(reader.rights.field(object.money.currency))
  }
  described.sortable = canSortBy(object, field.name, model, reader)
  const { default_from: follows } = described
  if (follows !== undefined && !canRead(object, follows.field, model, reader)) {
    delete described.default_from
  }
  const { controlled_by: control } = described
  if (control !== undefined && !canRead(object, control.field, model, reader)) {
    delete described.controlled_by
  }
  for (const key of [
    'default',
    'required_when',
    'read_only_when',
    'visible_when',
    'derive',
  ] as const) {
    const isKept = described[key] === undefined || readsOnly(model, object, described[key], reader)
    if (!isKept) delete described[key]
  }
  return described
}

/** Which records the lookup may lead to, if the reader may know what decides that; the server asks in any case. */
function describeFilter(
  model: Model,
  object: ObjectModel,
  field: FieldModel,
  reader: Reader,
): Pick<DescribedField, 'lookup_filter'> {
  const where = field.definition.lookup_filter?.where
  if (where === undefined || !readsOnly(model, object, filterOfRecord(field), reader)) return {}
  return {
    lookup_filter: { where, words: describeLookupFilter(model, object, field, reader.locale) },
  }
}

/** What a roll-up is made of, as far as the reader may know it. */
function describeRollUp(
  model: Model,
  { rollUp }: FieldModel,
  reader: Reader,
): Pick<DescribedField, 'rolled_up'> {
  const child = rollUp && model.objects.get(rollUp.child)
  if (!rollUp || !child) return {}
  const { fn, via, source, where } = rollUp
  const { locale } = reader
  if (!canRead(child, via, model, reader)) return { rolled_up: { fn } }
  const field = source === undefined ? undefined : child.fields.get(source)
  const isKnown = field !== undefined && canRead(child, field.name, model, reader)
  return {
    rolled_up: {
      fn,
      object: child.name,
      object_label: localize(child.plural, locale, child.name),
      ...(isKnown
        ? { field: field.name, field_label: localize(field.label, locale, field.name) }
        : {}),
      ...(where !== undefined && readsOnly(model, child, where, reader) ? { where } : {}),
    },
  }
}

/** What a reader may use of a field. A masked one is good for nothing but being looked at. */
export function describeField(field: FieldModel, reader: Reader): DescribedField {
  const { definition, type } = field
  const { locale } = reader
  const access = reader.rights.field(field)
  const isMasked = access === 'masked'
  return {
    name: field.name,
    label: localize(field.label, locale, field.name),
    ...(definition.help === undefined ? {} : { help: localize(definition.help, locale) }),
    type: resultType(type),
    ...describeAccess(field, reader),
    required: field.isRequired,
    unique: field.isUnique,
    system: field.isSystem,
    read_only: field.isReadOnly,
    sortable: type.isSortable && !isMasked,
    groupable: type.isGroupable && !isMasked,
    filter_operators: isMasked ? [] : [...type.operators],
    searchable: field.isSearchable && !isMasked,
    ...(field.definition.personal === true ? { personal: true } : {}),
    ...(field.values
      ? {
          values: field.values.map((value) => ({
            ...value,
            label: localize(value.label, locale, value.code),
            color: value.color ?? 'gray',
            active: value.active !== false,
          })),
        }
      : {}),
    ...(field.target === undefined ? {} : { target: field.target }),
    ...(definition.targets === undefined ? {} : { targets: definition.targets }),
    ...(field.parts
      ? { parts: [...field.parts.values()].map((one) => describeField(one, reader)) }
      : {}),
    ...pick(definition, [
      'controlled_by',
      'min',
      'max',
      'max_length',
      'default',
      'default_from',
      'required_when',
      'read_only_when',
      'visible_when',
      'derive',
    ]),
    ...(type.storage(field.options).as === 'numeric' || type.storage(field.options).as === 'bigint'
      ? { scale: scaleOf(field) }
      : {}),
    ...(isMasked ? {} : describeFormula(field)),
    options: pickOptions(field),
  }
}

/** A formula that reads the record alone, so that a form can show what it comes to as people type. */
function describeFormula({ formula, partOf }: FieldModel): Pick<DescribedField, 'formula'> {
  const isOfRecord =
    formula?.inputs.every((path) => !path.includes('.')) === true && partOf === undefined
  return isOfRecord ? { formula: expressionOf(formula.typed) } : {}
}

function describeAccess(
  field: FieldModel,
  { rights }: Reader,
): Pick<DescribedField, 'access' | 'mask' | 'reveal'> {
  const access = rights.field(field)
  if (access === 'masked') {
    return { access, mask: maskOf(field), reveal: rights.reveal(field) }
  }
  return { access: access === 'edit' && !field.isReadOnly ? 'edit' : 'read' }
}

function scaleOf(field: FieldModel): number {
  const storage = field.type.storage(field.options)
  return storage.as === 'numeric' ? storage.scale : 0
}

function pickOptions(field: FieldModel): Record<string, unknown> {
  const own = Object.keys(field.type.options).filter(
    (key) => !['values', 'relationship', 'formula', 'via', 'fn', 'field', 'where'].includes(key),
  )
  return Object.fromEntries(
    own.flatMap((key) => (field.options[key] === undefined ? [] : [[key, field.options[key]]])),
  )
}

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])),
  ) as Partial<Pick<T, K>>
}
