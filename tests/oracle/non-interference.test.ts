import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import { runNonInterference } from './run-worlds.ts'

const open = (): ReturnType<typeof createDatabase> => createDatabase({ template: 'migrated' })
const MINUTE = 60_000

it(
  'what somebody cannot see changes no byte of what they are answered',
  async () => {
    const { pairs, found } = await runNonInterference(open, { seed: 1, count: 1900 })
    expect(found.slice(0, 10)).toEqual([])
    expect(pairs).toBeGreaterThanOrEqual(1900)
  },
  30 * MINUTE,
)

it(
  'nor in a world that nobody has seen',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const { found } = await runNonInterference(open, { seed, count: 100 })
    expect({ seed, found: found.slice(0, 10) }).toEqual({ seed, found: [] })
  },
  10 * MINUTE,
)
