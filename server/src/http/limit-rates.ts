import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'

import { RequestError } from '../errors.ts'

// Ten thousand a second: no person and no sensible program, but one that runs wild.
const REQUESTS_PER_MINUTE = 600_000

/** Bounds how many requests one network address may send, before anything else is done for them. */
export async function limitRates(
  app: FastifyInstance,
  requestsPerMinute: number = REQUESTS_PER_MINUTE,
): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: requestsPerMinute,
    timeWindow: 60_000,
    addHeaders: HIDDEN,
    addHeadersOnExceeding: HIDDEN,
    errorResponseBuilder: (_request, { ttl }) =>
      new RequestError('too_many_requests', {
        headers: { 'retry-after': String(Math.max(1, Math.ceil(ttl / 1000))) },
      }),
  })
  app.addHook('onRequest', app.rateLimit())
}

const HIDDEN = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
  'retry-after': false,
} as const
