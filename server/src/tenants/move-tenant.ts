import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import { loadTenants } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Log, Platform } from '../installation.ts'
import { physicalName } from '../schema/physical-map.ts'
import { carryMove } from './carry-move.ts'
import {
  addMove,
  DEAD_AFTER_SECONDS,
  loadMove,
  type Move,
  removeMove,
  takeOver,
  wantMove,
} from './move-store.ts'
import { beingMoved, conflict, databaseOf, hasHalted, HOME } from './move-work.ts'
import { removeAbove } from './platform-rows.ts'
import { unknownTenant } from './tenant-store.ts'
import { refuseHalted } from './wait-for-publish.ts'

const LOOK_EVERY_MS = 300

/**
 * Moves a tenant to another node while it is used: its rows are copied and followed, requests wait for a moment, and go
 * on there. A move that is under way is followed to its end; one that has halted, or whose mover has died, is taken up.
 * The old copy stays until `dropOldCopy`.
 * @throws RequestError not_found · conflict
 */
export async function moveTenant(
  platform: Platform,
  { tenant, to }: { tenant: string; to: string },
  say: Log,
): Promise<void> {
  const known = await knownMove(platform, tenant, to)
  const own = known ? undefined : await newMove(platform, tenant, to)
  const end = await seeThrough(platform, tenant, { isWanted: true, own, say })
  if (!end) throw conflict('It was taken back', '已被撤回')
}

/** Takes back a move that has not come to its switch, whoever is at it. @throws RequestError not_found · conflict */
export async function abortMove(platform: Platform, tenant: string, say: Log): Promise<void> {
  const { phase } = await requireMove(platform, tenant)
  const isOver = phase === 'moved'
  if (isOver || (await seeThrough(platform, tenant, { isWanted: false, own: undefined, say }))) {
    throw conflict('It has moved already; move it back', '已完成迁移，请再迁回')
  }
}

/** Removes what a tenant has left behind where it lived. @throws RequestError not_found · conflict */
export async function dropOldCopy(platform: Platform, tenant: string): Promise<void> {
  const move = await requireMove(platform, tenant)
  if (move.phase !== 'moved') throw conflict('It is still moving', '迁移尚未完成')
  const source = await databaseOf(platform, move.source)
  await source.inTransaction(
    async (tx) => {
      await tx.execute(sql`drop schema if exists ${physicalName(move.oldSchema)} cascade`)
      await removeAbove(tx, tenant)
      if (move.source !== HOME) {
        await tx.execute(sql`delete from platform.tenant where name = ${tenant}`)
      }
    },
    { statementTimeoutMs: 0, lockTimeoutMs: 10_000 },
  )
  await removeMove(platform.nodes.home, tenant)
}

/**
 * Waits for a move to be over, and works on it as long as nobody else does.
 * @returns the move as it is over; undefined if it was taken back
 * @throws RequestError conflict if it has halted
 */
async function seeThrough(
  platform: Platform,
  tenant: string,
  { isWanted, own, say }: { isWanted: boolean; own: Move | undefined; say: Log },
): Promise<Move | undefined> {
  const { home } = platform.nodes
  if (own) await carryMove(platform, own, { say })
  for (let looks = 1; ; looks += 1) {
    const move = await loadMove(home, tenant)
    if (!move || move.phase === 'moved') return move
    // What had halted before goes on; what halts meanwhile waits for somebody again.
    if (move.failure !== null && looks > 1) throw hasHalted(move.failure)
    const mover = randomUUID()
    const next = { mover, unseenForSeconds: DEAD_AFTER_SECONDS, isWanted }
    if (!move.isAlive && (await takeOver(home, move, next))) {
      await carryMove(platform, { ...move, mover }, { say })
      continue
    }
    if (looks === 1) {
      await wantMove(home, tenant, isWanted)
      say(`Another process is at it (${move.phase})`)
    }
    await delay(LOOK_EVERY_MS)
  }
}

async function requireMove({ nodes }: Platform, tenant: string): Promise<Move> {
  const move = await loadMove(nodes.home, tenant)
  if (move) return move
  throw new RequestError('not_found', {
    detail: message(`No move of "${tenant}" is known`, `没有“${tenant}”的迁移`),
  })
}

/** A move of the tenant that is not over; undefined if there is none. */
async function knownMove(
  { nodes }: Platform,
  tenant: string,
  to: string,
): Promise<Move | undefined> {
  const known = await loadMove(nodes.home, tenant)
  if (known?.phase === 'moved') {
    throw conflict('Drop its old copy first (--drop-old)', '请先删除旧副本（--drop-old）')
  }
  if (known && known.target !== to) {
    throw conflict(`It moves to ${known.target}`, `正迁往 ${known.target}`)
  }
  return known
}

/** Notes a move of this process. */
async function newMove(platform: Platform, tenant: string, to: string): Promise<Move> {
  const { home } = platform.nodes
  const found = (await loadTenants(home)).find(({ name }) => name === tenant)
  if (!found) throw unknownTenant(tenant)
  const source = found.node ?? HOME
  if (source === to) throw conflict(`It lives on ${to} already`, `已在 ${to}`)
  await refuseHalted(await databaseOf(platform, source), tenant)
  // Before it is noted: a node without an address is refused.
  const target = await databaseOf(platform, to)
  const [taken] = await target.query(sql`select 1 from pg_namespace where nspname = ${tenant}`)
  if (taken) throw conflict(`${to} has a schema of that name`, `${to} 已有同名 schema`)
  const move: Move = {
    tenant,
    source,
    target: to,
    phase: 'copying',
    oldSchema: `moved_${randomBytes(6).toString('hex')}`,
    mover: randomUUID(),
    isAlive: true,
    failure: null,
    isWanted: true,
  }
  if (!(await addMove(home, move))) throw beingMoved()
  return move
}
