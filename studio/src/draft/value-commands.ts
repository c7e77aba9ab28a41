import {
  type ApprovalProcessDefinition,
  type Component,
  type ControlledBy,
  CURRENCY,
  type FieldDefinition,
  type PageLayoutDefinition,
  type PermissionSetDefinition,
  type PicklistValue,
  type RecordTypeDefinition,
  splitName,
} from '@trellis/metamodel'

import {
  belongsTo,
  componentsOf,
  definitionOf,
  type Draft,
  type DraftComponent,
  putComponent,
  releasedOf,
  removeComponent,
  revertComponent,
} from './draft.ts'
import { insertAt } from './lists.ts'

/** What has the values: a field its own, a shared picklist those of several fields, an object its record types. */
export interface ValueOwner {
  kind: 'field' | 'picklist' | 'object'
  name: string
}

/** What takes the place of a value that goes: another one, nothing (an empty text), or not said yet. */
export type Replacement = string | undefined

/** The values that an owner has in the draft. */
export function valuesOf(draft: Draft, { kind, name }: ValueOwner): readonly PicklistValue[] {
  if (kind === 'object') return typeValues(componentsOf(draft), name)
  return definitionOf(draft, kind, name)?.values ?? []
}

/** The values that records may hold already: those that are live. */
export function liveValuesOf(draft: Draft, { kind, name }: ValueOwner): readonly PicklistValue[] {
  const live = releasedOf(draft, kind, name)
  if (kind === 'object') return typeValues([...draft.released.values()], live?.name ?? name)
  return (live?.definition as { values?: PicklistValue[] } | undefined)?.values ?? []
}

/** The fields whose records hold values of an owner. */
export function fieldsWith(draft: Draft, { kind, name }: ValueOwner): DraftComponent<'field'>[] {
  return fieldsOf(draft).filter((field) =>
    kind === 'field' ? field.name === name : field.definition.values_of === name,
  )
}

/** What is said to take the place of a value that goes. */
export function replacementOf(draft: Draft, owner: ValueOwner, code: string): Replacement {
  if (owner.kind === 'object') {
    return definitionOf(draft, 'object', owner.name)?.replaced_record_types?.[code]
  }
  return fieldsWith(draft, owner)
    .map((field) => field.definition.replaced_values?.[code])
    .find((next) => next !== undefined)
}

/** Whether records may be left without a value; amounts always need their currency. */
export function mayBeEmptied(draft: Draft, owner: ValueOwner): boolean {
  return fieldsWith(draft, owner).every((field) => field.definition.required !== true)
}

/** A currency says what amounts mean: another one in its place would change them. */
export function isReplaceable({ kind, name }: ValueOwner): boolean {
  return kind !== 'picklist' || name !== CURRENCY
}

/** Puts the values of an owner. One that is back is not replaced any more. */
export function putValues(
  draft: Draft,
  owner: ValueOwner,
  values: readonly PicklistValue[],
): Draft {
  const definition = definitionOf(draft, owner.kind, owner.name)
  if (!definition || owner.kind === 'object') return draft
  const codes = new Set(values.map(({ code }) => code))
  const put = putComponent(draft, {
    ...owner,
    definition: { ...definition, values: [...values] },
  } as Component)
  return mapReplaced(put, owner, (replaced) =>
    Object.fromEntries(Object.entries(replaced).filter(([code]) => !codes.has(code))),
  )
}

/** Puts a value back at the place where it is live. */
export function restoreValue(draft: Draft, owner: ValueOwner, code: string): Draft {
  if (owner.kind === 'object') {
    const back = revertComponent(draft, 'record_type', `${owner.name}.${code}`)
    return replaceValue(back, owner, { code, next: undefined })
  }
  const live = liveValuesOf(draft, owner)
  const at = live.findIndex((value) => value.code === code)
  const value = live[at]
  if (!value) return draft
  return putValues(draft, owner, insertAt(valuesOf(draft, owner), at, value))
}

/**
 * Takes a value away. What takes its place stands in the fields for the records, and goes wherever definitions name the
 * value as one to choose or to set: defaults, dependent values, record types, updates of approval processes. Conditions
 * that compare with it stay as they are: what they are to say then is for a person to decide.
 */
