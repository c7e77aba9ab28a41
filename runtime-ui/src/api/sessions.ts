import type {
  Locale,
  Me,
  NewTwoStep,
  SignInOptions,
  TwoStepState,
  WireApiKey,
  WireSession,
} from '@trellis/metamodel'

import { get, post, request, setCsrfToken } from './http.ts'

/**
 * Signs in; the session is an HttpOnly cookie, so that only the CSRF token is kept here.
 * @throws ApiError 401 `wrong_credentials`, 401 `second_step_required` where a code is asked for, 429 with `retryAfter` after too many tries.
 */
export async function login(email: string, password: string): Promise<Me> {
  const me = await post<Me>('/auth/login', { body: { email, password } })
  setCsrfToken(me.csrf_token)
  return me
}

/** Changes how one is spoken to; answers who one is then. @throws ApiError 422 at `time_zone`. */
export async function changeMe(wishes: { locale?: Locale; time_zone?: string }): Promise<Me> {
  const { data } = await request<Me>('PATCH', '/me', { body: wishes })
  return data
}

export async function logout(): Promise<void> {
  await request('POST', '/auth/logout')
  setCsrfToken(null)
}

/**
 * The second step of signing in: a code of the authenticator, or a recovery code.
 * @throws ApiError 422 for a wrong code, 401 when the first step was too long ago.
 */
export async function enterSecondStep(code: string): Promise<Me> {
  const me = await post<Me>('/auth/second-step', { body: { code } })
  setCsrfToken(me.csrf_token)
  return me
}

/** How one may sign in besides a password. */
export function loadSignInOptions(): Promise<SignInOptions> {
  return get<SignInOptions>('/auth/options')
}

/** Asks for a letter with a link; the answer does not tell whether there is such an account. */
export async function askForReset(email: string): Promise<void> {
  await request('POST', '/auth/forgot-password', { body: { email } })
}

/** @throws ApiError 422 with what is wrong at `token` and `password`. */
export async function resetPassword(token: string, password: string): Promise<void> {
  await request('POST', '/auth/reset-password', { body: { token, password } })
}

/** How it stands with the own second step. */
export function loadTwoStep(): Promise<TwoStepState> {
  return get<TwoStepState>('/auth/totp')
}

/** @throws ApiError 422 at `password`. */
export function beginTwoStep(password: string): Promise<NewTwoStep> {
  return post<NewTwoStep>('/auth/totp', { body: { password } })
}

/** Puts the authenticator to work; answers the recovery codes. @throws ApiError 422 at `code`. */
export async function confirmTwoStep(code: string): Promise<string[]> {
  const answer = await post<{ recovery_codes: string[] }>('/auth/totp/confirm', { body: { code } })
  return answer.recovery_codes
}

/** @throws ApiError 422 at `password` or `code`. */
export async function renewRecoveryCodes(password: string, code: string): Promise<string[]> {
  const body = { password, code }
  const answer = await post<{ recovery_codes: string[] }>('/auth/totp/recovery-codes', { body })
  return answer.recovery_codes
}

/** @throws ApiError 422 at `password` or `code`. */
export async function removeTwoStep(password: string, code: string): Promise<void> {
  await request('POST', '/auth/totp/remove', { body: { password, code } })
}

export async function loadDevices(): Promise<WireSession[]> {
  return (await get<{ sessions: WireSession[] }>('/auth/sessions')).sessions
}

export async function endDevice(id: string): Promise<void> {
  await request('DELETE', `/auth/sessions/${id}`)
}

export async function endOtherDevices(): Promise<void> {
  await request('DELETE', '/auth/sessions')
}

export async function loadKeys(): Promise<WireApiKey[]> {
  return (await get<{ keys: WireApiKey[] }>('/api-keys')).keys
}

/** Makes a key; it is told only here. @throws ApiError 422 */
export async function createKey(asked: {
  label: string
  permission_set: string | null
  expires_at: string | null
}): Promise<string> {
  return (await post<{ key: string }>('/api-keys', { body: asked })).key
}

export async function revokeKey(id: string): Promise<void> {
  await request('DELETE', `/api-keys/${id}`)
}

/**
 * Replaces the own password; every other session ends.
 * @throws ApiError 422 with what is wrong at `current` and `new`.
 */
export async function changePassword(current: string, chosen: string): Promise<void> {
  await request('POST', '/auth/password', { body: { current, new: chosen } })
}

/** Who is signed in, with language, time zone and permissions. */
export async function loadMe(signal?: AbortSignal): Promise<Me> {
  const me = await get<Me>('/me', { signal })
  setCsrfToken(me.csrf_token)
  return me
}
