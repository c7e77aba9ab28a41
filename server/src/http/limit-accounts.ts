import type { FastifyInstance } from 'fastify'

import { RequestError } from '../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How often an account may call the route in a minute; for what costs the server much. */
    perMinute?: number
  }
}

const WINDOW_MS = 60_000
const MOST_WINDOWS = 20_000

interface Window {
  count: number
  readonly until: number
}

/**
 * Bounds how often one account calls a route that is dear, whatever sessions and keys it uses and wherever it calls
 * from; the key is made of nothing that a client sends.
 *
 * @param factor multiplies the bounds, for servers under test
 */
export function limitAccounts(app: FastifyInstance, factor = 1): void {
  const windows = new Map<string, Window>()
  app.addHook('preHandler', async ({ routeOptions, callContext, method }) => {
    const limit = routeOptions.config.perMinute
    if (limit === undefined || callContext === undefined) return
    const { tenant, userId } = callContext.actor
    const key = `${tenant} ${userId} ${method} ${routeOptions.url ?? ''}`
    const now = performance.now()
    const window = open(windows, key, now)
    window.count += 1
    if (window.count <= limit * factor) return
    const seconds = Math.max(1, Math.ceil((window.until - now) / 1000))
    throw new RequestError('too_many_requests', { headers: { 'retry-after': String(seconds) } })
  })
}

function open(windows: Map<string, Window>, key: string, now: number): Window {
  const known = windows.get(key)
  if (known !== undefined && known.until > now) return known
  const made = { count: 0, until: now + WINDOW_MS }
  windows.delete(key)
  windows.set(key, made)
  const [oldest] = windows.keys()
  if (windows.size > MOST_WINDOWS && oldest !== undefined) windows.delete(oldest)
  return made
}
