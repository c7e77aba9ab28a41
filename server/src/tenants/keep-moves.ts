import { randomUUID } from 'node:crypto'

import type { Config } from '../config.ts'
import { errorText } from '../error-text.ts'
import { type Log, openPlatform, type Platform } from '../installation.ts'
import { carryMove } from './carry-move.ts'
import { loadMoves, type Move, takeOver } from './move-store.ts'
import { HOME } from './move-work.ts'

const LOOK_EVERY_MS = 2000
/** Longer than a person waits who says the command again. */
const UNSEEN_FOR_SECONDS = 8
/** A mover needs few; its own, since requests that wait for its switch hold those of the server. */
const CONNECTIONS = 3

/** The moves of these tenants are looked after by this process. */
interface Keeping {
  readonly tenant?: string
  readonly log: Log
}

/**
 * Goes on with moves whose mover has died, while the process runs: one at a time, between nodes that it has the addresses
 * of. One that has halted waits for a person.
 *
 * @param tenant looks after the moves of one tenant only
 * @returns ends it; a move that has not come to its switch is left to others
 */
export function keepMoves(platform: Platform, { tenant, log }: Keeping): () => Promise<void> {
  const stopping = new AbortController()
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking ??= look(platform, tenant, log, stopping.signal)
      .catch((error: unknown) => log(`A move was not gone on with: ${errorText(error, true)}`))
      .finally(() => {
        looking = undefined
      })
  }, LOOK_EVERY_MS).unref()
  return async () => {
    clearInterval(timer)
    stopping.abort(new Error('The server ends'))
    await looking
  }
}

async function look(
  { nodes: { home }, config }: Platform,
  tenant: string | undefined,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  for (const move of await loadMoves(home)) {
    const isLeft = !move.isAlive && move.failure === null && move.phase !== 'moved'
    if (!isLeft || (tenant !== undefined && move.tenant !== tenant)) continue
    if (!hasAddress(config, move.source) || !hasAddress(config, move.target)) continue
    const { isWanted } = move
    const next = { mover: randomUUID(), unseenForSeconds: UNSEEN_FOR_SECONDS, isWanted }
    if (!(await takeOver(home, move, next))) continue
    await goOn(config, { ...move, mover: next.mover }, log, stop)
  }
}

async function goOn(config: Config, move: Move, log: Log, stop: AbortSignal): Promise<void> {
  const say = (line: string): void => log(`Move of ${move.tenant}: ${line}`)
  say(`its mover has died, it goes on (${move.phase})`)
  const own = await openPlatform({ ...config, poolSize: CONNECTIONS }, say, { beside: true })
  try {
    await carryMove(own, move, { say, stop })
  } finally {
    await own.close()
  }
}

function hasAddress({ nodes }: Config, node: string): boolean {
  return node === HOME || nodes[node] !== undefined
}
