import { PassThrough } from 'node:stream'

import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import type { Services } from '../services.ts'

const HEARTBEAT_MS = 15_000
const MOST_PER_USER = 20
const MOST_STREAMS = 5000

/** Tells each open stream of the releases to come. */
class EventStreams {
  readonly #open = new Map<PassThrough, string>()

  /** Opens a stream for a user, which ends when its reader goes away. */
  open(userId: string): PassThrough {
    const ofUser = [...this.#open.values()].filter((owner) => owner === userId).length
    if (ofUser >= MOST_PER_USER || this.#open.size >= MOST_STREAMS) {
      throw new RequestError('too_many_requests', { headers: { 'retry-after': '30' } })
    }
    const stream = new PassThrough()
    this.#open.set(stream, userId)
    stream.once('close', () => this.#open.delete(stream))
    return stream
  }

  sendToAll(text: string): void {
    for (const stream of this.#open.keys()) stream.write(text)
  }

  endAll(): void {
    for (const stream of this.#open.keys()) stream.end()
  }
}

/** Server-sent events: what changed for the caller, without asking. */
export function eventRoutes(app: FastifyInstance, services: Services): void {
  const streams = new EventStreams()
  const stopListening = services.currentModel.onChange(({ number }) => {
    streams.sendToAll(eventText('release', number, { release: number }))
  })
  // Also tells proxies and the reader that the stream is alive.
  const heartbeat = setInterval(() => streams.sendToAll(': alive\n\n'), HEARTBEAT_MS)
  heartbeat.unref()
  app.addHook('preClose', async () => {
    clearInterval(heartbeat)
    stopListening()
    streams.endAll()
  })

  const schema = {
    summary: 'Server-sent events',
    description: 'Event "release": the metadata moved on; data {"release": n}.',
    tags: ['events'],
    produces: ['text/event-stream'],
    response: { 200: Type.String({ description: 'text/event-stream' }) },
  }
  const config = { policy: 'signed_in', surface: 'events' } as const
  app.get('/api/v1/events', { config, schema, compress: false }, async (request, reply) => {
    const { release, actor } = services.contextOf(request)
    const stream = streams.open(actor.userId)
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
