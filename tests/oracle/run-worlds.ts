import type { Config } from '@trellis/server/config'
import type { Database } from '@trellis/server/db'

import { compareWrites } from './compare-writes.ts'
import { compareReads, type Comparison, decisionsOf, newComparison } from './compare.ts'
import { type LoadedWorld, loadWorld } from './load-world.ts'
import { LARGE, makeWorld, SMALL, type WorldSize } from './make-world.ts'
import { compareUnseen, type Interferences } from './non-interference.ts'

/** A migrated database of its own for each world. */
export type OpenDatabase = () => Promise<{
  readonly config: Config
  readonly database: Database
  drop(): Promise<void>
}>

/** How far a run goes. */
export interface RunLimits {
  /** The seed of the first world; the next ones follow. */
  readonly seed: number
  /** Ends with the world in which so many decisions, or pairs, are reached. */
  readonly count: number
  /** Ends with the first world in which something is found. */
  readonly untilFound?: boolean
}

const ATTEMPTS_EACH = 14
const PAIRS_EACH = 24
/** So many worlds, where there is enough to ask, are asked at a time: one computes while PostgreSQL answers another. */
const MOST_LANES = 2
/** About so many decisions and pairs come of one world. */
const USUAL_DECISIONS = 80_000
const USUAL_PAIRS = 200

/** Compares engine and oracle in world after world. */
export async function runOracle(open: OpenDatabase, limits: RunLimits): Promise<Comparison> {
  const found = newComparison()
  const isEnough = (): boolean =>
    decisionsOf(found) >= limits.count ||
    (limits.untilFound === true && found.differences.length > 0)
  const worlds = Math.ceil(limits.count / USUAL_DECISIONS)
  await inWorlds({ open, limits, size: LARGE, worlds, isEnough }, async (loaded) => {
    const isFound = (): boolean => limits.untilFound === true && found.differences.length > 0
    await compareReads(loaded, found, isFound)
    await compareWrites(loaded, found, { attemptsEach: ATTEMPTS_EACH, isEnough: isFound })
  })
  return found
}

/** Asks pairs of worlds that look the same to one who asks, in world after world. */
export async function runNonInterference(
  open: OpenDatabase,
  limits: RunLimits,
): Promise<Interferences> {
  const result: Interferences = { pairs: 0, requests: 0, found: [] }
  const isEnough = (): boolean =>
    result.pairs >= limits.count || (limits.untilFound === true && result.found.length > 0)
  const worlds = Math.ceil(limits.count / USUAL_PAIRS)
  await inWorlds({ open, limits, size: SMALL, worlds, isEnough }, (loaded) =>
    compareUnseen(loaded, result, PAIRS_EACH),
  )
  return result
}

interface Worlds {
  readonly open: OpenDatabase
  readonly limits: RunLimits
  readonly size: WorldSize
  /** How many worlds it will take, about. */
  readonly worlds: number
  readonly isEnough: () => boolean
}

async function inWorlds(
  { open, limits, size, worlds, isEnough }: Worlds,
  work: (loaded: LoadedWorld) => Promise<void>,
): Promise<void> {
  let { seed } = limits
  const lane = async (): Promise<void> => {
    while (!isEnough()) {
      const world = makeWorld(seed++, size)
      const opened = await open()
      try {
        const loaded = await loadWorld(world, opened)
        await work(loaded).finally(() => loaded.stop())
      } finally {
        await opened.drop()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(MOST_LANES, worlds) }, lane))
}
