import { isUtf8 } from 'node:buffer'

import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { message, refuse, RequestError } from '../errors.ts'
import { parseJson } from './parse-json.ts'
import { UPLOAD_LIMIT } from './server-settings.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of a JSON body as they came; undefined without one. */
    rawBody: Buffer | undefined
  }
}

/** Takes JSON bodies, exactly or not at all, and uploads as streams; every other content type is refused. */
export async function acceptBodies(app: FastifyInstance): Promise<void> {
  app.decorateRequest('rawBody', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      checkCharset(request.headers['content-type'] ?? '')
      request.rawBody = body
      return parseJson(decodeUtf8(body))
    },
  )
  await app.register(multipart, { limits: { fileSize: UPLOAD_LIMIT, files: 1, fields: 50 } })
}

function checkCharset(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]
  if (charset === undefined || /^utf-?8$/i.test(charset)) return
  throw new RequestError('unsupported_media_type', {
    detail: message(
      `JSON is read as UTF-8, not ${charset}`,
      `JSON 只能使用 UTF-8 编码，而不是 ${charset}`,
    ),
  })
}

function decodeUtf8(body: Buffer): string {
  if (!isUtf8(body)) {
    throw refuse('malformed', '', message('The body is not valid UTF-8', '请求体不是有效的 UTF-8'))
  }
  const text = body.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