export function removeValue(
  draft: Draft,
  owner: ValueOwner,
  { code, next }: { code: string; next: Replacement },
): Draft {
  const swap: Swap = { code, next: next === '' ? undefined : next }
  if (owner.kind === 'object') {
    const without = removeComponent(draft, 'record_type', `${owner.name}.${code}`)
    return swapTypes(replaceValue(without, owner, { code, next }), owner.name, swap)
  }
  const fields = fieldsWith(draft, owner)
  const others = valuesOf(draft, owner).filter((value) => value.code !== code)
  const without = putValues(draft, owner, others)
  const answered = replaceValue(without, owner, { code, next })
  return fields.reduce((now, { name }) => swapEverywhere(now, name, swap), answered)
}

/** Says what takes the place of a value that goes, also where it was itself to take the place of others. */
export function replaceValue(
  draft: Draft,
  owner: ValueOwner,
  { code, next }: { code: string; next: Replacement },
): Draft {
  return mapReplaced(draft, owner, (replaced) => {
    const kept = Object.entries(replaced).flatMap(([old, now]): [string, string][] => {
      if (old === code) return []
      if (now !== code) return [[old, now]]
      return next === undefined ? [] : [[old, next]]
    })
    return Object.fromEntries(next === undefined ? kept : [...kept, [code, next]])
  })
}

type Replaced = Readonly<Record<string, string>>

function mapReplaced(
  draft: Draft,
  owner: ValueOwner,
  map: (replaced: Replaced) => Replaced,
): Draft {
  if (owner.kind === 'object') {
    const { replaced_record_types: replaced = {}, ...others } = definitionOf(
      draft,
      'object',
      owner.name,
    ) ?? { label: owner.name }
    const rest = noneIfEmpty('replaced_record_types', map(replaced))
    return putComponent(draft, {
      kind: 'object',
      name: owner.name,
      definition: { ...others, ...rest },
    })
  }
  return fieldsWith(draft, owner).reduce((now, { name, definition }) => {
    const { replaced_values: replaced = {}, ...others } = definition
    const rest = noneIfEmpty('replaced_values', map(replaced))
    return putComponent(now, { kind: 'field', name, definition: { ...others, ...rest } })
  }, draft)
}

function noneIfEmpty<K extends string>(key: K, mapped: Replaced): Partial<Record<K, Replaced>> {
  return Object.keys(mapped).length === 0 ? {} : ({ [key]: mapped } as Partial<Record<K, Replaced>>)
}

function typeValues(
  components: readonly { kind: string; name: string; definition: unknown }[],
  object: string,
): PicklistValue[] {
  return components
    .filter(({ kind, name }) => kind === 'record_type' && splitName(name)[0] === object)
    .map(({ name, definition }) => {
      const { label, active } = definition as RecordTypeDefinition
      return { code: splitName(name)[1], label, ...(active === false ? { active } : {}) }
    })
}

/** A code, and what stands in its place; undefined for nothing. */
interface Swap {
  code: string
  next: string | undefined
}

/** Where types are named as those to choose, or as those to show. A list that would be empty would mean all of them. */
function swapTypes(draft: Draft, object: string, swap: Swap): Draft {
  return componentsOf(draft).reduce((now, one) => {
    const definition = swapTypesIn(one, object, swap)
    return definition === undefined ? now : putComponent(now, { ...one, definition } as Component)
  }, draft)
}

function swapTypesIn(
  { kind, name, definition }: DraftComponent,
  object: string,
  swap: Swap,
): Component['definition'] | undefined {
  if (kind === 'page_layout' && splitName(name)[0] === object) {
    return swapTypeList(definition as PageLayoutDefinition, swap)
  }
  if (kind !== 'permission_set') return undefined
  const set = definition as PermissionSetDefinition
  const rights = set.objects?.[object]
  const swapped = rights && swapTypeList(rights, swap)
  return swapped && { ...set, objects: { ...set.objects, [object]: swapped } }
}

