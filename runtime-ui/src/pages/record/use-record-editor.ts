import type { DescribedObject, WireError, WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

import {
  type ApiError,
  createRecord,
  isApiError,
  type SaveOptions,
  updateRecord,
} from '../../api/index.ts'
import { writableValue } from '../../fields/index.ts'
import { diffRecord } from '../../screens/diff-record.ts'
import { type MergedRecord, resolveConflict } from '../../screens/resolve-conflict.ts'

type Values = Record<string, unknown>

/** Both sides changed the same fields; `theirs` is what the server has now. */
export type OpenConflict = MergedRecord & { theirs: WireRecord }

export interface RecordEditor {
  values: Ref<Values>
  /** The record as it was loaded or last seen on the server; null while it is being created. */
  before: Ref<WireRecord | null>
  errors: Ref<readonly WireError[]>
  isSaving: Ref<boolean>
  isDirty: ComputedRef<boolean>
  conflict: Ref<OpenConflict | null>
  /** The records that this one may be another copy of; empty unless that alone stands against it. */
  duplicates: Ref<readonly WireError[]>
  /** Sends what was changed; the saved record, or null if it was refused (then `errors` or `conflict` say why). */
  save(): Promise<WireRecord | null>
  /** Takes the chosen values over the newer record and saves again. */
  settle(chosen: Values): Promise<WireRecord | null>
  /** Saves although there may be such a record already. */
  insist(): Promise<WireRecord | null>
}

/**
 * Holds an edit until it is saved: what was changed against which version, what the server refused, and what to do
 * when somebody else was faster.
 * @param opened the values with which the form opens: defaults for a new record, else the record
 */
export function useRecordEditor(
  object: () => DescribedObject,
  opened: Values,
  loaded: WireRecord | null,
): RecordEditor {
  const values = ref<Values>({ ...opened })
  const start = ref<Values>({ ...opened })
  const before = shallowRef(loaded)
  const errors = ref<readonly WireError[]>([])
  const isSaving = ref(false)
  const conflict = shallowRef<OpenConflict | null>(null)
  const duplicates = shallowRef<readonly WireError[]>([])
  let allowDuplicates = false
  const isDirty = computed(
    () => Object.keys(writtenChanges(object(), start.value, values.value)).length > 0,
  )

  /** Sends once, and once more each time that a newer record has no field in common with the edit. */
  async function save(): Promise<WireRecord | null> {
    if (isSaving.value) return null
    isSaving.value = true
    errors.value = []
    duplicates.value = []
    try {
      let saved = await attempt()
      while (saved === 'again') saved = await attempt()
      return saved
    } finally {
      isSaving.value = false
    }
  }

  async function attempt(): Promise<WireRecord | 'again' | null> {
    try {
      const saved = await send(object(), before.value, values.value, { allowDuplicates })
      start.value = { ...values.value }
      conflict.value = null
      return saved
    } catch (error) {
      if (!isApiError(error)) throw error
      return refused(error)
    }
  }

  function refused(error: ApiError): 'again' | null {
    const merged = mergeWithNewer(error, {
      base: before.value,
      mine: values.value,
      fields: writableFields(object()),
    })
    conflict.value = merged && merged.conflicts.length > 0 ? merged : null
    if (!merged) errors.value = errorsOf(error)
    if (isOnlyLikely(error)) duplicates.value = error.errors
    if (!merged || conflict.value) return null
    rebase(merged, {})
    return 'again'
  }

  function rebase({ theirs, values: merged }: OpenConflict, chosen: Values): void {
    before.value = theirs
    values.value = { ...merged, ...chosen }
  }

  async function settle(chosen: Values): Promise<WireRecord | null> {
    if (!conflict.value) return null
    rebase(conflict.value, chosen)
    return save()
  }

  async function insist(): Promise<WireRecord | null> {
    allowDuplicates = true
    try {
      return await save()
    } finally {
      allowDuplicates = false
    }
  }

  return { values, before, errors, isSaving, isDirty, conflict, duplicates, save, settle, insist }
}

/** Whether likely twins are all that stands against a save, so that a person may decide. */
export function isOnlyLikely({ errors }: ApiError): boolean {
  return errors.length > 0 && errors.every(({ code }) => code === 'likely_duplicate')
}

/** My edit on top of the newer record, if that is why the save was refused. */
function mergeWithNewer(
  error: ApiError,
  { base, mine, fields }: { base: WireRecord | null; mine: Values; fields: string[] },
): OpenConflict | null {
  const theirs = error.record
  if (error.status !== 412 || !theirs || !base) return null
  return { ...resolveConflict({ base, mine, theirs }, fields), theirs }
}

function send(
  object: DescribedObject,
  before: WireRecord | null,
  values: Values,
  options: SaveOptions,
): Promise<WireRecord> {
  if (!before) return createRecord(object.name, createdValues(object, values), options)
  const patch = writtenChanges(object, before, values)
  if (Object.keys(patch).length === 0) return Promise.resolve(before)
  const change = { values: patch, version: before.version, ...options }
  return updateRecord(object.name, before.id, change)
}

/** The names that a form may write. */
export function writableFields(object: DescribedObject): string[] {
  return object.fields
    .filter((field) => field.access === 'edit' && !field.read_only)
    .map((field) => field.name)
}

/** What is wrong, each thing at its place; a refusal as a whole stands at none. */
export function errorsOf(error: ApiError): WireError[] {
  if (error.errors.length > 0) return [...error.errors]
  return [{ path: '', code: error.code, message: error.message }]
}

/** What a save has to carry: the fields that a form may write and that differ, in written form. */
export function writtenChanges(object: DescribedObject, before: Values, after: Values): Values {
  const fields = new Map(object.fields.map((field) => [field.name, field]))
  return diffRecord(before, after, writableFields(object), (name, value) =>
    writableValue(fields.get(name) ?? { type: 'text' }, value),
  )
}

/** An empty value is sent only where the server would otherwise put a default. */
function createdValues(object: DescribedObject, values: Values): Values {
  const sent = object.fields
    .filter(
      (field) => field.access === 'edit' && !field.read_only && values[field.name] !== undefined,
    )
    .map((field) => ({ field, value: writableValue(field, values[field.name]) }))
    .filter(
      ({ field, value }) =>
        value !== null || field.default !== undefined || field.default_from !== undefined,
    )
  return Object.fromEntries(sent.map(({ field, value }) => [field.name, value]))
}
