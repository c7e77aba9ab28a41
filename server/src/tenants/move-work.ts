import type { Config } from '../config.ts'
import { type Database, runningDatabaseUrl } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Log, Platform } from '../installation.ts'
import { type Move, type MovePhase, saveMove } from './move-store.ts'
import { Replication } from './replication.ts'

/** How the platform's own database is named where a node is asked for. */
export const HOME = 'home'

/** A move at work: where it is noted, its two ends, and the copy between them. */
export interface Work {
  readonly platform: Platform
  readonly move: Move
  readonly source: Database
  readonly target: Database
  readonly replication: Replication
  readonly say: Log
  /** Ends long waits, with what to end with. */
  readonly signal: AbortSignal
}

/** Nobody wants the move any more. */
export class Unwanted extends Error {}

/** Opens the two ends of a move. @throws ConfigError for a node without an address */
export async function workOf(
  platform: Platform,
  move: Move,
  more: Pick<Work, 'say' | 'signal'>,
): Promise<Work> {
  const [source, target] = [
    await databaseOf(platform, move.source),
    await databaseOf(platform, move.target),
  ]
  const sourceUrl = await directUrlOf(platform.config, move.source)
  const { tenant } = move
  const ends = { source, target, sourceUrl, tenant, schema: tenant }
  const replication = new Replication({ ...ends, signal: more.signal })
  return { platform, move, source, target, replication, ...more }
}

/** The database of a node, `home` too. @throws ConfigError for a node without an address */
export function databaseOf({ nodes }: Platform, node: string): Promise<Database> {
  return nodes.of(node === HOME ? null : node)
}

/** The address of a node around its pooler. @throws RequestError conflict for a node without one */
export async function directUrlOf(config: Config, node: string): Promise<string> {
  const { databaseUrl, databaseDirectUrl, dataDir } = config
  const address =
    node === HOME ? { url: databaseUrl, directUrl: databaseDirectUrl } : config.nodes[node]
  const url = address?.directUrl ?? address?.url ?? (await runningDatabaseUrl(dataDir))
  if (url === undefined) throw conflict(`${node} has no address`, `${node} 没有地址`)
  return url
}

/** @throws RequestError conflict if another has taken the move over; Unwanted if it is to be taken back */
export async function note({ platform, move }: Work, phase: MovePhase): Promise<void> {
  const saved = await saveMove(platform.nodes.home, move, phase)
  if (!saved) throw beingMoved()
  if (!saved.isWanted) throw new Unwanted()
}

export function beingMoved(): RequestError {
  return conflict('It is being moved by another process', '正由其他进程迁移')
}

/** What somebody is told of a move that waits for a person. */
export function hasHalted(failure: string): RequestError {
  return conflict(`The move has halted: ${failure}`, `迁移已暂停：${failure}`)
}

export function conflict(english: string, chinese: string): RequestError {
  return new RequestError('conflict', { detail: message(english, chinese) })
}
