import { Turns } from '../access/turns.ts'
import { RequestError } from '../errors.ts'

/** How many wrong passwords are taken within a minute. */
export interface SignInLimits {
  readonly perAccount: number
  readonly perAddress: number
}

export const SIGN_IN_LIMITS: SignInLimits = { perAccount: 5, perAddress: 30 }

const WINDOW_MS = 60_000
const MOST_WINDOWS = 20_000

/** Wrong passwords since the window was opened. */
interface Window {
  count: number
  readonly until: number
}

/**
 * Slows down guessing: counts wrong passwords per account and per network address. An account counts
 * whether it exists or not, so the answer does not tell; a right password counts for nothing.
 */
export class SignInLimiter {
  readonly #limits: SignInLimits
  readonly #windows = new Map<string, Window>()
  readonly #turns = new Turns(2, 100)

  constructor(limits: SignInLimits = SIGN_IN_LIMITS) {
    this.#limits = limits
  }

  /**
   * Tries a password, unless there were too many wrong ones.
   *
   * @param attempt answers undefined when the password is wrong.
   * @throws RequestError `too_many_requests`, with the seconds to wait.
   */
  async try<Result>(
    { account, address }: { account: string; address: string },
    attempt: () => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    const ofAccount = `account ${account.trim().toLowerCase()}`
    const places = [
      { key: ofAccount, limit: this.#limits.perAccount },
      { key: `address ${address}`, limit: this.#limits.perAddress },
    ]
    // Two at a time, and asked only when it is their turn: many guesses sent at once are counted
    // as if they had come one after another.
    return this.#turns.run(async () => {
      for (const { key, limit } of places) this.#check(key, limit)
      const result = await attempt()
      if (result !== undefined) this.#windows.delete(ofAccount)
      else for (const { key } of places) this.#count(key)
      return result
    })
  }

  #check(key: string, limit: number): void {
    const window = this.#open(key)
    if (window === undefined || window.count < limit) return
    const seconds = Math.max(1, Math.ceil((window.until - performance.now()) / 1000))
    throw new RequestError('too_many_requests', { headers: { 'retry-after': String(seconds) } })
  }

  #count(key: string): void {
    const window = this.#open(key) ?? { count: 0, until: performance.now() + WINDOW_MS }
    window.count += 1
    this.#windows.delete(key)
    this.#windows.set(key, window)
    if (this.#windows.size > MOST_WINDOWS) this.#forgetOldest()
  }

  #open(key: string): Window | undefined {
    const window = this.#windows.get(key)
    return window === undefined || window.until < performance.now() ? undefined : window
  }

  #forgetOldest(): void {
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined) this.#windows.delete(oldest)
  }
}
