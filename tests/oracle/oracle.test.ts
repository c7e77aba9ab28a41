import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import { decisionsOf } from './compare.ts'
import { runOracle } from './run-worlds.ts'

const open = (): ReturnType<typeof createDatabase> => createDatabase({ template: 'migrated' })
const MINUTE = 60_000

/** So many decisions in every run of the tests; `npm run oracle` makes more of them. */
const DECISIONS = Number(process.env['ORACLE_DECISIONS'] ?? 150_000)

it(
  'engine and oracle agree, in the worlds of fixed seeds',
  async () => {
    const found = await runOracle(open, { seed: 1, count: DECISIONS })
    expect(found.differences.slice(0, 10)).toEqual([])
    expect(decisionsOf(found)).toBeGreaterThanOrEqual(DECISIONS)
  },
  30 * MINUTE,
)
