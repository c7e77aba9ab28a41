import type { Answer, Caller } from './test-server.ts'

/** The same caller with the cookie that an answer set, and the CSRF token that goes with it. */
export async function renewed(caller: Caller, answer: Answer): Promise<Caller> {
  const cookie = cookieOf(answer, 'trellis_session')
  if (cookie === undefined) throw new Error(`The answer set no session: ${answer.status}`)
  const next = caller.with({ cookie })
  const me = await next.get('/api/v1/me')
  return next.with({ 'x-csrf-token': me.body.csrf_token })
}

/** `name=value` of a cookie that an answer set. */
export function cookieOf({ headers }: Answer, name: string): string | undefined {
  const set = [headers['set-cookie'] ?? []].flat().map(String)
  return set.find((one) => one.startsWith(`${name}=`))?.split(';')[0]
}
