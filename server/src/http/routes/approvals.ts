import { isRecordId, localize } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import { loadDelegatesOf } from '../../approvals/delegation-store.ts'
import { loadUserNames } from '../../catalog/load-names.ts'
import { RequestError } from '../../errors.ts'
import { type BoxRequest, loadApproval, loadApprovalBox } from '../../query/index.ts'
import { nameMask } from '../../query/mask-cells.ts'
import {
  decideWorkItem,
  previewApproval,
  recallApproval,
  submitForApproval,
} from '../../records/act-on-approval.ts'
import { inAskedLanguage } from '../locale.ts'
import { requireId } from '../record-requests.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const say = (summary: string, more: object = {}) => ({
  config: { policy: 'signed_in', surface: 'approvals' } as const,
  schema: { summary, tags: ['approvals'], ...more },
})

const IdOnly = Type.Object({ id: Type.String() }, closed)
const SubmitBody = Type.Object(
  {
    object: Type.String(),
    record: Type.String(),
    process: Type.Optional(Type.String()),
    comment: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()])),
  },
  closed,
)
const CommentBody = Type.Union([
  Type.Null(),
  Type.Object(
    { comment: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()])) },
    closed,
  ),
])
const BoxQueryString = Type.Object(
  {
    box: Type.Optional(Type.Union(['to_do', 'done', 'sent', 'cc'].map((box) => Type.Literal(box)))),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    cursor: Type.Optional(Type.String({ maxLength: 400 })),
  },
  closed,
)

const USUAL_BOX = 50

/** Submitting, deciding and taking back; what waits, what was decided, what was sent. */
export function approvalRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const asked = say('Who would approve, and why', { body: SubmitBody })
  routes.post(
    '/api/v1/approvals',
    say('Submit a record for approval', { body: SubmitBody }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const id = await submitForApproval(context, submission(request))
      return reply
        .code(201)
        .header('location', `/api/v1/approvals/${id}`)
        .send(await answer(context, id, request))
    },
  )
  routes.post(
    '/api/v1/approvals/preview',
    { ...asked, config: { ...asked.config, keepsAnswer: false } },
    async (request) => previewRoute(services.contextOf(request), request),
  )
  routes.get(
    '/api/v1/approvals',
    say('A box of approvals', { querystring: BoxQueryString }),
    async (request) => {
      const { box = 'to_do', limit = USUAL_BOX, cursor } = request.query as Partial<BoxRequest>
      const { cursorKey } = services.secrets
      const context = inAskedLanguage(request, services.contextOf(request))
      return loadApprovalBox(context, { box, limit, cursor, cursorKey })
    },
  )
  routes.get(
    '/api/v1/approvals/:id',
    say('One approval with its route and history', { params: IdOnly }),
    async (request) => answer(services.contextOf(request), idOf(request), request),
  )
  routes.post(
    '/api/v1/approvals/:id/recall',
    say('Take a submission back', { params: IdOnly, body: CommentBody }),
    async (request) => {
      const context = services.contextOf(request)
      await recallApproval(context, idOf(request), commentOf(request))
      return answer(context, idOf(request), request)
    },
  )
  for (const act of ['approve', 'reject'] as const) {
    routes.post(
      `/api/v1/work-items/:id/${act}`,
      say(act === 'approve' ? 'Approve' : 'Reject', { params: IdOnly, body: CommentBody }),
      async (request) => {
        const context = services.contextOf(request)
        return answer(
          context,
          await decideWorkItem(context, idOf(request), { act, comment: commentOf(request) }),
          request,
        )
      },
    )
  }
}

async function answer(context: Context, id: string, request: FastifyRequest): Promise<unknown> {
  const found = await loadApproval(inAskedLanguage(request, context), id)
  if (!found) throw new RequestError('not_found')
  request.tells = { approval: id }
  return found
}

function submission(request: FastifyRequest): Parameters<typeof submitForApproval>[1] {
  const body = request.body as Parameters<typeof submitForApproval>[1]
  if (!isRecordId(body.record)) throw new RequestError('not_found')
  return { ...body, record: body.record.toLowerCase() }
}

function idOf(request: { params: unknown }): string {
  return requireId((request.params as { id: string }).id)
}

function commentOf(request: { body: unknown }): string | null {
  return (request.body as { comment?: string | null } | null)?.comment ?? null
}

async function previewRoute(context: Context, request: FastifyRequest): Promise<unknown> {
  const { process, steps } = await previewApproval(context, submission(request))
  const asked = steps.flatMap((step) => step.people)
  const delegates = await loadDelegatesOf(context, asked)
  const { physical } = context.release
  const names = await loadUserNames(context.db, physical, [...asked, ...delegates.values()])
  const tellName = nameMask(context, 'user')
  const { locale } = inAskedLanguage(request, context).actor
  const person = (id: string) => ({ id, name: tellName(names.get(id)) })
  const delegateOf = (id: string) => {
    const delegate = delegates.get(id)
    return delegate === undefined ? null : person(delegate)
  }
  return {
    process,
    steps: steps.map(({ step, isSkipped, people }) => ({
      name: step.name,
      label: localize(step.label, locale, step.name),
      mode: step.mode ?? 'any',
      skipped: isSkipped,
      approvers: people.map((id) => ({ ...person(id), delegate: delegateOf(id) })),
      because: step.approvers,
    })),
  }
}
