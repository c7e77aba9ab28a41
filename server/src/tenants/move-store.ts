import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'

/** How far a move has come: rows are copied and followed; requests wait; the tenant lives at its new place. */
export type MovePhase = 'copying' | 'switching' | 'moved'

/** A move of a tenant between two nodes; `home` is the platform's own database. */
export interface Move {
  readonly tenant: string
  readonly source: string
  readonly target: string
  readonly phase: MovePhase
  /** What the schema is called where it is left behind. */
  readonly oldSchema: string
  readonly mover: string
  /** Whether whoever moves it was seen a moment ago. */
  readonly isAlive: boolean
  /** Why it has halted and waits for somebody; null while it goes on. */
  readonly failure: string | null
  /** False if it is to be taken back. */
  readonly isWanted: boolean
}

/** One who moves a tenant says that often that they live, and is taken for dead after so long. */
export const SEEN_EVERY_MS = 1000
export const DEAD_AFTER_SECONDS = 5

/** The moves that are not yet over, with those whose old copies are still there. */
export function loadMoves(home: Queryable): Promise<Move[]> {
  return home.query(sql<Move>`
    select tenant, source, target, phase, old_schema as "oldSchema", mover, failure, is_wanted as "isWanted",
      failure is null and seen_at > now() - make_interval(secs => ${DEAD_AFTER_SECONDS}) as "isAlive"
    from platform.tenant_move`)
}

/** The move of a tenant that is not yet over, its old copy included. */
export async function loadMove(home: Queryable, tenant: string): Promise<Move | undefined> {
  return (await loadMoves(home)).find((move) => move.tenant === tenant)
}

/** Notes a move that begins; false if somebody was faster. */
export async function addMove(home: Queryable, move: Move): Promise<boolean> {
  const { tenant, source, target, phase, oldSchema, mover } = move
  const added = await home.execute(sql`
    insert into platform.tenant_move (tenant, source, target, phase, old_schema, mover)
    values (${tenant}, ${source}, ${target}, ${phase}, ${oldSchema}, ${mover}) on conflict do nothing`)
  return added > 0
}

/** Takes over a move that has halted, or whose mover has died; false if somebody was faster, or it goes on. */
export async function takeOver(
  home: Queryable,
  move: Pick<Move, 'tenant' | 'mover'>,
  next: { mover: string; unseenForSeconds: number; isWanted: boolean },
): Promise<boolean> {
  const taken = await home.execute(sql`
    update platform.tenant_move
    set mover = ${next.mover}, seen_at = now(), failure = null, is_wanted = ${next.isWanted}
    where tenant = ${move.tenant} and mover = ${move.mover} and phase <> 'moved'
      and (failure is not null or seen_at <= now() - make_interval(secs => ${next.unseenForSeconds}))`)
  return taken > 0
}

/**
 * Says that a move goes on, and how far it has come.
 * @returns whether it is still wanted; undefined if another has taken it over
 */
export async function saveMove(
  home: Queryable,
  { tenant, mover }: Pick<Move, 'tenant' | 'mover'>,
  phase: MovePhase | null = null,
): Promise<{ isWanted: boolean } | undefined> {
  const [saved] = await home.query(sql<{ isWanted: boolean }>`
    update platform.tenant_move set seen_at = now(), phase = coalesce(${phase}, phase)
    where tenant = ${tenant} and mover = ${mover} returning is_wanted as "isWanted"`)
  return saved
}

/** Says that a move waits for somebody, and why. */
export async function haltMove(
  home: Queryable,
  { tenant, mover }: Pick<Move, 'tenant' | 'mover'>,
  failure: string,
): Promise<void> {
  await home.execute(sql`
    update platform.tenant_move set failure = ${failure}
    where tenant = ${tenant} and mover = ${mover} and phase <> 'moved'`)
}

/** Says to whoever is at a move whether it is to go on or to be taken back. */
export async function wantMove(home: Queryable, tenant: string, isWanted: boolean): Promise<void> {
  await home.execute(sql`
    update platform.tenant_move set is_wanted = ${isWanted} where tenant = ${tenant} and phase <> 'moved'`)
}

export async function removeMove(home: Queryable, tenant: string): Promise<void> {
  await home.execute(sql`delete from platform.tenant_move where tenant = ${tenant}`)
}
