import type { TestGiven, TestStep } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { decideWorkItem, recallApproval, submitForApproval } from '../records/act-on-approval.ts'
import { performOne } from '../records/perform.ts'
import type { PlayedTest } from './played-test.ts'

/** Makes a record that a test begins with; likely twins are no hindrance to it. @throws RequestError what is against it */
export async function makeGiven(test: PlayedTest, given: TestGiven): Promise<void> {
  const context = await test.contextOf(given.as)
  const object = test.object(given.object)
  const { id } = await performOne(context, {
    op: 'create',
    object: object.name,
    values: test.requestValues(context, object, given.values),
    allowDuplicates: true,
  })
  test.made(given.record, object.name, id)
}

/** Does one step as the user whom it names. @throws RequestError what is against it */
export async function doStep(test: PlayedTest, step: TestStep): Promise<void> {
  const context = await test.contextOf(step.as)
  const object = test.object(step.object)
  const request = { object: object.name, id: step.act === 'create' ? '' : test.idOf(step.record) }
  switch (step.act) {
    case 'create': {
      const values = test.requestValues(context, object, step.values)
      const { id } = await performOne(context, { op: 'create', object: object.name, values })
      test.made(step.record, object.name, id)
      return
    }
    case 'update': {
      const values = test.requestValues(context, object, step.values)
      await performOne(context, { op: 'update', ...request, values })
      return
    }
    case 'delete':
    case 'restore':
      await performOne(context, { op: step.act, ...request })
      return
    default:
      await actOnApproval(context, { ...request, act: step.act, comment: step.comment ?? null })
  }
}

interface Act {
  object: string
  id: string
  act: 'submit' | 'approve' | 'reject' | 'recall'
  comment: string | null
}

async function actOnApproval(context: Context, asked: Act): Promise<void> {
  const { object, id, act, comment } = asked
  if (act === 'submit') {
    await submitForApproval(context, { object, record: id, comment })
    return
  }
  const open = await loadOpen(context, id)
  if (!open) throw new RequestError('not_found')
  if (act === 'recall') {
    await recallApproval(context, open.approval, comment)
    return
  }
  if (open.item === null) throw new RequestError('not_found')
  await decideWorkItem(context, open.item, { act, comment })
}

/** The approval that a record is in, and what of it whoever acts is asked to decide. */
async function loadOpen(
  { db, release: { physical }, actor }: Context,
  record: string,
): Promise<{ approval: string; item: string | null } | undefined> {
  const [open] = await db.query(sql<{ approval: string; item: string | null }>`
    select a.id as approval, w.id as item
    from ${physical.systemTable('_approval')} as a
    left join ${physical.systemTable('_work_item')} as w
      on w.approval = a.id and w.status = 'pending' and w.assignee = ${actor.userId}::uuid
    where a.record = ${record}::uuid and a.status = 'pending'`)
  return open
}
