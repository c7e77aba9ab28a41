import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  type AttemptKind,
  SignInLimiter,
  type SignInLimits,
} from '../../server/src/access/sign-in-limiter.ts'
import { createDatabase, type TestDatabase } from '../support/index.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createDatabase({ template: 'migrated' })
})
afterAll(() => test.drop())

function limiterOf(limits: SignInLimits, kind: AttemptKind = 'password'): SignInLimiter {
  return new SignInLimiter(test.database, kind, limits)
}

const wrong = async (): Promise<undefined> => undefined
const right = async (): Promise<string> => 'in'

describe('SignInLimiter', () => {
  beforeEach(() => test.database.execute('delete from platform.attempt'))

  it('stops guessing at one account from any number of addresses', async () => {
    const limiter = limiterOf({ perAccount: 3, perAddress: 100 })
    for (const address of ['1', '2', '3']) {
      await limiter.try({ account: 'A@b.cn', address }, wrong)
    }
    const next = limiter.try({ account: ' a@B.cn', address: '4' }, right)
    await expect(next).rejects.toMatchObject({ code: 'too_many_requests' })
    await expect(limiter.try({ account: 'c@b.cn', address: '4' }, right)).resolves.toBe('in')
  })

  it('stops guessing at many accounts from one address', async () => {
    const limiter = limiterOf({ perAccount: 100, perAddress: 3 })
    for (const account of ['a', 'b', 'c']) await limiter.try({ account, address: '1' }, wrong)
    const next = limiter.try({ account: 'd', address: '1' }, right)
    await expect(next).rejects.toMatchObject({ code: 'too_many_requests' })
  })

  it('counts guesses that are sent at once', async () => {
    const limiter = limiterOf({ perAccount: 3, perAddress: 100 })
    let tried = 0
    const attempt = async (): Promise<undefined> => {
      tried += 1
      await new Promise((resolve) => {
        setTimeout(resolve, 1)
      })
      return undefined
    }
    const attempts = Array.from({ length: 50 }, () =>
      limiter.try({ account: 'a', address: '1' }, attempt).catch(() => 'refused'),
    )
    const answers = await Promise.all(attempts)
    expect(tried).toBeLessThanOrEqual(4)
    expect(answers.filter((answer) => answer === 'refused').length).toBe(50 - tried)
  })

  it('forgets the mistakes of an account once its password was right', async () => {
    const limiter = limiterOf({ perAccount: 2, perAddress: 100 })
    const place = { account: 'a', address: '1' }
    await limiter.try(place, wrong)
    await limiter.try(place, right)
    await limiter.try(place, wrong)
    await expect(limiter.try(place, right)).resolves.toBe('in')
  })

  it('counts for all processes together', async () => {
    const limits = { perAccount: 3, perAddress: 100 }
    const processes = [limiterOf(limits), limiterOf(limits), limiterOf(limits)]
    const place = { account: 'a', address: '1' }
    for (const limiter of processes) await limiter.try(place, wrong)
    for (const limiter of processes) {
      await expect(limiter.try(place, right)).rejects.toMatchObject({ code: 'too_many_requests' })
    }
    await expect(limiterOf(limits, 'code').try(place, right)).resolves.toBe('in')
  })

  it('counts right ones and what failed for nothing', async () => {
    const limiter = limiterOf({ perAccount: 2, perAddress: 2 })
    const place = { account: 'a', address: '1' }
    const failing = (): Promise<undefined> => Promise.reject(new Error('away'))
    for (let times = 0; times < 5; times += 1) {
      await limiter.try(place, right)
      await expect(limiter.try(place, failing)).rejects.toThrow('away')
    }
  })

  it('opens again when the window is over', async () => {
    const limiter = limiterOf({ perAccount: 1, perAddress: 100, windowMs: 60_000 })
    const place = { account: randomUUID(), address: '1' }
    await limiter.try(place, wrong)
    const refused = await limiter.try(place, right).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      details: { headers: { 'retry-after': expect.stringMatching(/^(59|60)$/) } },
    })
    await test.database.execute(`update platform.attempt set expires_at = now()`)
    await expect(limiter.try(place, right)).resolves.toBe('in')
  })

  it('writes no account and no address down', async () => {
    const place = { account: 'somebody@example.com', address: '192.0.2.7' }
    await limiterOf({ perAccount: 3, perAddress: 3 }).try(place, wrong)
    const rows = await test.database.query(
      `select encode(id, 'escape') as id, count, expires_at from platform.attempt`,
    )
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toMatch(/somebody|192\.0/)
  })
})
