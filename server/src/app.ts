import compress from '@fastify/compress'
import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

import { ApiKeys } from './access/api-keys.ts'
import type { Context } from './access/context.ts'
import { KeptAnswers } from './access/kept-answers.ts'
import { Actors } from './access/load-actor.ts'
import { Sessions } from './access/sessions.ts'
import { RequestError } from './errors.ts'
import { answerErrors } from './http/answer-errors.ts'
import { authenticate, type Identities } from './http/authenticate.ts'
import { checkAddress } from './http/check-address.ts'
import { createValidatorCompiler } from './http/compile-validator.ts'
import { followUserChanges } from './http/follow-user-changes.ts'
import { serveFrontEnds } from './http/front-ends.ts'
import { keepHouse } from './http/housekeeping.ts'
import { answerRepeats } from './http/idempotency.ts'
import { acceptJsonBodies } from './http/json-body.ts'
import { limitRates } from './http/limit-rates.ts'
import { Metrics } from './http/metrics.ts'
import { describeRoutes } from './http/openapi/describe-routes.ts'
import { refuseUnknownRoutes } from './http/refuse-unknown-routes.ts'
import { keepRouteInventory } from './http/route-policy.ts'
import { apiKeyRoutes } from './http/routes/api-keys.ts'
import { authRoutes } from './http/routes/auth.ts'
import { docsRoutes } from './http/routes/docs.ts'
import { eventRoutes } from './http/routes/events.ts'
import { openApiRoutes } from './http/routes/openapi.ts'
import { metaRoutes } from './http/routes/meta.ts'
import { metaAdminRoutes } from './http/routes/meta-admin.ts'
import { operationRoutes } from './http/routes/operations.ts'
import { recordWriteRoutes } from './http/routes/records-write.ts'
import { signInRoutes } from './http/routes/sign-ins.ts'
import { sendSecurityHeaders } from './http/security-headers.ts'
import { type AppOptions, serverSettings, UPLOAD_LIMIT } from './http/server-settings.ts'
import type { Foundation, Services } from './http/services.ts'
import { useCookies } from './http/session-cookie.ts'
import { SignInLimiter } from './http/sign-in-limiter.ts'

export type { AppOptions } from './http/server-settings.ts'
export type { CurrentModel, Foundation, Secrets, Services } from './http/services.ts'

/**
 * Puts the HTTP server together; what comes first is asked first.
 *
 * @example
 * const app = await createApp({ config, db, currentModel, secrets })
 * await app.listen({ host: config.host, port: config.port })
 */
export async function createApp(
  foundation: Foundation,
  options: AppOptions = {},
): Promise<FastifyInstance> {
  const app = fastify(serverSettings(foundation.config, options))
  const identities: Identities = {
    sessions: new Sessions(foundation.db),
    apiKeys: new ApiKeys(foundation.db),
    actors: new Actors(foundation.db),
  }
  const services: Services = { ...foundation, contextOf }
  const metrics = new Metrics()
  const limiter = new SignInLimiter(options.signInLimits)

  const routes = keepRouteInventory(app)
  await describeRoutes(app)
  app.setValidatorCompiler(createValidatorCompiler())
  // Schemas of answers document them; what is sent is sent as it is.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  answerErrors(app)
  refuseUnknownRoutes(app, routes)
  acceptJsonBodies(app)

  metrics.observe(app)
  await limitRates(app, options.requestsPerMinute)
  await sendSecurityHeaders(app)
  await useCookies(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    checkAddress(request)
  })
  authenticate(app, foundation, identities)
  answerRepeats(app, new KeptAnswers(foundation.db, foundation.secrets.cookieKey))
  followUserChanges(app, identities)
  await app.register(compress, { encodings: ['gzip'], globalDecompression: false })
  await app.register(multipart, { limits: { fileSize: UPLOAD_LIMIT, files: 1, fields: 50 } })

  operationRoutes(app, foundation, metrics)
  authRoutes(app, services, { identities, limiter })
  apiKeyRoutes(app, services, identities)
  signInRoutes(app, services, identities)
  recordWriteRoutes(app, services)
  metaRoutes(app, services)
  metaAdminRoutes(app, services)
  eventRoutes(app, services)
  openApiRoutes(app, services)
  await docsRoutes(app)
  await serveFrontEnds(app, foundation.config.rootDir)
  keepHouse(app, foundation)
  return app
}

/** @throws RequestError `not_signed_in` on a route that is open to everyone. */
function contextOf({ callContext }: FastifyRequest): Context {
  if (callContext === undefined) throw new RequestError('not_signed_in')
  return callContext
}
