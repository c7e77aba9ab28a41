import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import type { Config } from '../config.ts'
import {
  type Database,
  hasSqlState,
  loadTenants,
  openDatabase,
  runningDatabaseUrl,
  type Transaction,
} from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Log, Platform } from '../installation.ts'
import { physicalName } from '../schema/physical-map.ts'
import {
  addMove,
  loadMove,
  type Move,
  type MovePhase,
  removeMove,
  saveMove,
  SEEN_EVERY_MS,
  takeOver,
} from './move-store.ts'
import { copyAbove, copySequences, removeAbove } from './platform-rows.ts'
import { Replication } from './replication.ts'
import { tellTenantsChanged, unknownTenant } from './tenant-store.ts'
import { publishUnderWay, refuseHalted, waitForPublish } from './wait-for-publish.ts'

/** How the platform's own database is named where a node is asked for. */
export const HOME = 'home'

/** So long may the last changes take while requests wait; else they go on, and it is tried again. */
const LONGEST_PAUSE_MS = 1500
/** So long is a lock waited for: whoever comes after it waits behind it. */
const LOCK_TIMEOUT_MS = 400
const MOST_ATTEMPTS = 60

/** A move at work: where it is noted, its two ends, and the copy between them. */
interface Work {
  readonly platform: Platform
  readonly move: Move
  readonly source: Database
  readonly target: Database
  readonly replication: Replication
  readonly say: Log
}

/**
 * Moves a tenant to another node while it is used: its rows are copied and followed, requests wait for a moment, and go
 * on there. What was left half-way, by this process or one that was killed, is taken up: before the switch it begins
 * anew, after it is brought to its end. The old copy stays until `dropOldCopy`.
 * @throws RequestError not_found · conflict
 */
export async function moveTenant(
  platform: Platform,
  { tenant, to }: { tenant: string; to: string },
  say: Log,
): Promise<void> {
  const move = await claim(platform, tenant, to)
  const work = await workOf(platform, move, say)
  const seen = setInterval(() => {
    saveMove(platform.nodes.home, move).catch(() => undefined)
  }, SEEN_EVERY_MS)
  try {
    if (!(await isFenced(work))) {
      await undo(work)
      await copyAndSwitch(work)
    }
    await finish(work)
  } finally {
    clearInterval(seen)
  }
}

/** Takes back a move that has not come to its switch. @throws RequestError not_found · conflict */
export async function abortMove(platform: Platform, tenant: string, say: Log): Promise<void> {
  const move = await adopt(platform, await requireMove(platform, tenant))
  const work = await workOf(platform, move, say)
  if (move.phase === 'moved' || (await isFenced(work))) {
    throw conflict('It has moved already; move it back', '已完成迁移，请再迁回')
  }
  await undo(work)
  await removeMove(platform.nodes.home, tenant)
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

async function requireMove({ nodes }: Platform, tenant: string): Promise<Move> {
  const move = await loadMove(nodes.home, tenant)
  if (move) return move
  throw new RequestError('not_found', {
    detail: message(`No move of "${tenant}" is known`, `没有“${tenant}”的迁移`),
  })
}

/** Notes the move, or takes over one whose mover has died. */
async function claim(platform: Platform, tenant: string, to: string): Promise<Move> {
  const { home } = platform.nodes
  const found = (await loadTenants(home)).find(({ name }) => name === tenant)
  if (!found) throw unknownTenant(tenant)
  const known = await loadMove(home, tenant)
  if (known) {
    if (known.phase === 'moved') {
      throw conflict('Drop its old copy first (--drop-old)', '请先删除旧副本（--drop-old）')
    }
    if (known.target !== to) throw conflict(`It moves to ${known.target}`, `正迁往 ${known.target}`)
    return adopt(platform, known)
  }
  const source = found.node ?? HOME
  if (source === to) throw conflict(`It lives on ${to} already`, `已在 ${to}`)
  await refuseHalted(await databaseOf(platform, source), tenant)
  const phase: MovePhase = 'copying'
  const oldSchema = `moved_${randomBytes(6).toString('hex')}`
  const move = { tenant, source, target: to, phase, oldSchema, mover: randomUUID(), isAlive: true }
  // Before it is noted: a node without an address is refused.
  const target = await databaseOf(platform, to)
  const [taken] = await target.query(sql`select 1 from pg_namespace where nspname = ${tenant}`)
  if (taken) throw conflict(`${to} has a schema of that name`, `${to} 已有同名 schema`)
  if (!(await addMove(home, move))) throw beingMoved()
  return move
}

async function adopt({ nodes }: Platform, known: Move): Promise<Move> {
  const mover = randomUUID()
  if (known.isAlive || !(await takeOver(nodes.home, known, mover))) throw beingMoved()
  return { ...known, mover }
}

async function workOf(platform: Platform, move: Move, say: Log): Promise<Work> {
  const [source, target] = [
    await databaseOf(platform, move.source),
    await databaseOf(platform, move.target),
  ]
  const sourceUrl = await directUrlOf(platform.config, move.source)
  const { tenant } = move
  const replication = new Replication({ source, target, sourceUrl, tenant, schema: tenant })
  return { platform, move, source, target, replication, say }
}

function databaseOf({ nodes }: Platform, node: string): Promise<Database> {
  return nodes.of(node === HOME ? null : node)
}

async function directUrlOf(config: Config, node: string): Promise<string> {
  const { databaseUrl, databaseDirectUrl, dataDir } = config
  const address =
    node === HOME ? { url: databaseUrl, directUrl: databaseDirectUrl } : config.nodes[node]
  const url = address?.directUrl ?? address?.url ?? (await runningDatabaseUrl(dataDir))
  if (url === undefined) throw conflict(`${node} has no address`, `${node} 没有地址`)
  return url
}

/** Whether the tenant has left where it lived: from then on the move only goes forward. */
async function isFenced({ source, move }: Work): Promise<boolean> {
  const [row] = await source.query<{ node: string | null }>(
    sql`select node from platform.tenant where name = ${move.tenant}`,
  )
  return row !== undefined && row.node !== null
}

/** Takes away what an attempt has made at the target, where the tenant does not live. */
async function undo({ target, move, replication }: Work): Promise<void> {
  await replication.end()
  await target.inTransaction(
    async (tx) => {
      await tx.execute(sql`drop schema if exists ${physicalName(move.tenant)} cascade`)
      await removeAbove(tx, move.tenant)
      if (move.target === HOME) return
      await tx.execute(
        sql`delete from platform.tenant where name = ${move.tenant} and node is not null`,
      )
    },
    { statementTimeoutMs: 0, lockTimeoutMs: 10_000 },
  )
}

async function copyAndSwitch(work: Work): Promise<void> {
  const { platform, move, source, replication, say } = work
  for (;;) {
    await note(work, 'copying')
    await waitForPublish(source, move.tenant, say)
    say(`Copying ${move.tenant} from ${move.source} to ${move.target}`)
    await replication.begin()
    await replication.untilCopied()
    say('All rows are there; what is written meanwhile follows')
    await note(work, 'switching')
    // Of its own: what is asked elsewhere meanwhile must not wait for this transaction's connection.
    const tied = await openDatabase({
      ...platform.config,
      databaseUrl: await directUrlOf(platform.config, move.source),
      databaseDirectUrl: undefined,
      poolSize: 1,
    })
    try {
      if (await switchOver(work, tied)) return
    } finally {
      await tied.close()
    }
    say('The tenant was changed meanwhile: it is copied anew')
    await undo(work)
  }
}

/** False if the tables were changed since they were copied. */
async function switchOver(work: Work, tied: Database): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    // What is far behind would keep requests waiting.
    while (!(await work.replication.hasCaughtUp(LONGEST_PAUSE_MS))) work.say('Catching up')
    try {
      return await tied.inTransaction((tx) => leave(work, tx), {
        statementTimeoutMs: 0,
        lockTimeoutMs: LOCK_TIMEOUT_MS,
      })
    } catch (error) {
      const isHeldUp = hasSqlState(error, '55P03') || error instanceof TooSlow
      if (!isHeldUp || attempt >= MOST_ATTEMPTS) throw error
      await delay(100 * Math.min(attempt, 10) * (0.5 + Math.random()))
    }
  }
}

