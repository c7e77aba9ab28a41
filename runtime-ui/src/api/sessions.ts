import type { Me } from '@trellis/metamodel'

import { get, post, request, setCsrfToken } from './http.ts'

/**
 * Signs in; the session is an HttpOnly cookie, so that only the CSRF token is kept here.
 * @throws ApiError 401 for a wrong pair, 429 with `retryAfter` after too many tries.
 */
export async function login(email: string, password: string): Promise<Me> {
  const me = await post<Me>('/auth/login', { body: { email, password } })
  setCsrfToken(me.csrf_token)
  return me
}

export async function logout(): Promise<void> {
  await request('POST', '/auth/logout')
  setCsrfToken(null)
}

/** Who is signed in, with language, time zone and permissions. */
export async function loadMe(signal?: AbortSignal): Promise<Me> {
  const me = await get<Me>('/me', { signal })
  setCsrfToken(me.csrf_token)
  return me
}
