import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startTestServer, type TestServer } from '../support/index.ts'
import { CHANGES, World } from './any-changes.ts'

/** The same sequences every time, one that nobody has seen yet, and as many more as are asked for. */
const SEEDS = [1, 20_261_122, Date.now() % 2 ** 31]
const MORE = Number(process.env['ANY_CHANGES'] ?? 0)
const STEPS = Number(process.env['ANY_CHANGES_STEPS'] ?? 14)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

describe(
  'whatever is changed about the metadata, in whatever order',
  { timeout: 3_000_000 },
  () => {
    it.each([...SEEDS, ...Array.from({ length: MORE }, (_, n) => 1000 + n)])(
      'leaves tables and metadata agreeing, and every value where it was (seed %i)',
      async (seed) => {
        await fc.assert(
          fc.asyncProperty(
            fc.commands(CHANGES, { size: 'max', maxCommands: STEPS }),
            async (steps) => {
              const world = await World.open(server)
              await fc.asyncModelRun(() => ({ model: world, real: world }), steps)
            },
          ),
          { seed, numRuns: 1, endOnFailure: true },
        )
        expect(seed).toBeGreaterThan(0)
      },
    )
  },
)
