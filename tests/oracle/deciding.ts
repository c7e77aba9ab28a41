import type { View } from './view.ts'
import type { WorldApproval } from './world.ts'

type Item = WorldApproval['items'][number]

/** Whether somebody decides in another's place now: both can sign in, and it is not over. */
export function represents({ rules, actor, world }: View, user: string): boolean {
  const isActive = rules.people.user(user)?.isActive === true
  return (
    isActive &&
    world.delegations.some(
      (one) => one.user === user && one.delegate === actor.user.id && !one.isOver,
    )
  )
}

/** Whether an item waits for somebody: for themself, or for whom they represent, but for what they submitted. */
export function waitsFor(view: View, approval: WorldApproval, { assignee, status }: Item): boolean {
  const me = view.actor.user.id
  if (approval.status !== 'pending' || status !== 'pending') return false
  return assignee === me || (approval.submittedBy !== me && represents(view, assignee))
}

/** Whether somebody decided an item, or had it decided. */
export function hasDecided({ actor }: View, { assignee, decidedBy }: Item): boolean {
  const me = actor.user.id
  return decidedBy === me || (assignee === me && decidedBy !== null && decidedBy !== assignee)
}

/** Whether somebody takes part in an approval: they submitted it, were asked, decided, or may decide. */
export function takesPart(view: View, approval: WorldApproval): boolean {
  const me = view.actor.user.id
  return (
    approval.submittedBy === me ||
    approval.items.some(
      (item) => item.assignee === me || item.decidedBy === me || waitsFor(view, approval, item),
    )
  )
}

/** Whether somebody is told of an approval: they take part, or read the record. */
export function seesApproval(view: View, approval: WorldApproval): boolean {
  const record = view.rules.record(approval.record)
  const canRead = record !== undefined && view.rules.canRead(view.actor, record)
  return canRead || takesPart(view, approval)
}

/** The names that an approval tells: of the people in it, and of its record, unless they are hidden from who asks. */
export function namesIn(view: View, { record, object, ...approval }: WorldApproval): unknown[] {
  const { world, rules, actor } = view
  const people = [
    approval.submittedBy,
    ...approval.items.flatMap(({ assignee, decidedBy }) => [assignee, decidedBy]),
  ]
  const delegates = world.delegations
    .filter(({ user }) => people.includes(user))
    .map(({ delegate }) => delegate)
  const isTold = (name: string): boolean =>
    !rules.may(actor, 'read', name) || rules.isTold(actor, name, 'name')
  return [
    approval.comment,
    ...(isTold(object) ? [rules.record(record)?.values['name']] : []),
    ...(isTold('user')
      ? [...people, ...delegates].map((id) => world.users.find((one) => one.id === id)?.name)
      : []),
  ]
}
