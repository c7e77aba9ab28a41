import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

import { ApiKeys } from './access/api-keys.ts'
import type { Context } from './access/context.ts'
import { IdentityProvider } from './access/identity-provider.ts'
import { Actors } from './access/load-actor.ts'
import { SecondFactors } from './access/second-factors.ts'
import { Sessions } from './access/sessions.ts'
import {
  type AttemptKind,
  CODE_LIMITS,
  JOURNEY_LIMITS,
  LETTER_LIMITS,
  SIGN_IN_LIMITS,
  SignInLimiter,
  type SignInLimits,
} from './access/sign-in-limiter.ts'
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
  const { tenant } = foundation.config
  const identities = {
    sessions: new Sessions(foundation.db, tenant),
    apiKeys: new ApiKeys(foundation.db, tenant),
    actors: new Actors(foundation.db),
    secondFactors: new SecondFactors(foundation.db, foundation.secrets.sealKeys),
  }
  const metrics = new Metrics()
  const signInParts = {
    identities,
    limiters: makeLimiters(foundation, options),
    provider: providerOf(foundation),
  }

  metrics.observe(app)
  await layGround(app, foundation, { identities, refusals, options })
  await registerRoutes(app, services, { ...signInParts, metrics })
  await serveFrontEnds(app, foundation.config.rootDir)
  keepHouse(app, foundation)
  return app
}

function makeLimiters({ db, config }: Foundation, { signInLimits }: AppOptions): EntranceLimiters {
  const { tenant } = config
  const limited = (kind: AttemptKind, limits: SignInLimits): SignInLimiter =>
    new SignInLimiter(db, kind, {
      ...limits,
      tenant,
      perAddress: signInLimits?.perAddress ?? limits.perAddress,
    })
  return {
    passwords: new SignInLimiter(db, 'password', { ...SIGN_IN_LIMITS, ...signInLimits, tenant }),
    codes: limited('code', CODE_LIMITS),
    letters: limited('letter', LETTER_LIMITS),
    journeys: limited('journey', JOURNEY_LIMITS),
  }
}

function providerOf({ config }: Foundation): IdentityProvider | undefined {
  const { identityProvider, publicUrl } = config
  return identityProvider && new IdentityProvider(identityProvider, publicUrl)
}

function checkSecrets({ cursorKey }: Foundation['secrets']): void {
  if (cursorKey.length < 32) throw new Error('The key of the cursors has fewer than 32 bytes')
}

function contextOf({ callContext }: FastifyRequest): Context {
  if (callContext === undefined) throw new RequestError('not_signed_in')
  return callContext
}
