import type { ApprovalProcessDefinition } from '@trellis/metamodel'

import type { Random } from './random.ts'
import type { World, WorldApproval, WorldObject, WorldRecord, WorldShare } from './world.ts'

type Approvals = Pick<World, 'processes' | 'approvals' | 'delegations'>
type Draft = Pick<World, 'users' | 'roles' | 'records'> & { readonly own: readonly WorldObject[] }

/** Processes of approval, runs of them that wait or are over, and who decides in whose place. */
export function makeApprovals(
  random: Random,
  draft: Draft,
): Approvals & { readonly records: readonly WorldRecord[]; readonly asked: readonly WorldShare[] } {
  const processes = random
    .some(draft.own, 0.6)
    .filter(({ master }) => master === undefined)
    .map(({ name: object }) => ({
      object,
      name: `${object}_approval`,
      definition: processOf(random, object, draft),
    }))
  const objects = new Set(processes.map(({ object }) => object))
  const candidates = draft.records.filter(
    (one) => objects.has(one.object) && !one.isDeleted && !one.isLocked,
  )
  const delegations = makeDelegations(random, draft)
  const approvals = random
    .some(candidates, 0.15)
    .map((one) => makeRun(random, one, { ...draft, delegations }))
  const waiting = new Set(
    approvals.filter(({ status }) => status === 'pending').map(({ record }) => record),
  )
  return {
    processes,
    approvals,
    delegations,
    records: draft.records.map((one) => (waiting.has(one.id) ? { ...one, isLocked: true } : one)),
    asked: approvals.flatMap((one) => sharesOf(random, one)),
  }
}

function processOf(random: Random, object: string, { roles }: Draft): ApprovalProcessDefinition {
  const approver = random.pick([
    { by: 'role' as const, role: random.pick(roles).name },
    { by: 'manager' as const, of: 'submitter' as const },
    { by: 'manager' as const, of: 'owner' as const },
  ])
  const step = { name: 'one', label: 'One', approvers: [approver], mode: 'all' as const }
  return { label: `Approval of ${object}`, object, steps: [step] }
}

function makeRun(
  random: Random,
  record: WorldRecord,
  { users, delegations }: Draft & Pick<Approvals, 'delegations'>,
): WorldApproval {
  const people = users.filter((user) => !user.isQueue)
  // Some submit what those are asked to decide in whose place they decide.
  const { user, delegate } = random.maybe(delegations, 0.25) ?? {}
  const asked = [...new Set([user ?? random.pick(people).id, random.pick(people).id])]
  const status = random.pick(['pending', 'pending', 'approved', 'rejected'] as const)
  return {
    id: random.id(),
    object: record.object,
    record: record.id,
    status,
    submittedBy: delegate ?? random.pick(people).id,
    comment: `${random.token()} submitted`,
    items: asked.map((assignee) => ({
      id: random.id(),
      assignee,
      status,
      decidedBy: status === 'pending' ? null : random.pick([assignee, random.pick(people).id]),
    })),
  }
}

/** Whoever is asked to decide may read the record until they have. */
function sharesOf(random: Random, { object, record, status, items }: WorldApproval): WorldShare[] {
  if (status !== 'pending') return []
  return items.map(({ assignee }) => ({
    id: random.id(),
    object,
    record,
    principal: `user:${assignee}`,
    access: 'read',
    cause: 'approval',
    expiresAt: null,
  }))
}

function makeDelegations(random: Random, { users }: Draft): World['delegations'] {
  return random
    .some(users, 0.3)
    .filter((user) => !user.isQueue)
    .flatMap((user) => {
      const delegate = random.pick(users)
      if (delegate.isQueue || delegate.id === user.id) return []
      const isOver = random.chance(0.2)
      return [{ id: random.id(), user: user.id, delegate: delegate.id, isOver }]
    })
}
