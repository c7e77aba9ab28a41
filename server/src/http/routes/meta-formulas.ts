import { FORMULA_RESULTS } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { type FormulaAsked, tryFormula } from '../../catalog/index.ts'
import { metaQuestion } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { SetParams, setId } from './meta-change-sets.ts'

const closed = { additionalProperties: false } as const
const FormulaBody = Type.Object(
  {
    object: Type.String(),
    formula: Type.String({ minLength: 1 }),
    result: Type.Unsafe<string>({ type: 'string', enum: [...FORMULA_RESULTS] }),
    blanks: Type.Optional(Type.Union([Type.Literal('zero'), Type.Literal('blank')])),
    scale: Type.Optional(Type.Integer({ minimum: 0, maximum: 8 })),
  },
  closed,
)

/** A formula that is being written, tried on records: for those who may customize. */
export function formulaRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  routes.post(
    '/api/v1/meta/changesets/:id/check-formula',
    metaQuestion('What a formula yields on some records that the caller may see', {
      params: SetParams,
      body: FormulaBody,
    }),
    async (request) =>
      tryFormula(
        services.target,
        services.contextOf(request),
        setId(request),
        request.body as FormulaAsked,
      ),
  )
}
