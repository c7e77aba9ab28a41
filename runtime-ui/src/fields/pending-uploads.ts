import {
  computed,
  type ComputedRef,
  inject,
  type InjectionKey,
  provide,
  shallowReactive,
} from 'vue'

/** The uploads that the fields of a form have under way: a save that does not wait for them leaves the files behind. */
export interface PendingUploads {
  readonly isAny: ComputedRef<boolean>
  /** Waits for them all; false if one failed, which its field then says. */
  settle(): Promise<boolean>
}

type Register = (upload: Promise<boolean>) => void

const key: InjectionKey<Register> = Symbol('pendingUploads')

/** Gathers the uploads of all fields within this part of the page. */
export function providePendingUploads(): PendingUploads {
  const pending = shallowReactive(new Set<Promise<boolean>>())
  provide(key, (upload) => {
    pending.add(upload)
    void upload.finally(() => pending.delete(upload))
  })
  return {
    isAny: computed(() => pending.size > 0),
    async settle() {
      while (pending.size > 0) {
        const arrived = await Promise.all(pending)
        if (arrived.includes(false)) return false
      }
      return true
    },
  }
}

/** Tells the form around a field of its uploads: each promise says whether nothing stands against saving. */
export function usePendingUploads(): Register {
  return inject(key, () => undefined)
}
