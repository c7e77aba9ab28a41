/** Somebody signed in to a running server, over the network. */
export interface HttpClient {
  readonly baseUrl: string
  get<Answer>(path: string): Promise<Answer>
  post<Answer>(path: string, body?: unknown): Promise<Answer>
  put<Answer>(path: string, body: unknown): Promise<Answer>
  patch<Answer>(path: string, body: unknown): Promise<Answer>
  /** Sends a form with a file. */
  upload<Answer>(path: string, form: FormData): Promise<Answer>
  /** An answer that is no JSON. */
  getText(path: string): Promise<string>
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

/** A request that the server refused; the message holds what it said. */
export class RefusedError extends Error {
  readonly status: number

  constructor(request: string, status: number, answer: string) {
    super(`${request} answered ${status}: ${answer}`)
    this.name = 'RefusedError'
    this.status = status
  }
}

/**
 * Signs in.
 * @param baseUrl e.g. `http://127.0.0.1:3000`
 * @throws RefusedError here and from every call that is not answered by 2xx
 */
export async function signIn(
  baseUrl: string,
  { email, password }: Credentials,
): Promise<HttpClient> {
  const response = await send(
    new Request(`${baseUrl}/api/v1/auth/login`, jsonRequest('POST', { email, password })),
  )
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const { csrf_token: csrf } = (await response.json()) as { csrf_token: string }
  const headers = { cookie, 'x-csrf-token': csrf, 'accept-language': 'en-US' }
  const call = async (path: string, init: RequestInit): Promise<Response> =>
    send(
      new Request(`${baseUrl}/api/v1${path}`, {
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string>) },
      }),
    )
  const json = async <Answer>(path: string, init: RequestInit): Promise<Answer> =>
    (await call(path, init)).json() as Promise<Answer>
  return {
    baseUrl,
    get: (path) => json(path, { method: 'GET' }),
    post: (path, body) => json(path, jsonRequest('POST', body)),
    put: (path, body) => json(path, jsonRequest('PUT', body)),
    patch: (path, body) => json(path, jsonRequest('PATCH', body)),
    upload: (path, form) => json(path, { method: 'POST', body: form }),
    getText: async (path) => (await call(path, { method: 'GET' })).text(),
  }
}

function jsonRequest(method: string, body: unknown): RequestInit {
  if (body === undefined) return { method }
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

async function send(request: Request): Promise<Response> {
  const response = await fetch(request)
  if (response.ok) return response
  throw new RefusedError(
    `${request.method} ${new URL(request.url).pathname}`,
    response.status,
    await response.text(),
  )
}
