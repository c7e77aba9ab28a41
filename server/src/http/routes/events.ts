import { PassThrough } from 'node:stream'

import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import { bearerOf, type Identities } from '../authenticate.ts'
import { followPublishes } from '../publish-events.ts'
import type { Services } from '../services.ts'

const HEARTBEAT_MS = 15_000
const MOST_PER_USER = 20
const MOST_STREAMS = 5000

/** How soon a stream ends after its session did elsewhere, or its key. */
const CHECK_MS = 400

/** What a stream was opened with. */
interface Entry {
  readonly userId: string
  readonly by: 'session' | 'key'
  readonly token: string
  /** Whether they could customize when they opened it: they hear how a publish gets on. */
  readonly customizes: boolean
}

/** Tells each open stream of the releases to come. */
class EventStreams {
  readonly #open = new Map<PassThrough, Entry>()

  /** Opens a stream for a user, which ends when its reader goes away. */
  open(entry: Entry): PassThrough {
    const ofUser = [...this.#open.values()].filter(({ userId }) => userId === entry.userId).length
    if (ofUser >= MOST_PER_USER || this.#open.size >= MOST_STREAMS) {
      throw new RequestError('too_many_requests', { headers: { 'retry-after': '30' } })
    }
    const stream = new PassThrough()
    this.#open.set(stream, entry)
    stream.once('close', () => this.#open.delete(stream))
    return stream
  }

  sendToAll(text: string): void {
    for (const stream of this.#open.keys()) stream.write(text)
  }

  sendToCustomizers(text: string): void {
    for (const [stream, { customizes }] of this.#open) if (customizes) stream.write(text)
  }

  endAll(): void {
    for (const stream of this.#open.keys()) stream.end()
  }

  /** Ends the streams whose session or key is over. */
  async endOver({ sessions, apiKeys }: Identities): Promise<void> {
    const tokens = this.#tokensOf('session')
    const keys = this.#tokensOf('key')
    if (tokens.length + keys.length === 0) return
    const [openSessions, openKeys] = await Promise.all([
      tokens.length > 0 ? sessions.stillOpen(tokens) : NONE,
      keys.length > 0 ? apiKeys.stillOpen(keys) : NONE,
    ])
    const asked = new Set([...tokens, ...keys])
    for (const [stream, { by, token }] of this.#open) {
      const isOpen = (by === 'session' ? openSessions : openKeys).has(token)
      if (!isOpen && asked.has(token)) stream.end()
    }
  }

  #tokensOf(by: Entry['by']): string[] {
    const entries = [...this.#open.values()].filter((entry) => entry.by === by)
    return [...new Set(entries.map(({ token }) => token))]
  }
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Ends streams as soon as their session or key is over: at once where it ended here, and within half a second where it
 * ended on another server, which is asked of the database and needs no word from there.
 */
function followEnds(
  streams: EventStreams,
  identities: Identities,
  log: (e: unknown) => void,
): () => void {
  let isAsking = false
  const ask = (): void => {
    if (isAsking) return
    isAsking = true
    streams
      .endOver(identities)
      .catch(log)
      .finally(() => {
        isAsking = false
      })
  }
  const timer = setInterval(ask, CHECK_MS)
  timer.unref()
  const stopHearing = identities.sessions.onEnd(ask)
  return () => {
    clearInterval(timer)
    stopHearing()
  }
}

/** Server-sent events: what changed for the caller, without asking. */
export function eventRoutes(
  app: FastifyInstance,
  services: Services,
  identities: Identities,
): void {
  const streams = new EventStreams()
  const stopListening = services.currentModel.onChange(({ number }) => {
    streams.sendToAll(eventText('release', number, { release: number }))
  })
  const stopPublishes = followPublishes(
    services,
    (publish) => streams.sendToCustomizers(eventText('publish', publish.step, publish)),
    (error) => app.log.error({ err: error }, 'Could not follow a publish'),
  )
  // Also tells proxies and the reader that the stream is alive.
  const heartbeat = setInterval(() => streams.sendToAll(': alive\n\n'), HEARTBEAT_MS)
  heartbeat.unref()
  const stopFollowing = followEnds(streams, identities, (error) =>
    app.log.error({ err: error }, 'Could not ask which sessions are over'),
  )
  app.addHook('preClose', async () => {
    clearInterval(heartbeat)
    stopListening()
    stopFollowing()
    streams.endAll()
    await stopPublishes()
  })

  const schema = {
    summary: 'Server-sent events',
    description:
      'Event "release": the metadata moved on; data {"release": n}. Event "publish", for those who may customize: how a publish in steps gets on; data {"id", "status", "release", "step", "steps", "done", "total"}. Ends with the session or key.',
    tags: ['events'],
    produces: ['text/event-stream'],
    response: { 200: Type.String({ description: 'text/event-stream' }) },
  }
  const config = { policy: 'signed_in', surface: 'events' } as const
  app.get('/api/v1/events', { config, schema, compress: false }, async (request, reply) => {
    const { release, actor } = services.contextOf(request)
    const key = bearerOf(request)
    const token = key ?? request.session?.token ?? ''
    const stream = streams.open({
      userId: actor.userId,
      by: key ? 'key' : 'session',
      token,
      customizes: actor.rights.system.has('customize'),
    })
    stream.write(
      `retry: 3000\n${eventText('release', release.number, { release: release.number })}`,
    )
    return reply
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .type('text/event-stream; charset=utf-8')
      .send(stream)
  })
}

function eventText(event: string, id: number, data: unknown): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
