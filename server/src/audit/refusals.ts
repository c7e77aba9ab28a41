import type { Database } from '../db/index.ts'
import type { AuditCaller, AuditEntry } from './audit-entry.ts'
import { appendEntries } from './record-audit.ts'

/** Something that was refused. */
export interface Refusal extends AuditCaller {
  readonly action: Extract<AuditEntry['action'], 'refused' | 'sign_in_failed'>
  /** What was asked for, as the route is written: `PATCH /api/v1/records/:object/:id`. */
  readonly route: string
  /** The code of the error. */
  readonly reason: string
  readonly object?: string | undefined
  readonly record?: string | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

const WINDOW_MS = 60_000
/** So many different refusals are told apart within a window; the rest is counted together. */
const MOST_KINDS = 500

interface Window {
  readonly until: number
  last: Refusal
  /** How often it was refused again since it was written down. */
  count: number
}

/**
 * Writes refusals to the audit log, each in a transaction of its own. The first of its kind (caller, route and reason)
 * is written at once, those that follow within a minute are counted and written as one when it is over: refusing
 * costs an attacker's server nothing that grows with the number of attempts.
 */
export class Refusals {
  readonly #db: Database
  readonly #log: (error: unknown) => void
  readonly #windows = new Map<string, Window>()
  readonly #writing = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout

  /** @param log hears of entries that could not be written */
  constructor(db: Database, log: (error: unknown) => void) {
    this.#db = db
    this.#log = log
    this.#timer = setInterval(() => this.#sweep(Date.now()), WINDOW_MS / 4)
    this.#timer.unref()
  }

  /** Takes note of a refusal; returns at once. */
  note(refusal: Refusal): void {
    const known = this.#windows.get(keyOf(refusal))
    const isNew = known === undefined && this.#windows.size < MOST_KINDS
    const key = known || isNew ? keyOf(refusal) : 'more'
    const window = known ?? this.#windows.get(key)
    if (window) {
      window.count += 1
      window.last = refusal
      return
    }
    this.#windows.set(key, { until: Date.now() + WINDOW_MS, last: refusal, count: 0 })
    this.#write(refusal, key === 'more' ? { others: true } : {})
  }

  /** Ends: what was only counted so far is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#sweep(Number.POSITIVE_INFINITY)
    await this.settled()
  }

  /** When everything that was noted so far is in the log. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing)
  }

  #sweep(now: number): void {
    for (const [key, { until, last, count }] of this.#windows) {
      if (until > now) continue
      this.#windows.delete(key)
      const others = key === 'more' ? { others: true } : {}
      if (count > 0) this.#write(last, { repeated: count, ...others })
    }
  }

  #write(
    { route, reason, details, ...entry }: Refusal,
    more: Readonly<Record<string, unknown>>,
  ): void {
    const told = { ...entry, details: { route, reason, ...details, ...more } }
    const written = this.#db
      .inTransaction((tx) => appendEntries(tx, [told]))
      .catch(this.#log)
      .finally(() => this.#writing.delete(written))
    this.#writing.add(written)
  }
}

function keyOf({ action, actor, address, route, reason, details }: Refusal): string {
  const who = actor ?? `${address} ${String(details?.['email'] ?? '')}`
  return `${action} ${who} ${route} ${reason}`
}