class TooSlow extends Error {}

/**
 * The switch: writers are locked out and wait; what is left comes to the target; the schema takes another name, so that
 * whoever waited does not find it, and looks where the tenant lives now. Until the commit it lives here, after it not.
 */
async function leave(work: Work, tx: Transaction): Promise<boolean> {
  const { move, target, replication, say } = work
  const { tenant, source } = move
  await lockTables(tx, tenant)
  await tx.query(sql`select 1 from platform.tenant where name = ${tenant} for update`)
  if (await publishUnderWay(tx, tenant)) return false
  if (!(await replication.isUnchanged(tx))) return false
  say('Requests wait')
  if (!(await replication.hasCaughtUp(LONGEST_PAUSE_MS))) throw new TooSlow()
  await target.inTransaction(async (there) => {
    await there.execute(sql`
      insert into platform.tenant (name, schema_name, node) values (${tenant}, ${tenant}, ${source})
      on conflict (name) do update set node = excluded.node`)
    await copyAbove(tx, there, tenant)
    await copySequences(tx, there, tenant)
  })
  await note(work, 'switching')
  await tx.execute(sql`update platform.tenant set node = ${move.target} where name = ${tenant}`)
  await tx.execute(
    sql`alter schema ${physicalName(tenant)} rename to ${physicalName(move.oldSchema)}`,
  )
  return true
}

/** Readers go on; whoever writes waits. */
async function lockTables(tx: Transaction, schema: string): Promise<void> {
  const tables = await tx.query<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind = 'r' order by relname`)
  const names = tables.map(({ name }) => physicalName(schema, name))
  await tx.execute(sql`lock table ${sql.join(names)} in exclusive mode`)
}

/** Opens the tenant where it has come to, says so everywhere, and ends the following. */
async function finish(work: Work): Promise<void> {
  const { platform, move, target, replication, say } = work
  const { home } = platform.nodes
  say('It has left')
  await target.execute(sql`update platform.tenant set node = null where name = ${move.tenant}`)
  if (move.target !== HOME) {
    await home.execute(
      sql`update platform.tenant set node = ${move.target} where name = ${move.tenant}`,
    )
  }
  await tellTenantsChanged(home)
  say(`${move.tenant} lives on ${move.target}`)
  await replication.end()
  await note(work, 'moved')
}

/** @throws RequestError conflict if another has taken the move over */
async function note({ platform, move }: Work, phase: MovePhase): Promise<void> {
  if (!(await saveMove(platform.nodes.home, move, phase))) throw beingMoved()
}

function beingMoved(): RequestError {
  return conflict('It is being moved by another process', '正由其他进程迁移')
}

function conflict(english: string, chinese: string): RequestError {
  return new RequestError('conflict', { detail: message(english, chinese) })
}
