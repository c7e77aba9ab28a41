import type { DescribedApps, DescribedObject, DescribedObjects } from '@trellis/metamodel'

import { get, request } from './http.ts'

/** What was loaded, and by which tag the server knows whether it is still so. */
export interface Tagged<T> {
  data: T
  etag: string | null
}

/**
 * The objects that the caller may use. Given the tag of what is already here, answers undefined if that still
 * holds: cheap enough to ask every few seconds.
 */
export async function loadObjects(
  etag: string | null = null,
  signal?: AbortSignal,
): Promise<Tagged<DescribedObjects> | undefined> {
  const answer = await request<DescribedObjects>('GET', '/meta/objects', {
    headers: etag === null ? {} : { 'if-none-match': etag },
    signal,
  })
  return answer.status === 304 ? undefined : { data: answer.data, etag: answer.etag }
}

export function loadObject(object: string, signal?: AbortSignal): Promise<DescribedObject> {
  return get(`/meta/objects/${object}`, { signal })
}

/** Menus and dashboards of the caller. */
export function loadApps(signal?: AbortSignal): Promise<DescribedApps> {
  return get('/meta/apps', { signal })
}
