import { savingOf } from './attempt.ts'
import { ObjectRights } from './object-rights.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { World, WorldApproval, WorldRecord } from './world.ts'

/** Who takes over what of somebody who is made inactive. */
export interface TakenOver {
  readonly successor: string | null
  readonly approver: string | null
  readonly manager: string | null
}

/** What somebody has, which whoever manages users is told whatever they see of it: section 10 of the rules. */
export function ownedBy({ world }: Pick<View, 'world'>, user: string): WorldRecord[] {
  const own = new Set(world.objects.filter((one) => !one.isPlatform).map(({ name }) => name))
  return world.records.filter((one) => own.has(one.object) && one.owner === user && !one.isDeleted)
}

/** The approvals that wait for somebody, once for each thing that they are asked. */
export function waitingFor({ approvals }: World, user: string): WorldApproval[] {
  return approvals
    .filter(({ status }) => status === 'pending')
    .flatMap((one) =>
      one.items
        .filter(({ assignee, status }) => assignee === user && status === 'pending')
        .map(() => one),
    )
}

export function reportsOf({ world }: Pick<View, 'world'>, user: string): WorldRecord[] {
  return world.records.filter(
    ({ object, isDeleted, values }) =>
      object === 'user' && !isDeleted && values['manager'] === user,
  )
}

/** How many queues somebody is a member of. */
export function queuesOf({ queueMembers }: World, user: string): number {
  const links = queueMembers.filter((one) => one.to === user && !one.isDeleted)
  return new Set(links.map(({ from }) => from)).size
}

/** What becomes of making somebody inactive. */
export function deactivating(view: View, user: string, to: TakenOver): Verdict {
  const { rules, actor } = view
  if (!rules.has('manage_users', actor)) return 'forbidden'
  const record = rules.record(user)
  if (!rules.may(actor, 'read', 'user') || !record || !rules.canRead(actor, record)) return 'absent'
  const named = Object.values(to).filter((id): id is string => id !== null)
  if (!named.every((id) => id !== user && isFit(view, id))) return 'refused'
  const next = { ...record, values: { ...record.values, active: false } }
  const verdict = savingOf(view).update(actor, record, next)
  return verdict === 'done' && isLastAdministrator(view, user) ? 'refused' : verdict
}

/** Another active person, whom one sees. */
function isFit({ rules, actor }: View, id: string): boolean {
  const user = rules.people.user(id)
  const record = rules.record(id)
  if (!user || user.isQueue || !user.isActive || !record) return false
  return rules.canRead(actor, record)
}

function isLastAdministrator(view: View, user: string): boolean {
  const { world, rules } = view
  const administrators = [...rules.people.all()].filter(({ isActive, isQueue, sets }) => {
    const rights = new ObjectRights(world, sets)
    const isOne = rights.hasSystem('modify_all_data') && rights.hasSystem('manage_users')
    return isActive && !isQueue && isOne
  })
  return administrators.length === 1 && administrators[0]?.id === user
}

/** The records that get another owner: those that no approval has locked, of objects that the new owner may see. */
export function movedTo(view: View, user: string, successor: string | null): WorldRecord[] {
  const to = view.rules.people.user(successor)
  if (to === undefined) return []
  const rights = new ObjectRights(view.world, to.sets)
  return ownedBy(view, user).filter((one) => !one.isLocked && rights.may('read', one.object))
}

/** How many approvals somebody else is asked now; not those that they submitted themself. */
export function approvalsMoved({ world }: View, user: string, approver: string | null): number {
  if (approver === null) return 0
  return waitingFor(world, user).filter(({ submittedBy }) => submittedBy !== approver).length
}
