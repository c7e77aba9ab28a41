import { isRecordId } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { callerOf, isHidden, type Refusal, type Refusals } from '../audit/index.ts'
import { type ErrorCode, RequestError } from '../errors.ts'
import type { Foundation } from './services.ts'

/** Errors that refuse access, rather than tell of a mistake. */
const REFUSING: ReadonlySet<ErrorCode> = new Set(['forbidden', 'csrf', 'unreadable_field'])
const RECORD_ROUTE = '/api/v1/records/:object/:id'

/**
 * Has every refused access written to the audit log: what may not be done, fields that may not be read, and records
 * that were answered as missing although they are there. All of it happens after the answer, so that it takes the
 * same time for a record that is hidden as for one that is not there.
 */
export function auditRefusals(
  app: FastifyInstance,
  foundation: Foundation,
  refusals: Refusals,
): void {
  const codes = new WeakMap<FastifyRequest, ErrorCode>()
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof RequestError) codes.set(request, error.code)
  })
  app.addHook('onResponse', async (request) => {
    const reason = codes.get(request)
    if (reason === undefined || !(await isRefusal(request, reason))) return
    refusals.note(refusalOf(foundation, request, reason))
  })
  app.addHook('onClose', () => refusals.close())
}

async function isRefusal(request: FastifyRequest, reason: ErrorCode): Promise<boolean> {
  if (REFUSING.has(reason)) return true
  const { callContext, routeOptions } = request
  const isRecord = routeOptions.url?.startsWith(RECORD_ROUTE) === true
  if (reason !== 'not_found' || !isRecord || callContext === undefined) return false
  const { object, record } = whatOf(request)
  if (object === undefined || record === undefined) return false
  return isHidden(callContext, object, record).catch((error: unknown) => {
    request.log.error({ err: error }, 'It could not be told whether a record was hidden')
    return false
  })
}

function refusalOf({ target }: Foundation, request: FastifyRequest, reason: string): Refusal {
  const { callContext, session, ip, method, routeOptions } = request
  const stranger = {
    schema: target.schema,
    at: new Date(),
    actor: session?.userId ?? null,
    by: session === undefined ? 'nobody' : 'session',
    address: ip,
  } as const
  return {
    ...(callContext === undefined ? stranger : callerOf(callContext)),
    action: 'refused',
    route: `${method} ${routeOptions.url ?? ''}`,
    reason,
    ...whatOf(request),
  }
}

function whatOf({ params }: FastifyRequest): { object?: string; record?: string } {
  const { object, id }: Record<string, unknown> =
    typeof params === 'object' && params !== null ? { ...params } : {}
  return {
    ...(typeof object === 'string' && object.length <= 63 ? { object } : {}),
    ...(isRecordId(id) ? { record: id } : {}),
  }
}
