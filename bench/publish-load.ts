import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { idOf } from './seed.ts'
import type { Server } from './servers.ts'

/** What became of one request. */
export interface Sample {
  /** When it was due, in milliseconds of the clock of this process. */
  at: number
  /** From the moment when it was due until its answer was read. */
  took: number
  isWrite: boolean
  /** Why it counts as failed; undefined if it did not. */
  failure?: string
}

/** What the load goes to. */
export interface LoadGround {
  readonly servers: readonly Server[]
  readonly rows: number
  readonly accounts: number
  readonly perSecond: number
}

interface Ask {
  method: string
  path: string
  body?: object
}

/**
 * Reads and writes at a steady rate, by turns at each server, whatever the answers take: one that waits does not keep
 * the next ones back, as it would if each caller waited for its answer first.
 */
export class SteadyLoad {
  readonly samples: Sample[] = []
  readonly #ground: LoadGround
  #isStopping = false
  #running: Promise<void> | undefined
  readonly #open = new Set<Promise<void>>()

  constructor(ground: LoadGround) {
    this.#ground = ground
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    await Promise.all(this.#open)
  }

  async #run(): Promise<void> {
    const { perSecond } = this.#ground
    const began = performance.now()
    for (let n = 0; !this.#isStopping; n++) {
      const due = began + (n * 1000) / perSecond
      const early = due - performance.now()
      if (early > 0) await delay(early)
      const asked = this.#ask(n, due).finally(() => this.#open.delete(asked))
      this.#open.add(asked)
    }
  }

  async #ask(n: number, due: number): Promise<void> {
    const { servers } = this.#ground
    const server = servers[n % servers.length]
    if (!server) return
    const { method, path, body } = this.#request(n)
    const isWrite = method !== 'GET'
    let failure: string | undefined
    try {
      const answer = await fetch(`${server.url}/api/v1/records/${path}`, {
        method,
        headers: {
          ...server.callers.admin,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await answer.text()
      if (!answer.ok) failure = `${method} ${answer.status} ${text.slice(0, 300)}`
    } catch (error) {
      failure = `${method} ${error instanceof Error ? error.message : String(error)}`
    }
    const took = performance.now() - due
    this.samples.push({ at: due, took, isWrite, ...(failure === undefined ? {} : { failure }) })
  }

  #request(n: number): Ask {
    const { rows, accounts } = this.#ground
    // Multiples of a prime walk over all records; no two requests that are open at once meet on one.
    const id = idOf('opportunity', 1 + ((n * 7919) % rows))
    const kind = (n >> 1) % 4
    const list = 'opportunity?select=name,amount,stage&sort=-created_at'
    if (kind === 0) return { method: 'GET', path: `opportunity/${id}` }
    if (kind === 1) return { method: 'GET', path: list }
    const note = { note__c: `note ${n}` }
    if (kind === 2) return { method: 'PATCH', path: `opportunity/${id}`, body: note }
    return {
      method: 'POST',
      path: 'opportunity',
      body: {
        name: `Load ${n}`,
        account: idOf('account', 1 + (n % accounts)),
        close_date: '2027-01-01',
        amount: 100,
        must__c: 'given',
        code__c: randomUUID(),
      },
    }
  }
}
