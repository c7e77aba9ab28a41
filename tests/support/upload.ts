import type { ImportJob } from '@trellis/metamodel'

import type { Answer, Caller } from './test-server.ts'

/** A form with a file, as a browser sends it. */
export interface TestForm {
  readonly fields?: Readonly<Record<string, unknown>>
  /** Undefined: no file at all. */
  readonly file?: string | Uint8Array<ArrayBuffer> | undefined
  readonly fileName?: string
}

/** Sends a form; fields that are no text go as JSON. */
export async function sendForm(caller: Caller, url: string, form: TestForm): Promise<Answer> {
  const data = new FormData()
  for (const [name, value] of Object.entries(form.fields ?? {})) {
    data.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  if (form.file !== undefined) data.set('file', new Blob([form.file]), form.fileName ?? 'rows.csv')
  // The platform's own encoder writes the form.
  const encoded = new Response(data)
  const payload = Buffer.from(await encoded.arrayBuffer())
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' }
  return caller.send({ method: 'POST', url, payload, headers })
}

/** Asks for an import. */
export function sendImport(
  caller: Caller,
  file: TestForm['file'],
  fields: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  return sendForm(caller, '/api/v1/imports', { fields, file })
}

/** Imports a file and waits for the end. */
export async function runTestImport(
  caller: Caller,
  file: TestForm['file'],
  fields: Readonly<Record<string, unknown>>,
): Promise<ImportJob> {
  const answer = await sendImport(caller, file, fields)
  if (answer.status !== 202) throw new Error(`The import was refused: ${answer.text}`)
  return whenFinished(caller, (answer.body as ImportJob).id)
}

/** Waits for the end of an import. */
export async function whenFinished(caller: Caller, id: string): Promise<ImportJob> {
  for (;;) {
    const job = (await caller.get(`/api/v1/imports/${id}`)).body as ImportJob
    if (job.status !== 'pending' && job.status !== 'running') return job
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
