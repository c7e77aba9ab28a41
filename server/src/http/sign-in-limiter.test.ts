import { describe, expect, it } from 'vitest'

import { SignInLimiter } from './sign-in-limiter.ts'

const wrong = async (): Promise<undefined> => undefined
const right = async (): Promise<string> => 'in'

describe('SignInLimiter', () => {
  it('stops guessing at one account from any number of addresses', async () => {
    const limiter = new SignInLimiter({ perAccount: 3, perAddress: 100 })
    for (const address of ['1', '2', '3']) {
      await limiter.try({ account: 'A@b.cn', address }, wrong)
    }
    const next = limiter.try({ account: ' a@B.cn', address: '4' }, right)
    await expect(next).rejects.toMatchObject({ code: 'too_many_requests' })
    await expect(limiter.try({ account: 'c@b.cn', address: '4' }, right)).resolves.toBe('in')
  })

  it('stops guessing at many accounts from one address', async () => {
    const limiter = new SignInLimiter({ perAccount: 100, perAddress: 3 })
    for (const account of ['a', 'b', 'c']) await limiter.try({ account, address: '1' }, wrong)
    const next = limiter.try({ account: 'd', address: '1' }, right)
    await expect(next).rejects.toMatchObject({ code: 'too_many_requests' })
  })

  it('counts guesses that are sent at once', async () => {
    const limiter = new SignInLimiter({ perAccount: 3, perAddress: 100 })
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
    const limiter = new SignInLimiter({ perAccount: 2, perAddress: 100 })
    const place = { account: 'a', address: '1' }
    await limiter.try(place, wrong)
    await limiter.try(place, right)
    await limiter.try(place, wrong)
    await expect(limiter.try(place, right)).resolves.toBe('in')
  })
})
