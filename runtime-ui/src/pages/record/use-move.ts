import type {
  DescribedField,
  DescribedObject,
  Locale,
  WireError,
  WireRecord,
} from '@trellis/metamodel'
import { ref, type Ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { type ApiError, isApiError, loadRecord } from '../../api/index.ts'
import { diffRecord } from '../../screens/diff-record.ts'
import { resolveMove } from '../../screens/resolve-move.ts'
import { updateKnowingly } from './save-knowingly.ts'
import { useConditions } from './use-conditions.ts'
import { errorsOf, writableFields } from './use-record-editor.ts'

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
  fields: readonly DescribedField[]
  /** The record as it is on the server. */
  base: WireRecord
  errors: readonly WireError[]
}

export interface MoveOutcome {
  moved: (record: WireRecord) => void
  /** It stays where it was; empty if the person thought better of it. */
  refused: (reason: string) => void
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
export function useMove(object: () => DescribedObject, outcome: MoveOutcome): Moves {
  const { t, locale } = useI18n()
  const conditions = useConditions()
  const question = shallowRef<MoveQuestion | null>(null)
  const isBusy = ref(false)

  async function send(move: Move, values: Record<string, unknown>, version: number): Promise<void> {
    isBusy.value = true
    try {
      const saved = await updateKnowingly(object().name, move.record.id, { values, version })
      question.value = null
      outcome.moved(saved)
    } catch (error) {
      if (!isApiError(error)) throw error
      await refuse(move, error)
    } finally {
      isBusy.value = false
    }
  }

  async function refuse(move: Move, error: ApiError): Promise<void> {
    const fields = error.status === 422 ? fieldsToAsk(object(), move, error) : []
    if (fields.length > 0) {
      const base = move.isComplete ? move.record : await loadRecord(object().name, move.record.id)
      // What was asked already stays in the form, so that nothing that was filled in gets lost.
      const all = new Set([...(question.value?.fields ?? []), ...fields])
      question.value = { move, base, fields: [...all], errors: errorsOf(error) }
      return
    }
    question.value = null
    outcome.refused(error.status === 412 ? t('records.changed_meanwhile') : sentence(error))
  }

  async function start(move: Move): Promise<void> {
    const { record, field, value, isComplete } = move
    const input = {
      object: object(),
      record,
      field,
      value,
      conditions: conditions.value,
      locale: locale.value as Locale,
    }
    const fields = isComplete ? resolveMove(input).fields : []
    if (fields.length > 0) question.value = { move, base: record, fields, errors: [] }
    else await send(move, { [field]: value }, record.version)
  }

  async function answer(values: Record<string, unknown>): Promise<void> {
    const asked = question.value
    if (!asked) return
    const names = [...asked.fields.map(({ name }) => name), asked.move.field]
    await send(asked.move, diffRecord(asked.base, values, names), asked.base.version)
  }

  function cancel(): void {
    question.value = null
    outcome.refused('')
  }

  return { question, isBusy, start, answer, cancel }
}

function sentence(error: ApiError): string {
  return errorsOf(error)
    .map(({ message }) => message)
    .join(' ')
}

/** The fields at which the server found something, and that the reader can do something about. */
function fieldsToAsk(object: DescribedObject, move: Move, error: ApiError): DescribedField[] {
  const named = new Set(errorsOf(error).map(({ path }) => path))
  named.delete(move.field)
  const writable = new Set(writableFields(object))
  return object.fields.filter(({ name }) => named.has(name) && writable.has(name))
}
