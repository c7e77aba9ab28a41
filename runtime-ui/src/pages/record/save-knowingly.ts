import type { WireError, WireRecord } from '@trellis/metamodel'
import { shallowRef } from 'vue'

import { isApiError, updateRecord } from '../../api/index.ts'
import { mergeQuestion } from './ask-merge.ts'
import { isOnlyLikely } from './use-record-editor.ts'

/** A change that a duplicate rule warns of, until somebody decides. */
interface TwinQuestion {
  object: string
  warnings: readonly WireError[]
  answer: (answer: TwinAnswer) => void
}

/** Not to save; to save all the same; or to save, and then to merge with one of those that were found. */
type TwinAnswer = 'no' | 'save' | { mergeWith: string }

/** What is asked now; drawn by `TwinQuestionHost`. */
export const twinQuestion = shallowRef<TwinQuestion>()

/**
 * Changes a record in its place (a cell, a field, a card on a board). Where likely twins are all that stands against it,
 * the person is shown them and may save all the same.
 *
 * @throws ApiError as `updateRecord` does; the warning itself if the person thought better of it
 */
export async function updateKnowingly(
  object: string,
  id: string,
  change: { values: Record<string, unknown>; version: number },
): Promise<WireRecord> {
  try {
    return await updateRecord(object, id, change)
  } catch (error) {
    if (!isApiError(error) || !isOnlyLikely(error)) throw error
    const answer = await ask(object, error.errors)
    if (answer === 'no') throw error
    const saved = await updateRecord(object, id, { ...change, allowDuplicates: true })
    if (answer !== 'save') mergeQuestion.value = { object, ids: [saved.id, answer.mergeWith] }
    return saved
  }
}

/** Asks; one question at a time, an older one is taken as declined. */
function ask(object: string, warnings: readonly WireError[]): Promise<TwinAnswer> {
  twinQuestion.value?.answer('no')
  return new Promise((resolve) => {
    twinQuestion.value = {
      object,
      warnings,
      answer: (given) => {
        twinQuestion.value = undefined
        resolve(given)
      },
    }
  })
}
