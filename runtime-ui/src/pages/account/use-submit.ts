import { ref, type Ref, shallowRef, type ShallowRef } from 'vue'

import { isApiError } from '../../api/index.ts'

/** One form at a time: whether it is on its way, what is wrong at each field, and what failed otherwise. */
export interface Submission {
  isBusy: Ref<boolean>
  errors: Ref<Record<string, string[]>>
  failure: ShallowRef<unknown>
  /** Runs what the form asks for; false when it was refused. */
  submit: (work: () => Promise<void>) => Promise<boolean>
}

export function useSubmit(): Submission {
  const isBusy = ref(false)
  const errors = ref<Record<string, string[]>>({})
  const failure = shallowRef<unknown>()

  async function submit(work: () => Promise<void>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    errors.value = {}
    failure.value = undefined
    try {
      await work()
      return true
    } catch (error) {
      if (isApiError(error, 422)) errors.value = error.messagesByField()
      else failure.value = error
      return false
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, errors, failure, submit }
}
