import { setTimeout as delay } from 'node:timers/promises'

import { Client, type ClientConfig } from 'pg'

import { mapError } from './database-error.ts'
import type { Unlisten } from './database.ts'

const LONGEST_PAUSE_MS = 5000
const PULSE_MS = 20_000

interface Subscription {
  readonly handler: (payload: string) => void
  readonly onReconnect: () => void
}

/** One connection that hears notifications for everyone, and comes back when it is lost. */
export class Listener {
  readonly #config: ClientConfig
  readonly #log: (message: string) => void
  readonly #channels = new Map<string, Set<Subscription>>()
  #client: Client | undefined
  #connecting: Promise<Client> | undefined
  #pulse: NodeJS.Timeout | undefined
  #isReconnecting = false
  #previous: Promise<unknown> = Promise.resolve()
  readonly #closed = new AbortController()

  constructor(config: ClientConfig, log: (message: string) => void) {
    // The pulse below must notice a peer that vanished without a word.
    this.#config = { ...config, connectionTimeoutMillis: 10_000, query_timeout: 10_000 }
    this.#log = log
  }

  /** Starts to hear a channel; resolves once PostgreSQL has confirmed it. */
  async listen(channel: string, subscription: Subscription): Promise<Unlisten> {
    const subscriptions = this.#channels.get(channel) ?? new Set()
    subscriptions.add(subscription)
    this.#channels.set(channel, subscriptions)
    try {
      await this.#send(await this.#connected(), `listen ${quote(channel)}`)
    } catch (error) {
      this.#drop(channel, subscription)
      throw mapError(error)
    }
    return () => this.#unlisten(channel, subscription)
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closed.abort()
    clearInterval(this.#pulse)
    this.#channels.clear()
    await this.#connecting?.catch(() => undefined)
    await this.#client?.end()
    this.#client = undefined
  }

  async #unlisten(channel: string, subscription: Subscription): Promise<void> {
    const wasLast = this.#drop(channel, subscription)
    // A lost connection hears nothing any more, which is what was asked for.
    if (!wasLast || this.#client === undefined) return
    await this.#send(this.#client, `unlisten ${quote(channel)}`).catch(() => undefined)
  }

  // One after another: pg no longer wants to queue statements on a busy client.
  #send(client: Client, text: string): Promise<void> {
    const sent = this.#previous.then(async () => {
      await client.query(text)
    })
    this.#previous = sent.catch(() => undefined)
    return sent
  }

  #drop(channel: string, subscription: Subscription): boolean {
    const subscriptions = this.#channels.get(channel)
    subscriptions?.delete(subscription)
    if (subscriptions?.size !== 0) return false
    return this.#channels.delete(channel)
  }

  #connected(): Promise<Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client)
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#config)
    client.on('error', (error) => this.#onLoss(client, error.message))
    client.on('end', () => this.#onLoss(client, 'it was ended'))
    client.on('notification', ({ channel, payload }) => this.#hear(channel, payload ?? ''))
    await client.connect()
    this.#client = client
    this.#startPulse(client)
    return client
  }

  #hear(channel: string, payload: string): void {
    for (const { handler } of this.#channels.get(channel) ?? []) handler(payload)
  }

  #startPulse(client: Client): void {
    clearInterval(this.#pulse)
    this.#pulse = setInterval(() => {
      this.#send(client, 'select 1').catch((error: unknown) => {
        this.#onLoss(client, String(error))
        client.end().catch(() => undefined)
      })
    }, PULSE_MS).unref()
  }

  #onLoss(client: Client, reason: string): void {
    if (this.#client !== client || this.#closed.signal.aborted) return
    this.#client = undefined
    clearInterval(this.#pulse)
    if (this.#isReconnecting) return
    this.#log(`The listening connection was lost (${reason}); reconnecting`)
    this.#isReconnecting = true
    void this.#reconnect().finally(() => {
      this.#isReconnecting = false
    })
  }

  async #reconnect(): Promise<void> {
    for (
      let pause = 100;
      !this.#closed.signal.aborted;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    ) {
      try {
        const client = await this.#connected()
        for (const channel of this.#channels.keys()) {
          await this.#send(client, `listen ${quote(channel)}`)
        }
        this.#log('The listening connection is back')
        for (const subscription of this.#subscriptions()) subscription.onReconnect()
        return
      } catch {
        // The next turn tries again; the loss itself has been logged.
        await delay(pause, undefined, { signal: this.#closed.signal }).catch(() => undefined)
      }
    }
  }

  #subscriptions(): Subscription[] {
    return [...this.#channels.values()].flatMap((subscriptions) => [...subscriptions])
  }
}

function quote(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`
}
