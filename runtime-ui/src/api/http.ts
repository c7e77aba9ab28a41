import type { Locale, WireProblem } from '@trellis/metamodel'

import { ApiError } from './api-error.ts'

/** What the front end tells the client, once, when it starts. */
export interface ApiSettings {
  /** Language of messages and labels. */
  locale: () => Locale
  /** Called when a request is answered 401: the session is over. */
  onSignedOut: () => void
  /** Called with whether the server could be reached, after every request. */
  onReachable: (isReachable: boolean) => void
  /** Called when a record was changed. */
  onChanged: (object: string, id: string) => void
}

let settings: ApiSettings = {
  locale: () => 'zh-CN',
  onSignedOut: () => undefined,
  onReachable: () => undefined,
  onChanged: () => undefined,
}
let csrfToken: string | null = null

export function configureApi(given: Partial<ApiSettings>): void {
  settings = { ...settings, ...given }
}

/** Tells that a record was changed. */
export function tellChanged(object: string, id: string): void {
  settings.onChanged(object, id)
}

/** Keeps the token that login and `GET /me` give; writes under the cookie carry it. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined>
  /** JSON body. */
  body?: unknown
  /** Multipart body, instead of `body`. */
  form?: FormData
  /** Version that the change is based on; a stale one answers 412. */
  ifMatch?: number | undefined
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

export interface Answer<T> {
  status: number
  data: T
  etag: string | null
}

/**
 * One call to the server.
 * @throws ApiError if the server refuses, or with status 0 if it cannot be reached.
 */
export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const response = await send(method, path, options)
  if (response.ok || response.status === 304) return readAnswer<T>(response)
  throw await refusalOf(response)
}

/**
 * A call that is answered with a file.
 * @param onBytes told how many bytes have come so far
 * @throws ApiError as `request` does, and `broken_off` if the file ends before its end
 */
export async function download(
  method: 'GET' | 'POST',
  path: string,
  options: RequestOptions,
  onBytes?: (count: number) => void,
): Promise<Blob> {
  const response = await send(method, path, options)
  if (!response.ok || response.body === null) throw await refusalOf(response)
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let count = 0
  try {
    const reader = response.body.getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      pieces.push(next.value)
      count += next.value.length
      onBytes?.(count)
    }
  } catch (error) {
    throw isAbort(error) ? error : failureOf('broken_off', '文件没有传完', 'The file broke off')
  }
  return new Blob(pieces, { type: response.headers.get('content-type') ?? '' })
}

/** Reads: `GET` with the data only. */
export async function get<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await request<T>('GET', path, options)).data
}

/** `POST` with the data only. */
export async function post<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await request<T>('POST', path, options)).data
}

/** How an upload is followed. */
export interface SendOptions {
  signal?: AbortSignal
  /** Told how much has been sent, from 0 to 1. */
  onProgress?: (done: number) => void
}

/**
 * `POST` of a form whose sending is followed, which `fetch` cannot do.
 * @throws ApiError as `request` · DOMException `AbortError` if it is given up
 */
export async function sendWithProgress<T>(
  path: string,
  form: FormData,
  { signal, onProgress }: SendOptions,
): Promise<T> {
  const response = await transmit(apiUrl(path), form, { signal, onProgress })
  settings.onReachable(response.status !== 503 && response.status !== 502)
  if (response.ok) return (await readAnswer<T>(response)).data
  throw await refusalOf(response)
}

function transmit(
  url: string,
  form: FormData,
  {
    signal,
    onProgress,
  }: { signal: AbortSignal | undefined; onProgress: SendOptions['onProgress'] },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest()
    sending.open('POST', url)
    for (const [name, value] of headersOf('POST', {})) sending.setRequestHeader(name, value)
    sending.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
      if (lengthComputable) onProgress?.(loaded / total)
    })
    sending.addEventListener('load', () => {
      const type = sending.getResponseHeader('content-type') ?? ''
      const { status } = sending
      resolve(new Response(sending.responseText, { status, headers: { 'content-type': type } }))
    })
    sending.addEventListener('error', () => {
      settings.onReachable(false)
      reject(unreachable())
    })
    sending.addEventListener('abort', () => reject(new DOMException('Given up', 'AbortError')))
    signal?.addEventListener('abort', () => sending.abort())
    sending.send(form)
  })
}

/** The address of a path of the API, e.g. for a link that opens a print view. */
export function apiUrl(path: string, query: RequestOptions['query'] = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value))
  }
  const text = search.toString()
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const { body, form, signal } = options
  try {
    const response = await fetch(apiUrl(path, options.query), {
      method,
      headers: headersOf(method, options),
      credentials: 'same-origin',
      ...(form === undefined ? {} : { body: form }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    settings.onReachable(response.status !== 503 && response.status !== 502)
    return response
  } catch (error) {
    if (isAbort(error)) throw error
    settings.onReachable(false)
    throw unreachable()
  }
}

/** Whether a call ended because whoever made it wanted so. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

function headersOf(method: string, { body, ifMatch, headers }: RequestOptions): Headers {
  const all = new Headers({ accept: 'application/json', 'accept-language': settings.locale() })
  if (body !== undefined) all.set('content-type', 'application/json')
  if (ifMatch !== undefined) all.set('if-match', `"${ifMatch}"`)
  if (method !== 'GET' && csrfToken !== null) all.set('x-csrf-token', csrfToken)
  for (const [key, value] of Object.entries(headers ?? {})) all.set(key, value)
  return all
}

async function readAnswer<T>(response: Response): Promise<Answer<T>> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  const data = isJson ? ((await response.json()) as T) : (undefined as T)
  return { status: response.status, data, etag: response.headers.get('etag') }
}

async function readProblem(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after'))
  const seconds = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined
  try {
    return new ApiError((await response.json()) as WireProblem, seconds)
  } catch {
    const title = settings.locale() === 'zh-CN' ? '服务器没有给出回答' : 'The server gave no answer'
    return new ApiError(
      { type: 'about:blank', title, status: response.status, code: 'no_answer' },
      seconds,
    )
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  const error = await readProblem(response)
  if (error.status === 401) settings.onSignedOut()
  return error
}

function unreachable(): ApiError {
  return failureOf('unreachable', '连接不到服务器', 'The server cannot be reached')
}

function failureOf(code: string, zh: string, en: string): ApiError {
  const title = settings.locale() === 'zh-CN' ? zh : en
  return new ApiError({ type: 'about:blank', title, status: 0, code })
}
