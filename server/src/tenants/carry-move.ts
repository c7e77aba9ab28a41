import { sql } from 'kysely'

import { DatabaseUnavailable } from '../db/index.ts'
import type { Log, Platform } from '../installation.ts'
import { physicalName } from '../schema/physical-map.ts'
import { copyAndSwitch } from './copy-and-switch.ts'
import { haltMove, type Move, removeMove, saveMove, SEEN_EVERY_MS } from './move-store.ts'
import {
  beingMoved,
  databaseOf,
  hasHalted,
  HOME,
  Unwanted,
  type Work,
  workOf,
} from './move-work.ts'
import { removeAbove } from './platform-rows.ts'
import { tellTenantsChanged } from './tenant-store.ts'

/** The transaction of a mover that stands still is ended by its server before this. */
const STILL_FOR_MS = 45_000

/**
 * Carries on with a move that is this process's, from wherever it was left: before the switch it begins anew, or is taken
 * back if nobody wants it any more; after it is brought to its end. What goes wrong before the switch halts it, unless a
 * server cannot be reached: that may pass.
 *
 * @param stop leaves it to others, unless it has come to its switch
 */
export async function carryMove(
  platform: Platform,
  move: Move,
  { say, stop }: { say: Log; stop?: AbortSignal },
): Promise<void> {
  const watch = watchOver(platform, move, stop)
  try {
    await carry(await workOf(platform, move, { say, signal: watch.signal }))
  } catch (error) {
    // Where the tenant lives on as before, a person is to look.
    const mayPass = error instanceof DatabaseUnavailable || watch.signal.aborted
    if (mayPass || (await hasLeftAfterAll(platform, move))) throw error
    const words = error instanceof Error ? error.message : String(error)
    await haltMove(platform.nodes.home, move, words)
    throw hasHalted(words)
  } finally {
    watch.end()
  }
}

async function carry(work: Work): Promise<void> {
  const { platform, move } = work
  if (!(await hasLeft(work))) {
    await undo(work)
    if (await isTakenBack(work)) {
      work.say(`${move.tenant} stays on ${move.source}`)
      await removeMove(platform.nodes.home, move.tenant)
      return
    }
  }
  await finish(work)
}

/** Copies and switches; true if somebody takes the move back before the switch, and nothing is left of it. */
async function isTakenBack(work: Work): Promise<boolean> {
  try {
    while (!(await copyAndSwitch(work))) {
      work.say('The tenant was changed meanwhile: it is copied anew')
      await undo(work)
    }
    return false
  } catch (error) {
    if (!(error instanceof Unwanted)) throw error
    await undo(work)
    return true
  }
}

/** Says again and again that the mover lives, and hears whether another does, or nobody wants the move any more. */
function watchOver(
  { nodes }: Platform,
  move: Move,
  stop: AbortSignal | undefined,
): { signal: AbortSignal; end: () => void } {
  const heard = new AbortController()
  const timer = setInterval(() => {
    saveMove(nodes.home, move).then(
      (saved) => {
        if (!saved) heard.abort(beingMoved())
        else if (!saved.isWanted) heard.abort(new Unwanted())
      },
      () => undefined,
    )
  }, SEEN_EVERY_MS)
  const signal = stop ? AbortSignal.any([heard.signal, stop]) : heard.signal
  return { signal, end: () => clearInterval(timer) }
}

/** Then it is to be tried again, since nobody can work; so it is where nobody can say. */
async function hasLeftAfterAll(platform: Platform, move: Move): Promise<boolean> {
  try {
    return await hasLeft({ source: await databaseOf(platform, move.source), move })
  } catch {
    return true
  }
}

/**
 * Whether the tenant has left where it lived: from then on the move only goes forward. A mover that was taken for dead
 * may stand still within its switch: what that comes to is waited for.
 */
async function hasLeft({ source, move }: Pick<Work, 'source' | 'move'>): Promise<boolean> {
  return source.inTransaction(
    async (tx) => {
      const [row] = await tx.query<{ node: string | null }>(
        sql`select node from platform.tenant where name = ${move.tenant} for key share`,
      )
      return row !== undefined && row.node !== null
    },
    { statementTimeoutMs: 0, lockTimeoutMs: STILL_FOR_MS },
  )
}

/** Takes away what an attempt has made at the target, where the tenant does not live. */
async function undo({ target, move, replication }: Work): Promise<void> {
  await replication.end()
  await target.inTransaction(
    async (tx) => {
      await tx.query(sql`select 1 from platform.tenant where name = ${move.tenant} for update`)
      await tx.execute(sql`drop schema if exists ${physicalName(move.tenant)} cascade`)
      await removeAbove(tx, move.tenant)
      if (move.target === HOME) return
      await tx.execute(
        sql`delete from platform.tenant where name = ${move.tenant} and node is not null`,
      )
    },
    { statementTimeoutMs: 0, lockTimeoutMs: STILL_FOR_MS },
  )
}

/** Opens the tenant where it has come to, says so everywhere, and ends the following. */
async function finish({ platform, move, target, replication, say }: Work): Promise<void> {
  const { home } = platform.nodes
  const { tenant, source } = move
  if (!(await saveMove(home, move))) throw beingMoved()
  say('It has left')
  await target.execute(
    sql`update platform.tenant set node = null where name = ${tenant} and node = ${source}`,
  )
  if (move.target !== HOME) {
    await home.execute(sql`
      update platform.tenant set node = ${move.target}
      where name = ${tenant} and node is not distinct from ${source === HOME ? null : source}`)
  }
  await tellTenantsChanged(home)
  say(`${tenant} lives on ${move.target}`)
  await replication.end()
  if (!(await saveMove(home, move, 'moved'))) throw beingMoved()
}
