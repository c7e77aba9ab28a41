import type { Attempt } from './attempt.ts'
import { call } from './check.ts'
import { namesIn, represents, seesApproval, takesPart, waitsFor } from './deciding.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { WorldApproval, WorldRecord } from './world.ts'

/** Submits a record, decides on what waits, or takes something back. */
export function decide(view: View, record: WorldRecord, random: Random): Attempt | undefined {
  const kind = random.between(0, 4)
  if (kind < 2) return submit(view, record, random)
  const { approvals } = view.world
  const own = approvals.filter((one) => takesPart(view, one))
  const approval = random.maybe(own, 0.7) ?? random.maybe(approvals, 1)
  if (approval === null) return undefined
  return kind < 4 ? answer(view, approval, random) : recall(view, approval, random)
}

/** Decides as a delegate on what one submitted oneself, where there is such a thing. */
export function decideOnOwn(view: View, random: Random): Attempt | undefined {
  const own = view.world.approvals.filter(
    ({ status, submittedBy, items }) =>
      status === 'pending' &&
      submittedBy === view.actor.user.id &&
      items.some(({ assignee }) => represents(view, assignee)),
  )
  const approval = random.maybe(own, 1)
  const others = approval?.items.filter(({ assignee }) => represents(view, assignee)) ?? []
  return approval ? answer(view, { ...approval, items: others }, random) : undefined
}

function submit(view: View, record: WorldRecord, random: Random): Attempt {
  const isPreview = random.chance(0.3)
  const url = `/api/v1/approvals${isPreview ? '/preview' : ''}`
  const asked = (id: string): object => ({ object: record.object, record: id })
  return {
    surface: isPreview ? 'approval preview' : 'submit',
    call: call('POST', url, asked(record.id)),
    twin: call('POST', url, asked(random.id())),
    next: { ...record, isLocked: true },
    verdict: submitting(view, record, isPreview),
    tells: [record.values['name'], ...view.world.users.map(({ name }) => name)].join(' '),
  }
}

function submitting(view: View, record: WorldRecord, isPreview: boolean): Verdict {
  const { world, rules, actor } = view
  if (!rules.canRead(actor, record)) return 'absent'
  if (!rules.can('edit', actor, record)) return 'forbidden'
  const runs = world.approvals.some((one) => one.record === record.id && one.status === 'pending')
  const process = world.processes.find(({ object }) => object === record.object)
  if (!process || (runs && !isPreview)) return 'refused'
  return isPreview || approversOf(view, process.definition.steps[0]?.approvers[0], record) > 0
    ? 'done'
    : 'refused'
}

type Approver =
  View['world']['processes'][number]['definition']['steps'][number]['approvers'][number]

/** How many people a step finds; only those who can sign in. */
function approversOf(
  { rules, actor }: View,
  approver: Approver | undefined,
  record: WorldRecord,
): number {
  const active = [...rules.people.all()].filter((user) => user.isActive)
  if (approver?.by === 'role') return active.filter(({ role }) => role === approver.role).length
  if (approver?.by !== 'manager') return 0
  const from = approver.of === 'owner' ? rules.people.user(record.owner) : actor.user
  return active.filter(({ id }) => id === from?.manager).length
}

function answer(view: View, approval: WorldApproval, random: Random): Attempt | undefined {
  const item = random.maybe(approval.items, 1)
  if (item === null) return undefined
  const act = random.pick(['approve', 'reject'])
  const url = (id: string): string => `/api/v1/work-items/${id}/${act}`
  const isOwn = [item.assignee, item.decidedBy].includes(view.actor.user.id)
  const isKnown = isOwn || represents(view, item.assignee)
  const isOpen = approval.status === 'pending' && item.status === 'pending'
  const decided: Verdict = isKnown ? 'refused' : 'absent'
  const open: Verdict = waitsFor(view, approval, item) ? 'done' : 'absent'
  return attempt(view, approval, {
    surface: 'decide',
    call: call('POST', url(item.id), {}),
    twin: call('POST', url(random.id()), {}),
    verdict: isOpen ? open : decided,
  })
}

/** Who submitted something takes it back, and so does who may do everything and sees it. */
function recall(view: View, approval: WorldApproval, random: Random): Attempt {
  const url = (id: string): string => `/api/v1/approvals/${id}/recall`
  const isAdmin = view.rules.has('modify_all_data', view.actor) && seesApproval(view, approval)
  const mayRecall = approval.submittedBy === view.actor.user.id || isAdmin
  const ends: Verdict = approval.status === 'pending' ? 'done' : 'refused'
  return attempt(view, approval, {
    surface: 'recall',
    call: call('POST', url(approval.id), {}),
    twin: call('POST', url(random.id()), {}),
    verdict: mayRecall ? ends : 'absent',
  })
}

function attempt(
  view: View,
  approval: WorldApproval,
  asked: Pick<Attempt, 'surface' | 'call' | 'verdict'> & Pick<Attempt, 'twin'>,
): Attempt {
  const record = view.rules.record(approval.record)
  const nobody = { id: '', object: '', owner: null, isDeleted: true, isLocked: false, values: {} }
  return { ...asked, next: record ?? nobody, tells: namesIn(view, approval).join(' ') }
}
