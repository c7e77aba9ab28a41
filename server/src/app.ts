import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

import { ApiKeys } from './access/api-keys.ts'
import type { Context } from './access/context.ts'
import { IdentityProvider } from './access/identity-provider.ts'
import { Actors } from './access/load-actor.ts'
import { SecondFactors } from './access/second-factors.ts'
import { Sessions } from './access/sessions.ts'
import { Refusals } from './audit/index.ts'
import { RequestError } from './errors.ts'
import type { EntranceLimiters } from './http/enter.ts'
import { serveFrontEnds } from './http/front-ends.ts'
import { layGround } from './http/ground.ts'
import { keepHouse } from './http/housekeeping.ts'
import { Metrics } from './http/metrics.ts'
import { registerRoutes } from './http/routes/index.ts'
import { type AppOptions, serverSettings } from './http/server-settings.ts'
import type { Foundation, Services } from './http/services.ts'
import {
  CODE_LIMITS,
  JOURNEY_LIMITS,
  LETTER_LIMITS,
  SignInLimiter,
  type SignInLimits,
} from './http/sign-in-limiter.ts'

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
  const refusals = new Refusals(foundation.db, (error) =>
    app.log.error({ err: error }, 'A refusal could not be written to the audit log'),
  )
  const services: Services = { ...foundation, refusals, contextOf }
  const identities = {
    sessions: new Sessions(foundation.db),
    apiKeys: new ApiKeys(foundation.db),
    actors: new Actors(foundation.db),
    secondFactors: new SecondFactors(foundation.db, foundation.secrets.cookieKey),
  }
  const metrics = new Metrics()
  const signInParts = {
    identities,
    limiters: makeLimiters(options),
    provider: providerOf(foundation),
  }

  metrics.observe(app)
  await layGround(app, foundation, { identities, refusals, options })
  await registerRoutes(app, services, { ...signInParts, metrics })
  await serveFrontEnds(app, foundation.config.rootDir)
  keepHouse(app, foundation)
  return app
}

function makeLimiters({ signInLimits }: AppOptions): EntranceLimiters {
  const limited = (limits: SignInLimits): SignInLimiter =>
    new SignInLimiter({ ...limits, perAddress: signInLimits?.perAddress ?? limits.perAddress })
  return {
    passwords: new SignInLimiter(signInLimits),
    codes: limited(CODE_LIMITS),
    letters: limited(LETTER_LIMITS),
    journeys: limited(JOURNEY_LIMITS),
  }
}

function providerOf({ config }: Foundation): IdentityProvider | undefined {
  const { identityProvider, publicUrl } = config
  return identityProvider && new IdentityProvider(identityProvider, publicUrl)
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
