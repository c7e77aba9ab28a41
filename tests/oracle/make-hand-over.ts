import type { Call } from '../support/test-server.ts'
import type { Attempt } from './attempt.ts'
import { call } from './check.ts'
import { deactivating, type TakenOver } from './handing-over.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'

/** Tries to make somebody inactive, who may not. */
export function deactivate(view: View, random: Random): Attempt | undefined {
  const user = random.pick(view.world.users).id
  const to = pickSuccessors(view, random)
  const verdict = deactivating(view, user, to)
  const nobody = random.id()
  if (verdict === 'done') return undefined
  return {
    surface: 'hand-over',
    call: deactivationOf(user, to),
    twin: deactivationOf(nobody, to),
    next: { id: user, object: '', owner: null, isDeleted: true, isLocked: false, values: {} },
    verdict,
  }
}

export function deactivationOf(user: string, to: TakenOver): Call {
  return call('POST', `/api/v1/records/user/${user}/actions/deactivate`, to)
}

export function pickSuccessors({ world }: View, random: Random): TakenOver {
  const pick = (probability: number): string | null =>
    random.maybe(world.users, probability)?.id ?? null
  const successor = pick(0.9)
  return { successor, approver: random.chance(0.5) ? successor : pick(0.6), manager: pick(0.6) }
}
