import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { FastifyRequest } from 'fastify'

import { type Failure, failure, message, RequestError } from '../errors.ts'
import { UPLOAD_LIMIT } from './server-settings.ts'

/** A form with a file, received whole: the file lies on disk until the work with it is done. */
export interface Upload {
  /** The text fields by name. */
  fields: Readonly<Record<string, string>>
  file: { path: string; name: string }
}

/**
 * Receives a form of the type `multipart/form-data` with exactly one file, in whatever order its parts come,
 * and does something with it; the file is gone afterwards.
 *
 * @param known names of the text fields; any other is refused by name
 * @param place the largest file in bytes, and the folder in which it lies meanwhile
 * @throws RequestError malformed · too_large
 */
export async function receiveUpload<Result>(
  request: FastifyRequest,
  known: readonly string[],
  work: (upload: Upload) => Promise<Result>,
  { folder: parent = tmpdir(), most = UPLOAD_LIMIT }: { folder?: string; most?: number } = {},
): Promise<Result> {
  const folder = await mkdtemp(join(parent, 'trellis-upload-'))
  try {
    const path = join(folder, 'file')
    const form = await readForm(request, { known, path, most }).catch(refuseBrokenForm)
    return await work(form)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Refuses a request that is no form, before its body is looked at. */
export async function requireForm(request: FastifyRequest): Promise<void> {
  if (request.isMultipart()) return
  throw new RequestError('unsupported_media_type', {
    detail: message(
      'Send a form of the type multipart/form-data',
      '请以 multipart/form-data 形式提交',
    ),
  })
}

async function readForm(
  request: FastifyRequest,
  { known, path, most }: { known: readonly string[]; path: string; most: number },
): Promise<Upload> {
  const fields: Record<string, string> = {}
  const faults: Failure[] = []
  let name: string | undefined
  for await (const part of request.parts({ limits: { fileSize: most } })) {
    if (part.type === 'file') {
      // A part without a name comes without one, whatever its type says.
      if (part.fieldname !== 'file') faults.push(unknown(part.fieldname ?? ''))
      name = await keep(part.file, path, part.filename)
    } else if (!known.includes(part.fieldname)) faults.push(unknown(part.fieldname))
    else if (part.fieldname in fields) {
      faults.push(failure(part.fieldname, 'malformed', message('Given twice', '重复提供')))
    } else if (part.valueTruncated) throw new RequestError('too_large')
    else fields[part.fieldname] = textOf(part.value)
  }
  if (name === undefined) {
    faults.push(failure('file', 'required', message('The form has no file', '表单中没有文件')))
  }
  if (faults.length > 0) throw new RequestError('malformed', { failures: faults })
  return { fields, file: { path, name: name ?? '' } }
}

// A part that says it is JSON comes parsed.
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The parser of forms throws plain errors; those of the disk and our own have a code or a class. */
function refuseBrokenForm(error: unknown): never {
  const isBroken = error instanceof Error && error.name === 'Error' && !('code' in error)
  if (!isBroken) throw error
  throw new RequestError('malformed', {
    cause: error,
    detail: message('The form is broken off or not well formed', '表单不完整或格式有误'),
  })
}

async function keep(
  from: Readable & { truncated?: boolean },
  path: string,
  name: string,
): Promise<string> {
  await pipeline(from, createWriteStream(path))
  if (from.truncated === true) throw new RequestError('too_large')
  return name.replaceAll('\0', '').toWellFormed().slice(0, 255)
}

function unknown(name: string): Failure {
  return failure(
    name.slice(0, 100),
    'unknown_parameter',
    message(
      `There is no field "${name.slice(0, 100)}" in this form`,
      `表单中没有字段“${name.slice(0, 100)}”`,
    ),
  )
}
