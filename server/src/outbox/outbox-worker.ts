import { setTimeout as delay } from 'node:timers/promises'

import type { Database, Unlisten } from '../db/index.ts'
import {
  giveBack,
  postpone,
  removeMessage,
  renewLeases,
  takeDue,
  type TakenMessage,
} from './delivery-store.ts'
import { OUTBOX_CHANNEL } from './enqueue.ts'

/** How a delivery stands to the attempts before it, and whether the server is about to stop. */
export interface Delivery {
  readonly attempt: number
  readonly signal: AbortSignal
}

/**
 * Does what a message asks for. `again` says that it got on and has more to do. A message may come
 * twice: what a handler does must bear that.
 */
export type Handler = (
  payload: Readonly<Record<string, unknown>>,
  delivery: Delivery,
) => Promise<'done' | 'again'>

/** What a worker works on. */
export interface WorkerOptions {
  readonly db: Database
  readonly schema: string
  readonly handlers: Readonly<Record<string, Handler>>
  readonly log: (line: string) => void
  /** How long a message stays with a worker that has died. */
  readonly leaseMs?: number
}

const USUAL_LEASE_MS = 6000
const POLL_MS = 5000
const MOST_AT_ONCE = 3
const LONGEST_DELAY_MS = 3_600_000

/**
 * Delivers what is in the outbox, a few messages at a time. It wakes by notification and looks
 * every five seconds besides, so that a lost notification and a dead worker's messages are made up for.
 */
export class OutboxWorker {
  readonly #options: Required<WorkerOptions>
  readonly #stopping = new AbortController()
  readonly #busy = new Map<string, Promise<void>>()
  #unlisten: Unlisten | undefined
  #timers: NodeJS.Timeout[] = []
  #looking: Promise<void> | undefined
  #mustLookAgain = false

  constructor(options: WorkerOptions) {
    this.#options = { leaseMs: USUAL_LEASE_MS, ...options }
  }

  async start(): Promise<void> {
    const { db, leaseMs } = this.#options
    this.#unlisten = await db.listen(OUTBOX_CHANNEL, this.#wake, this.#wake)
    this.#timers = [
      setInterval(this.#wake, POLL_MS).unref(),
      setInterval(() => void this.#renew(), leaseMs / 3).unref(),
    ]
    this.#wake()
  }

  /** Takes nothing more and waits for what is being done, which hears of it. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#unlisten?.()
    await this.#looking
    await Promise.all(this.#busy.values())
    for (const timer of this.#timers) clearInterval(timer)
  }

  readonly #wake = (): void => {
    this.#mustLookAgain = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  async #look(): Promise<void> {
    while (this.#mustLookAgain && !this.#stopping.signal.aborted) {
      this.#mustLookAgain = false
      const most = MOST_AT_ONCE - this.#busy.size
      if (most <= 0) return
      const taken = await this.#take(most)
      for (const message of taken) this.#begin(message)
      if (taken.length === most) this.#mustLookAgain = true
    }
  }

  async #take(most: number): Promise<TakenMessage[]> {
    const { db, schema, handlers, leaseMs } = this.#options
    try {
      return await takeDue(db, schema, { topics: Object.keys(handlers), most, leaseMs })
    } catch {
      // A database that is away says so to whoever asks; the next look tries again.
      return []
    }
  }

  #begin(message: TakenMessage): void {
    const work = this.#deliver(message).finally(() => {
      this.#busy.delete(message.id)
      this.#wake()
    })
    this.#busy.set(message.id, work)
  }

  async #deliver(message: TakenMessage): Promise<void> {
    const { db, schema, handlers, log } = this.#options
    const delivery = { attempt: message.attempts, signal: this.#stopping.signal }
    try {
      const outcome = await handlers[message.topic]?.(message.payload, delivery)
      if (outcome === 'again') await giveBack(db, schema, message.id)
      else await removeMessage(db, schema, message.id)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log(`${message.topic} failed at attempt ${message.attempts}: ${reason}`)
      await this.#postpone(message, reason)
    }
  }

  async #postpone({ id, attempts }: TakenMessage, error: string): Promise<void> {
    const { db, schema } = this.#options
    const delayMs = Math.min(1000 * 2 ** (attempts - 1), LONGEST_DELAY_MS)
    try {
      await postpone(db, schema, { id, delayMs, error })
    } catch {
      // The lease ends by itself. Not at once, lest a database that is away be asked in a circle.
      await delay(1000, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #renew(): Promise<void> {
    if (this.#busy.size === 0) return
    const { db, schema, leaseMs } = this.#options
    const ids = [...this.#busy.keys()]
    await renewLeases(db, schema, { ids, leaseMs }).catch(() => undefined)
  }
}
