import { onScopeDispose, ref, type Ref } from 'vue'

import { isSameValue } from '../../screens/diff-record.ts'

type Values = Record<string, unknown>

interface KeptDraft {
  values: Values
  at: string
}

export interface Draft {
  /** A draft of an earlier visit that differs from what the form opened with; null if there is none. */
  found: Ref<KeptDraft | null>
  /** Keeps the values in this browser, a moment after the last change. */
  keep(values: Values): void
  /** Saved or given up: nothing is kept any more. */
  forget(): void
}

const KEEP_AFTER_MS = 400
const KEEP_DAYS = 14

/**
 * Keeps what is being typed in this browser, so that a crash, a closed window or an ended session loses nothing.
 * @param key user, object and record
 * @param opened the values with which the form opened
 */
export function useDraft(key: string, opened: Values): Draft {
  const place = `trellis.draft.${key}`
  const found = ref<KeptDraft | null>(readDraft(place, opened))
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))

  return {
    found,
    keep(values) {
      clearTimeout(timer)
      timer = setTimeout(
        () => writeDraft(place, { values, at: new Date().toISOString() }),
        KEEP_AFTER_MS,
      )
    },
    forget() {
      clearTimeout(timer)
      found.value = null
      localStorage.removeItem(place)
    },
  }
}

function readDraft(place: string, opened: Values): KeptDraft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? 'null') as KeptDraft | null
    const isFresh = kept !== null && Date.now() - Date.parse(kept.at) < KEEP_DAYS * 86_400_000
    const isDifferent =
      kept !== null &&
      Object.keys(kept.values).some((name) => !isSameValue(kept.values[name], opened[name]))
    return isFresh && isDifferent ? kept : null
  } catch {
    return null
  }
}

// A full or forbidden storage must not stop anybody from typing.
function writeDraft(place: string, draft: KeptDraft): void {
  try {
    localStorage.setItem(place, JSON.stringify(draft))
  } catch {
    localStorage.removeItem(place)
  }
}
