import type { Locale } from '@trellis/metamodel'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'

/** A session over HTTP: what a page needs to be signed in, and calls for arranging what it shows. */
export interface Session {
  readonly address: string
  readonly cookie: { readonly name: string; readonly value: string }
  /**
   * Calls the API as this person.
   * @throws Error with the answer's text when it is not a success.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- whoever arranges a page knows what was asked
  call(method: string, path: string, body?: unknown): Promise<any>
}

/** Signs somebody in. @throws Error when that is refused. */
export async function openSession(
  address: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<Session> {
  const answer = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  if (!answer.ok) throw new Error(`${email} could not sign in: ${await answer.text()}`)
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string }
  const [name = '', value = ''] =
    (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0]?.split('=') ?? []
  return {
    address,
    cookie: { name, value },
    call: async (method, path, body) => {
      const response = await fetch(`${address}/api/v1${path}`, {
        method,
        headers: {
          cookie: `${name}=${value}`,
          'x-csrf-token': token,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
  }
}

/** A window of the browser in which a person is signed in and the front ends speak one language. */
export async function openContext(
  browser: Browser,
  session: Session,
  { locale, ...options }: BrowserContextOptions & { readonly locale: Locale },
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: session.address,
    locale,
    timezoneId: 'Asia/Shanghai',
    ...options,
  })
  await context.addCookies([{ ...session.cookie, url: session.address, httpOnly: true }])
  return context
}
