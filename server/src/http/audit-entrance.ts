import type { AuditAction } from '@trellis/metamodel'
import type { FastifyRequest } from 'fastify'

import type { UserOf } from '../access/sign-in.ts'
import { type AuditCaller, recordAudit } from '../audit/index.ts'
import type { Services } from './services.ts'

/** What happened at the door, and to whom. */
export interface Entrance {
  readonly action: AuditAction
  /** Who did it. */
  readonly actor: string | null
  /** Whose access it was about, where that is somebody else. */
  readonly about?: UserOf
  readonly details?: Readonly<Record<string, unknown>>
}

/** Writes to the audit log what happened at the door: signing in and out, passwords, second steps, keys. */
export async function auditEntrance(
  services: Pick<Services, 'db' | 'target'>,
  request: FastifyRequest,
  { action, actor, about, details = {} }: Entrance,
): Promise<void> {
  const caller = strangerAt(services, request)
  await services.db.inTransaction(async (tx) => {
    recordAudit(tx, {
      ...caller,
      actor,
      by: actor === null ? 'nobody' : 'session',
      action,
      ...(about === undefined ? {} : { object: 'user', record: about.userId }),
      details,
    })
  })
}

/** Notes that somebody did not get in; returns at once. */
export function noteFailedEntrance(
  services: Pick<Services, 'refusals' | 'target'>,
  request: FastifyRequest,
  { reason, email }: { readonly reason: string; readonly email?: string },
): void {
  services.refusals.note({
    ...strangerAt(services, request),
    action: 'sign_in_failed',
    route: `${request.method} ${request.routeOptions.url ?? ''}`,
    reason,
    ...(email === undefined ? {} : { details: { email: email.slice(0, 254) } }),
  })
}

function strangerAt({ target }: Pick<Services, 'target'>, { ip }: FastifyRequest): AuditCaller {
  return { schema: target.schema, at: new Date(), actor: null, by: 'nobody', address: ip }
}
