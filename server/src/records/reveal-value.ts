import { type FieldModel, isShown, isTold, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import type { Transaction } from '../db/index.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { getUnmasked } from '../query/get-unmasked.ts'

/** Which value is asked for. */
export interface RevealAsked {
  object: ObjectModel
  id: string
  field: string
}

/** How many values a user may ask for on a day (UTC). */
const REVEALS_A_DAY = 200

/**
 * Answers the value behind a mask. Before it is told it is counted and written to the audit log.
 * @throws RequestError unknown_field · conflict if it is not masked · forbidden without the right to reveal it ·
 *   not_found · too_many_requests
 */
export async function revealValue(context: Context, asked: RevealAsked): Promise<unknown> {
  const { object, id } = asked
  const field = revealedField(context, asked)
  const found = await getUnmasked(context, object, { id, field })
  if (!found) throw new RequestError('not_found')
  await context.db.inTransaction(async (tx) => {
    await countReveal(context, tx)
    recordAudit(tx, {
      ...callerOf(context),
      action: 'reveal',
      object: object.name,
      record: id,
      details: { field: field.name },
    })
  })
  return found.value
}

function revealedField({ actor }: Context, { object, field: name }: RevealAsked): FieldModel {
  const field = object.fields.get(name)
  if (!field || !isShown(actor.rights.field(field))) {
    const shown = name.slice(0, 63)
    throw refuse(
      'unknown_field',
      'field',
      message(`${object.name} has no field "${shown}"`, `${object.name} 没有字段“${shown}”`),
    )
  }
  if (isTold(actor.rights.field(field))) {
    const text = message('This field is not masked for you', '该字段对您没有脱敏')
    throw refuse('conflict', 'field', text)
  }
  if (actor.rights.reveal(field)) return field
  throw refuse(
    'forbidden',
    'field',
    message(`You may not reveal the field "${name}"`, `您无权查看字段“${name}”的完整内容`),
  )
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Counts one more, with the row of the user locked until the end; days gone by are forgotten. */
async function countReveal({ actor, release, now }: Context, tx: Transaction): Promise<void> {
  const table = release.physical.systemTable('_reveal_count')
  const day = now.toISOString().slice(0, 10)
  const [counted] = await tx.query(sql<{ count: number }>`
    insert into ${table} as c (user_id, day, count) values (${actor.userId}::uuid, ${day}::date, 1)
    on conflict (user_id, day) do update set count = c.count + 1 where c.count < ${REVEALS_A_DAY}
    returning count`)
  if (!counted) {
    const seconds = Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000)
    throw new RequestError('too_many_requests', {
      detail: message(
        `At most ${REVEALS_A_DAY} masked values a day`,
        `每天最多查看 ${REVEALS_A_DAY} 个脱敏字段的完整内容`,
      ),
      headers: { 'retry-after': String(seconds) },
    })
  }
  if (counted.count > 1) return
  await tx.execute(
    sql`delete from ${table} where user_id = ${actor.userId}::uuid and day < ${day}::date`,
  )
}
