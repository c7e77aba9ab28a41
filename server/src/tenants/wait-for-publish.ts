import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Log } from '../installation.ts'
import { systemTable } from '../schema/physical-map.ts'

const LOOK_EVERY_MS = 500

/** How a publish in steps stands that is under way in a schema; undefined if there is none. */
export async function publishUnderWay(
  db: Queryable,
  schema: string,
): Promise<'running' | 'aborting' | 'halted' | undefined> {
  const [found] = await db.query<{ status: 'running' | 'aborting' | 'halted' }>(sql`
    select status from ${systemTable(schema, '_publish')}
    where status in ('running', 'aborting', 'halted')`)
  return found?.status
}

/**
 * Waits until no publish in steps is under way: what it builds on the way is not carried over.
 * @throws RequestError conflict where one has halted, which only a person sets going again
 */
export async function waitForPublish(
  db: Queryable,
  schema: string,
  { say, signal }: { say: Log; signal: AbortSignal },
): Promise<void> {
  for (let isSaid = false; ; isSaid = true) {
    const status = await publishUnderWay(db, schema)
    if (status === undefined) return
    if (status === 'halted') throw halted()
    if (!isSaid) say('A publish is under way: waiting for it')
    signal.throwIfAborted()
    await delay(LOOK_EVERY_MS)
  }
}

/** @throws RequestError conflict where a publish has halted */
export async function refuseHalted(db: Queryable, schema: string): Promise<void> {
  if ((await publishUnderWay(db, schema)) === 'halted') throw halted()
}

function halted(): RequestError {
  return new RequestError('conflict', {
    detail: message(
      'A publish has halted: resume or abort it first',
      '有发布已暂停，请先继续或中止该发布',
    ),
  })
}
