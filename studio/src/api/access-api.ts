import type { AccessExplanation, ExplainedRight, UserAccess } from '@trellis/metamodel'
import { get } from '@trellis/runtime-ui/api'

/** What a user may do with an object and which records they see; for those who manage users. */
export function loadUserAccess(
  asked: { user: string; object: string },
  signal?: AbortSignal,
): Promise<UserAccess> {
  return get('/meta/access', { query: { ...asked }, signal })
}

/** What decides whether a user may do something with one record. */
export function explainAccess(
  asked: { user: string; object: string; id: string; right: ExplainedRight },
  signal?: AbortSignal,
): Promise<AccessExplanation> {
  const { user, object, id, right } = asked
  return get(`/records/${object}/${encodeURIComponent(id)}/access`, {
    query: { user, right },
    signal,
  })
}
