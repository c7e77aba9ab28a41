import compress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

import { KeptAnswers } from '../access/kept-answers.ts'
import type { Refusals } from '../audit/index.ts'
import { acceptBodies } from './accept-bodies.ts'
import { answerErrors } from './answer-errors.ts'
import { auditRefusals } from './audit-refusals.ts'
import { authenticate, type Identities } from './authenticate.ts'
import { checkAddress } from './check-address.ts'
import { closePromptly } from './close-promptly.ts'
import { createValidatorCompiler } from './compile-validator.ts'
import { followUserChanges } from './follow-user-changes.ts'
import { hearFormerNames } from './hear-former-names.ts'
import { answerRepeats } from './idempotency.ts'
import { limitAccounts } from './limit-accounts.ts'
import { limitRates } from './limit-rates.ts'
import { limitTime } from './limit-time.ts'
import { describeRoutes } from './openapi/describe-routes.ts'
import { refuseUnknownRoutes } from './refuse-unknown-routes.ts'
import { keepRouteInventory } from './route-policy.ts'
import { sendSecurityHeaders } from './security-headers.ts'
import type { AppOptions } from './server-settings.ts'
import type { Foundation } from './services.ts'
import { useCookies } from './session-cookie.ts'

/** What the ground is made of besides the foundation. */
interface GroundParts {
  readonly identities: Identities
  readonly refusals: Refusals
  readonly options: AppOptions
}

/** Everything that holds for every route, in the order in which a request meets it. */
export async function layGround(
  app: FastifyInstance,
  foundation: Foundation,
  { identities, refusals, options }: GroundParts,
): Promise<void> {
  closePromptly(app)
  keepRouteInventory(app)
  await describeRoutes(app)
  app.setValidatorCompiler(createValidatorCompiler())
  // Schemas of answers document them; what is sent is sent as it is.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  answerErrors(app)
  refuseUnknownRoutes(app)
  auditRefusals(app, foundation, refusals)

  await limitRates(app, options.requestsPerMinute)
  limitTime(app, options.requestMs)
  await sendSecurityHeaders(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    checkAddress(request)
  })
  await useCookies(app, foundation.config.tenant)
  authenticate(app, foundation, identities)
  limitAccounts(app, options.accountFactor)
  await acceptBodies(app)
  answerRepeats(app, new KeptAnswers(foundation.db, foundation.secrets.sealKeys))
  followUserChanges(app, identities)
  hearFormerNames(app)
  await app.register(compress, { encodings: ['gzip'], globalDecompression: false })
}
