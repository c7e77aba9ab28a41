import { afterAll, beforeAll, expect, it } from 'vitest'

import { createDatabase, type TestDatabase } from '../support/index.ts'
import { runStorm } from './roll-up-storm.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
})
afterAll(() => test.drop())

it('keeps roll-ups exact under changes from two servers, one of which is killed', async () => {
  const { answers, drift, lines } = await runStorm(test, { changes: 3000, seed: 4, kills: 2 })
  expect(drift).toEqual([])
  expect(lines).toBeGreaterThan(200)
  // What a rule or another's change stands against is refused; nothing fails.
  const others = [...answers.keys()].filter((one) => !/^(20\d|404|409|422|424|lost)/.test(one))
  expect(others).toEqual([])
  // Those who met others on the same records again and again may be asked to come back, which is rare.
  const late = [...answers].filter(([one]) => one.startsWith('409'))
  expect(late.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(5)
}, 300_000)
