import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import { decisionsOf } from './compare.ts'
import { runOracle } from './run-worlds.ts'

const open = (): ReturnType<typeof createDatabase> => createDatabase({ template: 'migrated' })
const MINUTE = 60_000

/** So many decisions in every run of the tests; `npm run oracle` makes more of them. */
const DECISIONS = Number(process.env['ORACLE_DECISIONS'] ?? 1_000_000)
const RANDOM_DECISIONS = Math.ceil(DECISIONS / 20)

/** Another one in every run. What it finds, `npm run oracle -- --seed <seed>` finds again. */
const randomSeed = Date.now() % 1_000_000_000

it.each([
  ['fixed seeds, from', 1, DECISIONS],
  ['a random seed,', randomSeed, RANDOM_DECISIONS],
])(
  'engine and oracle agree, in the worlds of %s %i',
  async (_, seed, decisions) => {
    const found = await runOracle(open, { seed, count: decisions })
    expect(found.differences.slice(0, 10)).toEqual([])
    expect(decisionsOf(found)).toBeGreaterThanOrEqual(decisions)
  },
  30 * MINUTE,
)
