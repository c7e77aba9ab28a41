import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import { decisionsOf } from './compare.ts'
import { runOracle } from './run-worlds.ts'

const open = (): ReturnType<typeof createDatabase> => createDatabase({ template: 'migrated' })
const MINUTE = 60_000

it(
  'engine and oracle agree, in the worlds of fixed seeds',
  async () => {
    const found = await runOracle(open, { seed: 1, count: 950_000 })
    expect(found.differences.slice(0, 10)).toEqual([])
    expect(decisionsOf(found)).toBeGreaterThanOrEqual(950_000)
  },
  30 * MINUTE,
)

it(
  'engine and oracle agree, in a world that nobody has seen',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const found = await runOracle(open, { seed, count: 50_000 })
    expect({ seed, differences: found.differences.slice(0, 10) }).toEqual({ seed, differences: [] })
  },
  10 * MINUTE,
)
