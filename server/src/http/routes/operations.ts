import { setTimeout as delay } from 'node:timers/promises'

import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import type { Metrics } from '../metrics.ts'
import type { Foundation } from '../services.ts'

const CONFIG = { policy: 'public', surface: 'operations' } as const
const PATIENCE_MS = 2000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

/** What those ask who run the server: is it alive, can it work, how much does it do. */
export function operationRoutes(
  app: FastifyInstance,
  foundation: Foundation,
  metrics: Metrics,
): void {
  const State = Type.Object({ status: Type.Literal('ok') }, { description: 'All is well' })
  const health = { summary: 'The process is alive', tags: ['operations'], response: { 200: State } }
  app.get('/healthz', { config: CONFIG, schema: health }, async () => ({ status: 'ok' }))

  const ready = {
    summary: 'The database answers and the model is loaded',
    tags: ['operations'],
    response: { 200: State },
  }
  app.get('/readyz', { config: CONFIG, schema: ready }, async () => {
    if (!(await canWork(foundation))) throw new RequestError('unavailable')
    return { status: 'ok' }
  })

  const print = {
    summary: 'Figures for Prometheus',
    description: 'Only for programs on the same machine.',
    tags: ['operations'],
    produces: ['text/plain'],
    response: { 200: Type.String({ description: 'Prometheus text format' }) },
  }
  app.get('/metrics', { config: CONFIG, schema: print }, async (request, reply) => {
    if (!isFromHere(request)) throw new RequestError('forbidden')
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metrics.print(foundation.db.connections()))
  })
}

async function canWork({ db, currentModel }: Foundation): Promise<boolean> {
  if (!currentModel.ready) return false
  const asked = db.query('select 1').then(
    () => true,
    () => false,
  )
  return Promise.race([asked, delay(PATIENCE_MS, false, { ref: false })])
}

// A proxy on the same machine speaks for others, and says so.
function isFromHere({ ip, headers }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return LOOPBACK.test(ip) && !isForwarded
}
