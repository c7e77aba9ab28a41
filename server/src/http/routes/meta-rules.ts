import { InvalidExpression } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { countBreaking, previewChangeSet } from '../../catalog/index.ts'
import { failure, message, refuse, RequestError } from '../../errors.ts'
import { metaQuestion } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { SetParams, setId } from './meta-change-sets.ts'

const closed = { additionalProperties: false } as const
const RuleBody = Type.Object({ object: Type.String(), error_if: Type.Unknown() }, closed)

/** A condition that is being written, tried on records: for those who may customize. */
export function ruleRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  routes.post(
    '/api/v1/meta/changesets/:id/check-rule',
    metaQuestion('How many existing records a condition is true for', {
      params: SetParams,
      body: RuleBody,
    }),
    async (request) => checkRule(services, request),
  )
}

async function checkRule(services: Services, request: FastifyRequest): Promise<unknown> {
  const { target } = services
  const context = services.contextOf(request)
  const { object, error_if: expression } = request.body as { object: string; error_if: unknown }
  const { plan } = await previewChangeSet(target, setId(request), { publisher: context })
  const model = plan.ready?.model ?? context.release.model
  if (!model.objects.has(object)) {
    throw refuse(
      'malformed',
      'object',
      message(`There is no object "${object}"`, `没有对象“${object}”`),
    )
  }
  const { physical } = context.release
  try {
    const found = await countBreaking(target.db, {
      model,
      current: context.release.model,
      physical,
      object,
      expression,
      reader: context,
      counts: 'known',
    })
    return found ?? { count: null, samples: [] }
  } catch (error) {
    throw error instanceof InvalidExpression ? conditionFault(error) : error
  }
}

function conditionFault(error: InvalidExpression): RequestError {
  const failures = error.problems.map(({ path, code, message: text, suggestion }) =>
    failure(
      path === '' ? 'error_if' : `error_if.${path}`,
      code,
      text,
      suggestion === undefined ? {} : { suggestion },
    ),
  )
  return new RequestError('malformed', { cause: error, failures })
}
