import type { Delegation, Delegations, NewDelegation } from '@trellis/metamodel'

import { get, post, request } from './http.ts'

/** Who decides in the own place, and in whose place oneself decides, now or later. */
export function loadDelegations(): Promise<Delegations> {
  return get('/delegations')
}

/** @throws ApiError 422 at `delegate`, `starts_at` and `ends_at`. */
export function addDelegation(delegation: NewDelegation): Promise<Delegation> {
  return post('/delegations', { body: delegation })
}

export async function endDelegation(id: string): Promise<void> {
  await request('DELETE', `/delegations/${id}`)
}
