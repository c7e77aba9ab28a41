import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

import { ApiKeys } from './access/api-keys.ts'
import type { Context } from './access/context.ts'
import { Actors } from './access/load-actor.ts'
import { Sessions } from './access/sessions.ts'
import { RequestError } from './errors.ts'
import { serveFrontEnds } from './http/front-ends.ts'
import { layGround } from './http/ground.ts'
import { keepHouse } from './http/housekeeping.ts'
import { Metrics } from './http/metrics.ts'
import { registerRoutes } from './http/routes/index.ts'
import { type AppOptions, serverSettings } from './http/server-settings.ts'
import type { Foundation, Services } from './http/services.ts'
import { SignInLimiter } from './http/sign-in-limiter.ts'

export type { AppOptions } from './http/server-settings.ts'
export type { Foundation, Secrets, Services } from './http/services.ts'

/**
 * Puts the HTTP server together; what comes first is asked first.
 *
 * @example
 * const app = await createApp({ config, db, currentModel, target, secrets })
 * await app.listen({ host: config.host, port: config.port })
 */
export async function createApp(
  foundation: Foundation,
  options: AppOptions = {},
): Promise<FastifyInstance> {
  checkSecrets(foundation.secrets)
  const app = fastify(serverSettings(foundation.config))
  const services: Services = { ...foundation, contextOf }
  const identities = {
    sessions: new Sessions(foundation.db),
    apiKeys: new ApiKeys(foundation.db),
    actors: new Actors(foundation.db),
  }
  const metrics = new Metrics()
  const limiter = new SignInLimiter(options.signInLimits)

  metrics.observe(app)
  await layGround(app, foundation, { identities, options })
  await registerRoutes(app, services, { identities, limiter, metrics })
  await serveFrontEnds(app, foundation.config.rootDir)
  keepHouse(app, foundation)
  return app
}

function checkSecrets(secrets: Foundation['secrets']): void {
  const short = Object.entries(secrets).filter(([, secret]) => secret.length < 32)
  if (short.length === 0) return
  throw new Error(`Secrets of fewer than 32 bytes: ${short.map(([name]) => name).join(', ')}`)
}

function contextOf({ callContext }: FastifyRequest): Context {
  if (callContext === undefined) throw new RequestError('not_signed_in')
  return callContext
}
