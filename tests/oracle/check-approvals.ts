import { type Check, compareIds, expectStatus, get } from './check.ts'
import { hasDecided, namesIn, seesApproval, waitsFor } from './deciding.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import type { WorldApproval } from './world.ts'

const APPROVALS_EACH = 4

/** The boxes of approvals, and approvals one by one. */
export function checkApprovals(view: View, random: Random): Check[] {
  const { approvals } = view.world
  if (approvals.length === 0) return []
  return [
    ...(['to_do', 'done', 'sent'] as const).map((box) => checkBox(view, box)),
    ...Array.from({ length: APPROVALS_EACH }, () => checkOne(view, random.pick(approvals))),
  ]
}

type Box = 'to_do' | 'done' | 'sent'

function checkBox(view: View, box: Box): Check {
  const { approvals } = view.world
  const expected = approvals.flatMap((one) => placesIn(view, box, one))
  const inBox = approvals.filter((one) => placesIn(view, box, one).length > 0)
  return {
    surface: 'approvals',
    call: get(`/api/v1/approvals?box=${box}&limit=200`),
    decisions: approvals.length,
    tells: inBox.flatMap((one) => namesIn(view, one)),
    judge: (answer) => {
      const status = expectStatus(answer, 200)
      if (status.length > 0) return status
      const given = answer.body.approvals as Wire[]
      const ids = given.map((one) => (box === 'to_do' ? one['work_item'] : one['id']))
      return [...compareIds(expected, ids), ...given.flatMap((one) => judgeEntry(view, one))]
    },
  }
}

/** What a box has of an approval: what waits for one item by item, the others once. */
function placesIn(view: View, box: Box, approval: WorldApproval): string[] {
  if (box === 'sent') return approval.submittedBy === view.actor.user.id ? [approval.id] : []
  if (box === 'done') {
    return approval.items.some((item) => hasDecided(view, item)) ? [approval.id] : []
  }
  return approval.items.filter((item) => waitsFor(view, approval, item)).map(({ id }) => id)
}

/** The values by which people decide are told to those who see the record, and the fields. */
function judgeEntry(view: View, wire: Wire): string[] {
  const { object, record: id } = view.world.approvals.find((one) => one.id === wire['id']) ?? {}
  const record = view.rules.record(id ?? '')
  if (!object || !record) return [`${String(wire['id'])} is no approval`]
  const values = (wire['highlights'] ?? {}) as Wire
  const changes = wire['changes'] as { field: string }[]
  if (!view.rules.canRead(view.actor, record)) {
    return wire['highlights'] === null && changes.length === 0 ? [] : [`tells of ${record.id}`]
  }
  const told = [...Object.keys(values), ...changes.map(({ field }) => field)]
  const known = new Set(view.fieldsOf(object).map(({ name }) => name))
  return told
    .filter((name) => known.has(name) && view.rules.access(view.actor, object, name) === 'none')
    .map((name) => `tells ${name} of ${record.id}`)
}

function checkOne(view: View, approval: WorldApproval): Check {
  const isSeen = seesApproval(view, approval)
  return {
    surface: 'approvals',
    call: get(`/api/v1/approvals/${approval.id}`),
    decisions: 1,
    tells: isSeen ? namesIn(view, approval) : [],
    judge: (answer) => {
      const status = expectStatus(answer, isSeen ? 200 : 404)
      if (status.length > 0 || !isSeen) return status
      return judgeEntry(view, {
        ...answer.body,
        highlights: answer.body.changes.length ? {} : null,
      })
    },
  }
}
