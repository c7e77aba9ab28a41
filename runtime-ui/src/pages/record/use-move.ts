import type { DescribedField, DescribedObject, Locale, WireError, WireRecord } from '@trellis/metamodel'
import { ref, type Ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { type ApiError, isApiError, loadRecord, updateRecord } from '../../api/index.ts'
import { diffRecord } from '../../screens/diff-record.ts'
import { resolveMove } from '../../screens/resolve-move.ts'
import { errorsOf, writableFields } from './use-record-editor.ts'
import { useConditions } from './use-conditions.ts'

/** A change of one picklist field by a click on a path or a drop on a board. */
export interface Move {
  record: WireRecord
  field: string
  value: string | null
  /** The record is here with all its fields, so that what is missing can be asked at once. */
  isComplete: boolean
}

/** What has to be filled before the move can go on. */
export interface MoveQuestion {
  move: Move
  fields: DescribedField[]
  /** The record as it is on the server. */
  base: WireRecord
  errors: readonly WireError[]
}

export interface MoveOutcome {
  moved: (record: WireRecord) => void
  /** It stays where it was; empty if the person thought better of it. */
  refused: (reason: string, move: Move) => void
}

export interface Moves {
  question: Ref<MoveQuestion | null>
  isBusy: Ref<boolean>
  start(move: Move): Promise<void>
  /** The answers of the small form. */
  answer(values: Record<string, unknown>): Promise<void>
  cancel(): void
}

/** Moves records through the same validation as every save; asks for what the move makes necessary. */
export function useMove(object: () => DescribedObject | undefined, outcome: MoveOutcome): Moves {
  const { t, locale } = useI18n()
  const conditions = useConditions()
  const question = shallowRef<MoveQuestion | null>(null)
  const isBusy = ref(false)

  async function start(move: Move): Promise<void> {
    const described = object()
    if (!described || isBusy.value) return outcome.refused('', move)
    if (move.isComplete) {
      const { field, value, record } = move
      const needs = resolveMove({ object: described, record, field, value, conditions: conditions.value, locale: locale.value as Locale })
      if (needs.fields.length > 0) return ask(move, record, { fields: needs.fields, errors: [] })
    }
    await send(move, { [move.field]: move.value }, move.record.version)
  }

  async function send(move: Move, values: Record<string, unknown>, version: number): Promise<void> {
    const described = object()
    if (!described) return
    isBusy.value = true
    try {
      const saved = await updateRecord(described.name, move.record.id, { values, version })
      question.value = null
      outcome.moved(saved)
    } catch (error) {
      if (!isApiError(error)) throw error
      await refuse(move, error, described)
    } finally {
      isBusy.value = false
    }
  }

  async function refuse(move: Move, error: ApiError, described: DescribedObject): Promise<void> {
    const errors = errorsOf(error)
    const named = new Set(errors.map(({ path }) => path).filter((path) => path !== move.field))
    const writable = new Set(writableFields(described))
    const fields = described.fields.filter(({ name }) => named.has(name) && writable.has(name))
    if (error.status === 422 && fields.length > 0) {
      const whole = move.isComplete ? move.record : await loadRecord(described.name, move.record.id)
      return ask(move, whole, { fields: withFormer(fields), errors })
    }
    question.value = null
    const reason = error.status === 412 ? t('records.changed_meanwhile') : errors.map(({ message }) => message).join(' ')
    outcome.refused(reason, move)
  }

  /** What was asked already stays in the form, so that nothing that was filled in gets lost. */
  function withFormer(fields: DescribedField[]): DescribedField[] {
    const former = question.value?.fields ?? []
    return [...former, ...fields.filter(({ name }) => !former.some((field) => field.name === name))]
  }

  function ask(move: Move, base: WireRecord, needs: { fields: DescribedField[]; errors: readonly WireError[] }): void {
    question.value = { move, base, ...needs }
  }

  return {
    question,
    isBusy,
    start,
    async answer(values) {
      const asked = question.value
      if (!asked) return
      const { move, base, fields } = asked
      const changed = diffRecord(base, values, [...fields.map(({ name }) => name), move.field])
      await send(move, changed, base.version)
    },
    cancel() {
      const asked = question.value
      question.value = null
      if (asked) outcome.refused('', asked.move)
    },
  }
}
