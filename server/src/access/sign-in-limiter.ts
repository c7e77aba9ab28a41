import type { Queryable } from '../db/index.ts'
import { RequestError } from '../errors.ts'
import { countAttempt, forgetAttempts, uncountAttempt } from './attempts.ts'
import { Turns } from './turns.ts'

/** How many wrong passwords are taken within a window of time. */
export interface SignInLimits {
  readonly perAccount: number
  readonly perAddress: number
  /** A minute if left out. */
  readonly windowMs?: number
  /** Counted apart from other tenants in the same database. */
  readonly tenant?: string
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

/** What is counted apart from each other. */
export type AttemptKind = 'password' | 'code' | 'letter' | 'journey'

/**
 * Slows down guessing: counts wrong passwords per account and per network address, for all processes together. An
 * account counts whether it exists or not, so the answer does not tell; a right password counts for nothing.
 */
export class SignInLimiter {
  readonly #db: Queryable
  readonly #kind: AttemptKind
  readonly #limits: SignInLimits
  readonly #turns = new Turns(2, 100)

  constructor(db: Queryable, kind: AttemptKind, limits: SignInLimits = SIGN_IN_LIMITS) {
    this.#db = db
    this.#kind = kind
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
    // Two at a time: so many passwords are hashed at once, whatever is sent.
    return this.#turns.run(async () => {
      // Counted before it is known whether it is wrong: guesses sent at once are counted as if one came after another.
      await this.count(place)
      try {
        const result = await attempt()
        if (result !== undefined) await this.#takeBack(place, forgetAttempts)
        return result
      } catch (error) {
        await this.#takeBack(place, uncountAttempt)
        throw error
      }
    })
  }

  /**
   * Counts what is asked for, whatever comes of it.
   *
   * @throws RequestError `too_many_requests`, with the seconds to wait.
   */
  async count(place: AttemptPlace): Promise<void> {
    const { perAccount, perAddress, windowMs = WINDOW_MS } = this.#limits
    const account = this.#keyOf('account', place.account.trim().toLowerCase())
    const address = this.#keyOf('address', place.address)
    refuse(await countAttempt(this.#db, { key: account, limit: perAccount, windowMs }))
    const seconds = await countAttempt(this.#db, { key: address, limit: perAddress, windowMs })
    if (seconds !== undefined) await uncountAttempt(this.#db, account)
    refuse(seconds)
  }

  /** Forgets what was tried on an account, so that nobody has to wait for it any more. */
  async forget(account: string): Promise<void> {
    await forgetAttempts(this.#db, this.#keyOf('account', account.trim().toLowerCase()))
  }

  async #takeBack(
    { account, address }: AttemptPlace,
    takeBack: (db: Queryable, key: string) => Promise<void>,
  ): Promise<void> {
    await takeBack(this.#db, this.#keyOf('account', account.trim().toLowerCase()))
    await uncountAttempt(this.#db, this.#keyOf('address', address))
  }

  #keyOf(what: 'account' | 'address', text: string): string {
    return `${this.#limits.tenant ?? ''} ${this.#kind} ${what} ${text}`
  }
}

function refuse(seconds: number | undefined): void {
  if (seconds === undefined) return
  throw new RequestError('too_many_requests', { headers: { 'retry-after': String(seconds) } })
}
