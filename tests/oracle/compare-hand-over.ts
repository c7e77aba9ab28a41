import { setTimeout as delay } from 'node:timers/promises'

import type { Answer } from '../support/test-server.ts'
import { compareFigures, figuresOf } from './check-holdings.ts'
import { compareIds, expectStatus } from './check.ts'
import { type Comparison, count, type Parts, report } from './compare.ts'
import type { TableGuard } from './guard-tables.ts'
import {
  approvalsMoved,
  deactivating,
  movedTo,
  ownedBy,
  reportsOf,
  type TakenOver,
  waitingFor,
} from './handing-over.ts'
import type { LoadedWorld } from './load-world.ts'
import { deactivationOf, pickSuccessors } from './make-hand-over.ts'
import { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View } from './view.ts'

interface Ground {
  readonly loaded: LoadedWorld
  readonly guard: TableGuard
  readonly found: Comparison
  readonly isEnough: () => boolean
}

const EACH_WORLD = 2
const TRIES = 300
/** Servers remember people for so long at most. */
const REMEMBERED_MS = 1000

/** Lets those who may make people inactive, at the end of a world: whoever is, asks nothing more. */
export async function compareHandOvers({ loaded, guard, found, isEnough }: Ground): Promise<void> {
  const { world, callers } = loaded
  const rules = new Rules(world)
  const random = new Random(world.seed * 4000)
  const gone = new Set<string>()
  for (let at = 0, tries = 0; at < EACH_WORLD && tries < TRIES && !isEnough(); tries++) {
    const index = random.between(0, world.askers.length - 1)
    const [asker, caller] = [world.askers[index], callers[index]]
    if (!asker || !caller || gone.has(asker.user)) continue
    const view = new View(world, rules, asker)
    const user = random.pick(world.users.filter(({ id }) => !gone.has(id))).id
    const to = pickSuccessors(view, random)
    if (deactivating(view, user, to) !== 'done' || user === asker.user) continue
    if (at > 0) await delay(REMEMBERED_MS)
    gone.add(user)
    at += 1
    await handOver({ view, asker, caller, found, guard, user, to })
    await guard.restore()
  }
}

interface HandOver extends Parts {
  readonly guard: TableGuard
  readonly user: string
  readonly to: TakenOver
}

async function handOver(asked: HandOver): Promise<void> {
  const { view, caller, found, guard, user, to } = asked
  const { successor, approver, manager } = to
  const owned = ownedBy(view, user)
  const moved = movedTo(view, user, successor)
  const waiting = waitingFor(view.world, user).length
  const items = approvalsMoved(view, user, approver)
  const answer = await caller.send(deactivationOf(user, to))
  found.requests += 1
  count(found, 'hand-over', 1 + owned.length + waiting)
  const names = new Set(owned.map(({ object }) => object))
  const written = await guard.differing(
    view.world.objects.filter((one) => !one.isPlatform).map(({ name }) => name),
    'as told',
  )
  const known = [...written].flatMap(([name, ids]) => (names.has(name) ? ids : []))
  const rest = owned.filter((one) => !moved.includes(one))
  const told = answer.body ?? {}
  const problems = [
    ...expectStatus(answer, 200),
    ...compareFigures(told, {
      moved: figuresOf(moved),
      left: figuresOf(rest),
      work_items: { moved: items, left: waiting - items },
    }),
    ...compareIds(
      moved.map(({ id }) => id),
      known,
    ),
    ...judgeReports(view, { user, manager }, answer),
    ...view.leaks(answer.text, '').map((token) => `tells ${token}`),
  ]
  if (problems.length > 0) report(asked, 'hand-over', JSON.stringify([user, to]), problems)
}

/** Whoever cannot report to the new manager stays where they are. */
function judgeReports(
  view: View,
  { user, manager }: { user: string; manager: string | null },
  { body }: Answer,
): string[] {
  const reports = reportsOf(view, user).length
  const { moved = 0, left = 0 } = (body?.direct_reports ?? {}) as { moved?: number; left?: number }
  const isRight = moved + left === reports && (manager !== null || moved === 0)
  return isRight ? [] : [`${moved} and ${left} of ${reports} report to another`]
}
