import type { WireError, WireRecord } from '@trellis/metamodel'
import { shallowRef } from 'vue'

import { isApiError, updateRecord } from '../../api/index.ts'
import { isOnlyLikely } from './use-record-editor.ts'

/** A change that a duplicate rule warns of, until somebody decides. */
interface TwinQuestion {
  warnings: readonly WireError[]
  answer: (insists: boolean) => void
}

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
    if (!isApiError(error) || !isOnlyLikely(error) || !(await insists(error.errors))) throw error
    return updateRecord(object, id, { ...change, allowDuplicates: true })
  }
}

/** Asks; one question at a time, an older one is taken as declined. */
function insists(warnings: readonly WireError[]): Promise<boolean> {
  twinQuestion.value?.answer(false)
  return new Promise((resolve) => {
    twinQuestion.value = {
      warnings,
      answer: (isMeant) => {
        twinQuestion.value = undefined
        resolve(isMeant)
      },
    }
  })
}
