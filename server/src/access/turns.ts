import { RequestError } from '../errors.ts'

/** Lets only so much work run at once; the rest waits in the order it came. */
export class Turns {
  readonly #most: number
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  /**
   * Runs work when it is its turn.
   *
   * @throws RequestError `too_many_requests` when too much is waiting already.
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#most) await this.#wait()
    else this.#running += 1
    try {
      return await work()
    } finally {
      // The turn is handed over without being given back, so that nobody can slip in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      throw new RequestError('too_many_requests', { headers: { 'retry-after': '10' } })
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }
}
