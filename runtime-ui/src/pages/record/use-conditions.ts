import { computed, type ComputedRef } from 'vue'

import type { Conditions } from '../../screens/conditions.ts'
import { useModel } from '../../stores/model.ts'
import { useSession } from '../../stores/session.ts'

/** The circumstances under which this reader's screens judge their conditions. */
export function useConditions(): ComputedRef<Conditions> {
  const session = useSession()
  const model = useModel()
  return computed(() => ({
    user: { ...session.me?.user },
    now: new Date().toISOString(),
    timeZone: session.timeZone,
    describe: model.object,
  }))
}
