import type { DescribedLayout, DescribedObject, Locale, WireError } from '@trellis/metamodel'
import { computed, type ComputedRef, reactive, ref, watch } from 'vue'

import { checkRecord } from '../screens/check-record.ts'
import type { Conditions } from '../screens/conditions.ts'
import { changeValue, deriveValues } from '../screens/resolve-defaults.ts'
import { resolveFormScreen } from '../screens/resolve-form-screen.ts'
import type { RecordScreen } from '../screens/resolve-record-screen.ts'

/** What a form stands on; read again whenever one of them changes. */
export interface RecordFormState {
  object: DescribedObject
  layout?: DescribedLayout | undefined
  values: Readonly<Record<string, unknown>>
  before: Readonly<Record<string, unknown>> | null
  conditions: Conditions
  locale: Locale
  /** What the server found wrong with the last save. */
  errors: readonly WireError[]
  isLocked: boolean
}

export interface RecordFormModel {
  /** The values with those that follow others, as the fields show them. */
  shownValues: ComputedRef<Record<string, unknown>>
  screen: ComputedRef<RecordScreen>
  /** Everything that is to be shown now, each thing once. */
  problems: ComputedRef<WireError[]>
  /** The first message of each field. */
  messages: ComputedRef<Map<string, string>>
  /** The values after a change of one of them by the user. */
  change(field: string, value: unknown): Record<string, unknown>
  /** The user has left a field: from now on it says what is wrong with it. */
  touch(field: string): void
  /** Shows everything that is wrong; true if nothing is. */
  try(): boolean
}

/** The thinking of a record form: which fields there are now, what is wrong with them, what follows what. */
export function useRecordForm(state: () => RecordFormState): RecordFormModel {
  const setByUser = new Set<string>()
  const touched = reactive(new Set<string>())
  const isTried = ref(false)
  const changedSinceErrors = reactive(new Set<string>())
  watch(
    () => state().errors,
    () => changedSinceErrors.clear(),
  )

  const shownValues = computed(() => {
    const { object, values, conditions } = state()
    return deriveValues(object, values, conditions)
  })
  const begun = reactive(new Set<string>())
  const refused = computed(
    () => new Set(state().errors.flatMap(({ path, code }) => (code === 'required' ? [path] : []))),
  )
  const screen = computed(() => {
    const { object, layout, before, conditions, isLocked } = state()
    const record = shownValues.value
    return resolveFormScreen(
      { ...conditions, object, layout, before, isLocked, record },
      { begun, refused: refused.value },
    )
  })
  watch(
    () => [...screen.value.asked],
    (asked) => asked.forEach((name) => begun.add(name)),
    { immediate: true },
  )
  const found = computed(() => {
    const { object, before, conditions, locale } = state()
    return checkRecord({
      object,
      screen: screen.value,
      record: shownValues.value,
      before,
      conditions,
      locale,
    })
  })
  const problems = computed(() => {
    const own = found.value.filter((error) => isTried.value || touched.has(error.path))
    const fromServer = state().errors.filter((error) => !changedSinceErrors.has(error.path))
    return withoutRepeats([...fromServer, ...own])
  })

  return {
    shownValues,
    screen,
    problems,
    messages: computed(() => firstMessages(problems.value)),
    change(field, value) {
      setByUser.add(field)
      changedSinceErrors.add(field)
      const { object, values } = state()
      return changeValue(object, values, { field, value, setByUser })
    },
    touch(field) {
      touched.add(field)
    },
    try() {
      isTried.value = true
      return found.value.length === 0
    },
  }
}

function firstMessages(problems: readonly WireError[]): Map<string, string> {
  const first = new Map<string, string>()
  for (const { path, message } of problems) if (!first.has(path)) first.set(path, message)
  return first
}

function withoutRepeats(errors: WireError[]): WireError[] {
  const seen = new Set<string>()
  return errors.filter(({ path, message }) => {
    const key = `${path}\n${message}`
    return !seen.has(key) && Boolean(seen.add(key))
  })
}
