import {
  AUDIT_ACTIONS,
  AUDIT_WAYS,
  type AuditAction,
  type AuditPage,
  parseMoment,
  type WireAuditEntry,
} from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'

import type { Context } from '../../access/context.ts'
import { type AuditQuery, entryId, loadAudit, type StoredEntry } from '../../audit/index.ts'
import { type Failure, failure, message, RequestError } from '../../errors.ts'
import { nameReferences } from '../../query/index.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const Parameters = Type.Object(
  {
    from: Type.Optional(Type.String({ maxLength: 40, description: 'RFC 3339, inclusive' })),
    to: Type.Optional(Type.String({ maxLength: 40, description: 'RFC 3339, exclusive' })),
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'id of a user' })),
    action: Type.Optional(
      Type.String({ maxLength: 400, description: `some of ${AUDIT_ACTIONS.join(',')}` }),
    ),
    object: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    record: Type.Optional(Type.String({ format: 'uuid' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  },
  { additionalProperties: false },
)

const Reference = Type.Union([
  Type.Object({
    id: Type.String({ format: 'uuid' }),
    name: Type.Union([Type.String(), Type.Null()], {
      description: 'null if the reader may not see it, or it is gone',
    }),
  }),
  Type.Null(),
])
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const words = (values: readonly string[]) =>
  Type.Unsafe<string>({ type: 'string', enum: [...values] })

const Page = Type.Object(
  {
    entries: Type.Array(
      Type.Object({
        id: Type.String({ description: 'The day and the number in its chain' }),
        at: Type.String({ format: 'date-time' }),
        actor: Reference,
        by: words(AUDIT_WAYS),
        address: TextOrNull,
        action: words(AUDIT_ACTIONS),
        object: TextOrNull,
        record: Reference,
        details: Type.Record(Type.String(), Type.Unknown()),
      }),
    ),
    next_cursor: TextOrNull,
  },
  { additionalProperties: false, description: 'A page of the log' },
)

/** The audit log, for those who may read it. */
export function auditRoutes(app: FastifyInstance, services: Services): void {
  const config = { policy: 'view_audit_log', surface: 'audit' } as const
  const schema = {
    summary: 'The audit log, newest first',
    description: 'It holds names and numbers, no values of fields but for rights.',
    tags: ['audit'],
    querystring: Parameters,
    response: { 200: Page },
  }
  typedRoutes(app).get('/api/v1/audit', { config, schema }, async (request): Promise<AuditPage> => {
    const context = services.contextOf(request)
    const { schema: tenant } = services.target
    const { entries, nextCursor } = await loadAudit(context.db, tenant, queryOf(request.query))
    return { entries: await toWire(context, entries), next_cursor: nextCursor }
  })
}

function queryOf({ from, to, action, limit = 50, ...rest }: Static<typeof Parameters>): AuditQuery {
  const failures: Failure[] = []
  const moment = (path: string, text: string | undefined): string | undefined => {
    const parsed = text === undefined ? undefined : parseMoment(text)
    if (text !== undefined && parsed === undefined) failures.push(noMoment(path))
    return parsed
  }
  const actions = action?.split(',').map((one) => one.trim())
  const unknown = actions?.filter((one) => !isAction(one)) ?? []
  failures.push(...unknown.map(noAction))
  const asked = { ...rest, limit, from: moment('from', from), to: moment('to', to) }
  if (failures.length > 0) throw new RequestError('invalid_filter', { failures })
  return { ...asked, actions: actions?.filter(isAction) }
}

function isAction(word: string): word is AuditAction {
  return AUDIT_ACTIONS.some((action) => action === word)
}

function noAction(word: string): Failure {
  const shown = word.slice(0, 63)
  return failure(
    'action',
    'unknown_value',
    message(`"${shown}" is no action of the log`, `日志中没有操作“${shown}”`),
  )
}

function noMoment(path: string): Failure {
  const text = message(
    'Must be a time such as 2026-11-21T08:00:00Z',
    '应为时间，如 2026-11-21T08:00:00Z',
  )
  return failure(path, 'not_a_datetime', text)
}

async function toWire(
  context: Context,
  entries: readonly StoredEntry[],
): Promise<WireAuditEntry[]> {
  const reference = (object: string | null, id: string | null): { object: string; id: string }[] =>
    object === null || id === null ? [] : [{ object, id }]
  const nameOf = await nameReferences(
    context,
    entries.flatMap(({ actor, object, record }) => [
      ...reference('user', actor),
      ...reference(object, record),
    ]),
  )
  return entries.map(({ day, number, actor, object, record, ...entry }) => ({
    id: entryId({ day, number }),
    at: entry.at,
    actor: actor === null ? null : { id: actor, name: nameOf('user', actor) },
    by: entry.by,
    address: entry.address,
    action: entry.action,
    object,
    record: record === null ? null : { id: record, name: nameOf(object ?? '', record) },
    details: entry.details,
  }))
}
