import { type FieldModel, masterFields, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { DeleteRequest, UpdateRequest } from '../effects/record-request.ts'
import { type Outcome, performIn } from './perform.ts'
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
    await dropRepeats(context, field, replaced)
    await moveField(context, field, replaced)
    await moveInBin(context, field, replaced)
  }
}

/**
 * What joins the records with the same other one, where two are joined once: one of these stays, the survivor's own if
 * it has one, with what hangs on the others, and the others go to the recycle bin.
 */
async function dropRepeats(
  context: WritingContext,
  field: FieldModel,
  { from, to }: Replaced,
): Promise<void> {
  const junction = context.release.model.objects.get(field.object)
  const masters = junction ? masterFields(junction).map(({ name }) => name) : []
  const other = masters.find((name) => name !== field.name)
  const joinsOnce = junction?.definition.indexes?.some(
    ({ unique, fields }) =>
      unique === true && fields.length === 2 && masters.every((name) => fields.includes(name)),
  )
  if (!junction || other === undefined || !masters.includes(field.name) || !joinsOnce) return
  const { physical } = context.release
  const column = physical.column(field.object, field.name)
  const rows = await context.tx.query<{ id: string; kept: string }>(sql`
    select id, kept from (
      select id, ${column} as own, row_number() over same as place, first_value(id) over same as kept
      from ${physical.table(field.object)} where ${column} = any(${[...from, to]}::uuid[]) and deleted_at is null
      window same as (partition by ${physical.column(field.object, other)} order by (${column} = ${to}::uuid) desc, id)
    ) as joined where place > 1 and own <> ${to}::uuid order by id`)
  for (const [kept, group] of Map.groupBy(rows, (row) => row.kept)) {
    await moveReferences(context, { object: junction, from: group.map(({ id }) => id), to: kept })
  }
  const requests = rows.map(({ id }): DeleteRequest => ({
    op: 'delete',
    as: 'system',
    object: field.object,
    id,
  }))
  throwFirst(await performIn(context, requests, { atomic: true }))
}

/** @throws RequestError why one of them was not carried out */
function throwFirst(outcomes: readonly Outcome[]): void {
  const errors = outcomes.flatMap((one) => ('error' in one ? [one.error] : []))
  const cause = errors.find(({ code }) => code !== 'rolled_back') ?? errors[0]
  if (cause) throw cause
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
    throwFirst(await performIn(context, requests, { atomic: true }))
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
