import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import { runNonInterference } from './run-worlds.ts'

const open = (): ReturnType<typeof createDatabase> => createDatabase({ template: 'migrated' })
const MINUTE = 60_000

/** So many pairs in every run of the tests; `npm run non-interference` makes more of them. */
const PAIRS = Number(process.env['NON_INTERFERENCE_PAIRS'] ?? 2000)

it(
  'what somebody cannot see changes no byte of what they are answered',
  async () => {
    const { pairs, found } = await runNonInterference(open, { seed: 1, count: PAIRS })
    expect(found.slice(0, 10)).toEqual([])
    expect(pairs).toBeGreaterThanOrEqual(PAIRS)
  },
  30 * MINUTE,
)