function swapTypeList<T extends { record_types?: string[] }>(from: T, swap: Swap): T | undefined {
  if (!from.record_types?.includes(swap.code)) return undefined
  const types = swapCodes(from.record_types, swap)
  return types.length === 0 ? undefined : { ...from, record_types: types }
}

function swapEverywhere(draft: Draft, fieldName: string, swap: Swap): Draft {
  const [object, own] = splitName(fieldName)
  const parts = componentsOf(draft).filter((one) => belongsTo(one, object))
  return parts.reduce((now, component) => {
    const definition = swapIn(component, own, swap)
    return definition === undefined
      ? now
      : putComponent(now, { ...component, definition } as Component)
  }, draft)
}

function swapIn(
  { kind, name, definition }: DraftComponent,
  field: string,
  swap: Swap,
): Component['definition'] | undefined {
  switch (kind) {
    case 'field':
      return swapInField(
        definition as FieldDefinition,
        { isSelf: splitName(name)[1] === field, field },
        swap,
      )
    case 'record_type':
      return swapInType(definition as RecordTypeDefinition, field, swap)
    case 'approval_process':
      return swapInProcess(definition as ApprovalProcessDefinition, field, swap)
    default:
      return undefined
  }
}

function swapInField(
  definition: FieldDefinition,
  { isSelf, field }: { isSelf: boolean; field: string },
  swap: Swap,
): FieldDefinition {
  const { default: begins, controlled_by: control, ...others } = definition
  const first = isSelf && begins === swap.code ? swap.next : begins
  return {
    ...others,
    ...(first === undefined ? {} : { default: first }),
    ...(control ? { controlled_by: swapInControl(control, { isSelf, field }, swap) } : {}),
  }
}

function swapInControl(
  control: ControlledBy,
  { isSelf, field }: { isSelf: boolean; field: string },
  swap: Swap,
): ControlledBy {
  const entries = Object.entries(control.values).map(([value, offered]): [string, string[]] => [
    value,
    isSelf ? swapCodes(offered, swap) : offered,
  ])
  const { code, next } = swap
  const gone = control.field === field ? entries.find(([value]) => value === code)?.[1] : undefined
  const kept = gone ? entries.filter(([value]) => value !== code) : entries
  const values = kept.map(([value, offered]): [string, string[]] =>
    gone && value === next ? [value, [...new Set([...offered, ...gone])]] : [value, offered],
  )
  const isNew = gone && next !== undefined && !values.some(([value]) => value === next)
  return { ...control, values: Object.fromEntries(isNew ? [...values, [next, gone]] : values) }
}

/** A type that offered nothing else is left for a person: without values it would offer all. */
function swapInType(
  definition: RecordTypeDefinition,
  field: string,
  swap: Swap,
): RecordTypeDefinition | undefined {
  const offer = definition.values?.[field]
  if (!offer?.codes.includes(swap.code)) return undefined
  const codes = swapCodes(offer.codes, swap)
  if (codes.length === 0) return undefined
  const { default: begins, ...rest } = offer
  const first = begins === swap.code ? swap.next : begins
  const next = { ...rest, codes, ...(first === undefined ? {} : { default: first }) }
  return { ...definition, values: { ...definition.values, [field]: next } }
}

const UPDATES = ['on_submit', 'on_approve', 'on_reject', 'on_recall'] as const

function swapInProcess(
  definition: ApprovalProcessDefinition,
  field: string,
  { code, next }: Swap,
): ApprovalProcessDefinition | undefined {
  if (next === undefined) return undefined
  const updates = UPDATES.flatMap((key) =>
    definition[key]?.[field] === code ? [[key, { ...definition[key], [field]: next }]] : [],
  )
  return updates.length === 0 ? undefined : { ...definition, ...Object.fromEntries(updates) }
}

function swapCodes(codes: readonly string[], { code, next }: Swap): string[] {
  const swapped = codes.flatMap((one) => {
    if (one !== code) return [one]
    return next === undefined ? [] : [next]
  })
  return [...new Set(swapped)]
}

function fieldsOf(draft: Draft): DraftComponent<'field'>[] {
  return componentsOf(draft).filter((one): one is DraftComponent<'field'> => one.kind === 'field')
}
