import { isRecordId } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { loadChangeSet, runTests } from '../../catalog/index.ts'
import { RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { wireTests } from '../meta-answers.ts'
import { metaQuestion } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const TestsBody = Type.Union([
  Type.Null(),
  Type.Object({ change_set: Type.Optional(Type.String()) }, closed),
])

/** The tests of the packages, run on records of their own: for those who may customize. */
export function testRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  const asked = metaQuestion(
    'Run the tests of the release in force, or of a change set; they leave nothing behind',
    { body: TestsBody },
  )
  routes.post(
    '/api/v1/meta/tests',
    { ...asked, config: { ...asked.config, perMinute: 30 } },
    async (request) => {
      const id = (request.body as { change_set?: string } | null)?.change_set
      if (id !== undefined) await requireChangeSet(services, id)
      const { run, model } = await runTests(target, id)
      return wireTests(run, model, localeOf(request))
    },
  )
}

/** @throws RequestError not_found */
async function requireChangeSet({ target }: Services, id: string): Promise<void> {
  if (!isRecordId(id)) throw new RequestError('not_found')
  await loadChangeSet(target.db, target.schema, id)
}
