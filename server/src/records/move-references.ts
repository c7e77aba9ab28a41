import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { UpdateRequest } from '../effects/record-request.ts'
import { performIn } from './perform.ts'
import { referrers } from './referrers.ts'
import type { WritingContext } from './touched.ts'
import { writeState } from './write-record.ts'

/** Records that give way, and the one that takes their place. */
export interface Replaced {
  object: ObjectModel
  from: readonly string[]
  to: string
}

/** So many records are led on together. */
const PART = 500

/**
 * Leads every reference from some records to another one: of any object, by any field that the model has. The house does
 * it, so that neither rights nor locks nor rules of those records stand against it; what they derive, their history and
 * the roll-ups above them follow as with any save.
 *
 * @throws RequestError where a record cannot refer to the other one: a circle, a value that is unique
 */
export async function moveReferences(context: WritingContext, replaced: Replaced): Promise<void> {
  const fields = referrers(context, replaced.object.name)
  // What derives its reference finds the new one where it reads it.
  const inOrder = [...fields.filter((one) => !isDerived(one)), ...fields.filter(isDerived)]
  for (const field of inOrder) {
    await moveField(context, field, replaced)
    await moveInBin(context, field, replaced)
  }
}

/** Nobody writes it, nor a field that it is a part of. */
const isDerived = ({ isReadOnly, partOf }: FieldModel): boolean =>
  isReadOnly && partOf === undefined

async function moveField(
  context: WritingContext,
  field: FieldModel,
  { from, to }: Replaced,
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await referring(context, field, { from, after })
    const last = rows.at(-1)
    if (last === undefined) return
    after = last
    const requests = rows.map((id): UpdateRequest => {
      const values = isDerived(field) ? {} : reference(field, id, to)
      return { op: 'update', as: 'system', object: field.object, id, values }
    })
    const outcomes = await performIn(context, requests, { atomic: true })
    const errors = outcomes.flatMap((one) => ('error' in one ? [one.error] : []))
    const cause = errors.find(({ code }) => code !== 'rolled_back') ?? errors[0]
    if (cause) throw cause
  }
}

/** As it is written; a record that referred to what is now itself refers to nothing. */
function reference(
  { name, partOf, target }: FieldModel,
  id: string,
  to: string,
): UpdateRequest['values'] {
  if (partOf === undefined) return { [name]: id === to ? null : to }
  return { [partOf]: id === to ? null : { object: target, id: to } }
}

async function referring(
  { tx, release }: WritingContext,
  field: FieldModel,
  { from, after }: { from: readonly string[]; after: string },
): Promise<string[]> {
  const { physical } = release
  const rows = await tx.query<{ id: string }>(sql`
    select id from ${physical.table(field.object)}
    where ${physical.column(field.object, field.name)} = any(${[...from]}::uuid[]) and deleted_at is null
      and id > ${after}::uuid and id <> all(${[...from]}::uuid[]) order by id limit ${PART}`)
  return rows.map(({ id }) => id)
}

/** What is in the recycle bin is led on too: it may come back. */
async function moveInBin(
  context: WritingContext,
  { object, name }: FieldModel,
  { from, to }: Replaced,
): Promise<void> {
  const { physical } = context.release
  const column = physical.column(object, name)
  const rows = await context.tx.query<{ id: string; target: string }>(sql`
    select id, ${column}::text as target from ${physical.table(object)}
    where ${column} = any(${[...from]}::uuid[]) and deleted_at is not null and id <> all(${[...from, to]}::uuid[])
    order by id for no key update`)
  for (const [target, group] of Map.groupBy(rows, (row) => row.target)) {
    const ids = group.map(({ id }) => id)
    await writeState(context, object, ids, {
      action: 'updated',
      field: { name, old: target, next: to },
    })
  }
}
