import { type Check, expectStatus, get } from './check.ts'
import { ownedBy, queuesOf, reportsOf, waitingFor } from './handing-over.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import type { WorldRecord } from './world.ts'

const HOLDINGS_EACH = 2

/** What people hold, as it is told to whoever manages users. */
export function checkHoldings(view: View, random: Random): Check[] {
  return Array.from({ length: HOLDINGS_EACH }, () =>
    holdings(view, random.pick(view.world.users).id),
  )
}

function holdings(view: View, user: string): Check {
  const record = view.rules.record(user)
  const isSeen =
    record !== undefined && view.mayRead('user') && view.rules.canRead(view.actor, record)
  const usual = isSeen ? 200 : 404
  return {
    surface: 'holdings',
    call: get(`/api/v1/records/user/${user}/holdings`),
    decisions: view.world.objects.length,
    judge: (answer) => {
      const status = expectStatus(answer, view.rules.has('manage_users', view.actor) ? usual : 403)
      if (status.length > 0 || answer.status !== 200) return status
      return compareFigures(answer.body, heldBy(view, user))
    },
  }
}

/** What is told of what somebody holds, written so that it can be compared. */
export function heldBy(view: View, user: string): Record<string, unknown> {
  return {
    objects: figuresOf(ownedBy(view, user)),
    work_items: waitingFor(view.world, user).length,
    direct_reports: reportsOf(view, user).length,
    queues: queuesOf(view.world, user),
  }
}

/** How many records of each object there are. */
export function figuresOf(records: readonly WorldRecord[]): string {
  const groups = [...Map.groupBy(records, ({ object }) => object)]
  return figures(groups.map(([object, all]) => ({ object, count: all.length })))
}

interface Figure {
  readonly object: string
  readonly count: number
}

/** Of a world's own objects; those of the platform belong to its first user. */
function figures(all: readonly Figure[]): string {
  const own = all.filter(({ object }) => /^ob\d+$/.test(object))
  return own
    .map(({ object, count: number }) => `${object} ${number}`)
    .toSorted()
    .join()
}

/** What is wrong with figures that were answered. */
export function compareFigures(
  body: Record<string, unknown>,
  expected: Record<string, unknown>,
): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const given = Array.isArray(body[name]) ? figures(body[name] as Figure[]) : body[name]
    const isSame = JSON.stringify(given) === JSON.stringify(value)
    return isSame ? [] : [`${name}: ${JSON.stringify(given)} instead of ${JSON.stringify(value)}`]
  })
}
