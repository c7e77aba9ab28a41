import { createHash } from 'node:crypto'

import type { RawBuilder } from 'kysely'

import { ActorValue } from '../access/actor-value.ts'
import type { WriteContext } from '../access/context.ts'
import { type SqlText, toSqlText } from '../db/index.ts'
import { releaseCache } from '../query/release-cache.ts'
import { Slot, type SlotValues } from '../query/slot.ts'

const statements = releaseCache<SqlText>('write-statements', 2000)

/**
 * Runs a statement of the record engine, compiled once per release and key and prepared once per connection. What
 * differs between two requests of the same key stands as slots in it.
 *
 * @param key names everything that the text depends on, e.g. object, fields, rights
 */
export async function runWrite<Row>(
  context: WriteContext,
  asked: { key: string; slots: SlotValues },
  make: () => RawBuilder<Row>,
): Promise<Row[]> {
  const {
    name,
    text,
    values = [],
  } = statements(context.release).get(asked.key, () => compile(context, make()))
  const bound = values.map((value) => {
    if (value instanceof Slot) return asked.slots[value.name]
    return value instanceof ActorValue ? value.valueFor(context) : value
  })
  return context.tx.query<Row>({ name, text, values: bound })
}

function compile(context: WriteContext, statement: RawBuilder<unknown>): SqlText {
  const { text, values } = toSqlText(statement)
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  return { name: `w${context.release.number}_${digest}`, text, values }
}
