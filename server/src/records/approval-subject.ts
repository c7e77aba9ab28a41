import {
  type ApprovalProcessDefinition,
  type Expression,
  expressionReferences,
  type ObjectModel,
  readPaths,
} from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { StoredApproval } from '../approvals/approval-store.ts'
import { fitsCriteria } from '../approvals/check-criteria.ts'
import { updatesFor } from '../approvals/decide-approval.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { StoredRecord } from '../effects/record-request.ts'
import { RequestError } from '../errors.ts'
import type { Surroundings } from '../validation/evaluation.ts'
import { loadParents } from './load-parents.ts'
import { loadForWrite } from './read-rows.ts'

/** A record in an approval, with everything that criteria read. */
export interface Subject {
  object: ObjectModel
  record: StoredRecord
  around: Surroundings
}

/** The record that somebody submits. @throws RequestError not_found · forbidden if they may not edit it */
export async function loadSubject(
  context: WriteContext,
  objectName: string,
  id: string,
): Promise<Subject> {
  const object = context.release.model.objects.get(objectName)
  if (!object || !context.actor.rights.object(objectName).read) throw new RequestError('not_found')
  const found = (await loadForWrite(context, object, [id])).get(id)
  if (!found?.canRead) throw new RequestError('not_found')
  if (!found.canEdit) throw new RequestError('forbidden')
  return surround(context, object, found)
}

/** The record of an approval as it is by now, whoever decides: being asked is the right to decide. */
export async function subjectOf(context: WriteContext, approval: StoredApproval): Promise<Subject> {
  const object = context.release.model.objects.get(approval.object)
  const found =
    object && (await loadForWrite(context, object, [approval.record])).get(approval.record)
  if (!object || !found) throw new RequestError('not_found')
  return surround(context, object, found)
}

async function surround(
  context: WriteContext,
  object: ObjectModel,
  record: StoredRecord,
): Promise<Subject> {
  const named = criteriaPaths(object.approvalProcesses.map((process) => process.definition))
  const { columns, formulas } = readPaths(context.release.model, object, named)
  const parent = await loadParents(context, {
    object,
    records: [record.values],
    paths: columns.filter((path) => path.includes('.')),
    which: 'all',
  })
  const around = { actor: context.actor, now: context.now, parent, formulas }
  return { object, record, around }
}

const ENDS = ['submitted', 'approved', 'rejected', 'recalled'] as const

/** What the expressions of processes read: entries, criteria, updates. */
function criteriaPaths(definitions: readonly ApprovalProcessDefinition[]): string[] {
  const expressions = definitions.flatMap((definition) => [
    definition.entry,
    ...definition.steps.map((step) => step.criteria),
    ...ENDS.flatMap((end) => Object.values(updatesFor(definition, end))),
  ])
  return [
    ...new Set(
      expressions
        .filter((one) => one !== undefined)
        .flatMap((one) => expressionReferences(one as Expression).fields),
    ),
  ]
}

/** What expressions of processes are asked of. */
export function changeOf({ record }: Subject): Pick<RecordChange, 'before' | 'after'> {
  return { before: record, after: record.values }
}

/** Whether the record fits a condition of a process. */
export function fits(
  { release }: WriteContext,
  subject: Subject,
  criteria: ApprovalProcessDefinition['entry'],
): boolean {
  return fitsCriteria(release.model, subject.object, criteria, {
    change: changeOf(subject),
    around: subject.around,
  })
}
