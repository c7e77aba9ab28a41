import type { AuditAction, AuditPage } from '@trellis/metamodel'
import { get } from '@trellis/runtime-ui/api'

/** What the audit log is narrowed to; moments in RFC 3339. */
export interface AuditFilter {
  from?: string | undefined
  to?: string | undefined
  actor?: string | undefined
  actions?: readonly AuditAction[] | undefined
  object?: string | undefined
  record?: string | undefined
}

/** A page of the audit log, newest first. */
export function loadAudit(
  { actions, ...filter }: AuditFilter,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<AuditPage> {
  const action = actions && actions.length > 0 ? actions.join(',') : undefined
  return get('/audit', { query: { ...filter, action, cursor }, signal })
}
