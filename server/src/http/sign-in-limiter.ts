import { Turns } from '../access/turns.ts'
import { RequestError } from '../errors.ts'

/** How many wrong passwords are taken within a window of time. */
export interface SignInLimits {
  readonly perAccount: number
  readonly perAddress: number
  /** A minute if left out. */
  readonly windowMs?: number
}

/** Where somebody tries: the account by what the server knows of it, and the network address. */
export interface AttemptPlace {
  readonly account: string
  readonly address: string
}

export const SIGN_IN_LIMITS: SignInLimits = { perAccount: 5, perAddress: 30 }

/** Six digits are few: at this rate a thousandth of them is tried in a day. */
export const CODE_LIMITS: SignInLimits = { perAccount: 5, perAddress: 30, windowMs: 15 * 60_000 }

/** Letters that anybody can have sent to anybody. */
export const LETTER_LIMITS: SignInLimits = { perAccount: 3, perAddress: 20, windowMs: 15 * 60_000 }

/** Ways to the provider of sign-ins: an address may be that of a whole office. */
export const JOURNEY_LIMITS: SignInLimits = { perAccount: 120, perAddress: 120 }

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
    place: AttemptPlace,
    attempt: () => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    const ofAccount = accountKey(place)
    // Two at a time, and asked only when it is their turn: many guesses sent at once are counted
    // as if they had come one after another.
    return this.#turns.run(async () => {
      this.#checkAll(place)
      const result = await attempt()
      if (result !== undefined) this.#windows.delete(ofAccount)
      else this.#countAll(place)
      return result
    })
  }

  /**
   * Counts what is asked for, whatever comes of it.
   *
   * @throws RequestError `too_many_requests`, with the seconds to wait.
   */
  count(place: AttemptPlace): void {
    this.#checkAll(place)
    this.#countAll(place)
  }

  #checkAll(place: AttemptPlace): void {
    this.#check(accountKey(place), this.#limits.perAccount)
    this.#check(addressKey(place), this.#limits.perAddress)
  }

  #countAll(place: AttemptPlace): void {
    this.#count(accountKey(place))
    this.#count(addressKey(place))
  }

  #check(key: string, limit: number): void {
    const window = this.#open(key)
    if (window === undefined || window.count < limit) return
    const seconds = Math.max(1, Math.ceil((window.until - performance.now()) / 1000))
    throw new RequestError('too_many_requests', { headers: { 'retry-after': String(seconds) } })
  }

  #count(key: string): void {
    const { windowMs = WINDOW_MS } = this.#limits
    const window = this.#open(key) ?? { count: 0, until: performance.now() + windowMs }
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

function accountKey({ account }: AttemptPlace): string {
  return `account ${account.trim().toLowerCase()}`
}

function addressKey({ address }: AttemptPlace): string {
  return `address ${address}`
}
