import { Readable } from 'node:stream'

import { MAX_FILE_MEGABYTES, MEGABYTE, RASTER_TYPES } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { RequestError } from '../../errors.ts'
import { findFile, type FoundFile, openFileStore, receiveFile } from '../../files/index.ts'
import { receiveUpload, requireForm } from '../receive-upload.ts'
import { requireId } from '../record-requests.ts'
import { resolveRange } from '../resolve-range.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const config = { policy: 'signed_in', surface: 'files' } as const
const IdOnly = Type.Object({ id: Type.String() }, closed)
const InlineQuery = Type.Object(
  {
    inline: Type.Optional(
      Type.Unsafe<'' | 'true'>({
        type: 'string',
        enum: ['', 'true'],
        description: 'Show a picture in place; whatever else it is, it is downloaded',
      }),
    ),
  },
  closed,
)

const MOST = MAX_FILE_MEGABYTES * MEGABYTE
/** What a form has around its file, at most. */
const FORM_BYTES = 64 * 1024

/** Nothing in a file runs, loads or frames anything, however it is opened. */
const POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

/** Types that no browser makes anything of that acts; others go out as mere bytes. */
const HARMLESS =
  /^(image\/(png|jpeg|gif|webp|avif|heic|bmp|tiff)|text\/(plain|csv)|application\/(pdf|zip|vnd\.[\w.+-]+)|audio\/[\w.+-]+|video\/[\w.+-]+)$/

const DESCRIPTION = `A form of the type multipart/form-data with one \`file\`, of at most ${MAX_FILE_MEGABYTES} MB. What it is
is told by its bytes, not by its name. It is yours alone until a record is saved with its id in a file or image field;
what no record is saved with goes after a day.`

/** Files: uploaded first, then named by their id as the value of a field; read by who may read that value. */
export function fileRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const store = openFileStore(services.config)
  routes.post(
    '/api/v1/files',
    {
      config: { ...config, perMinute: 120, tellsValues: false },
      schema: {
        summary: 'Upload a file',
        description: DESCRIPTION,
        tags: ['files'],
        consumes: ['multipart/form-data'],
      },
      preValidation: [requireForm, refuseLarge],
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const place = { folder: await store.receiveIn(), most: MOST }
      const file = await receiveUpload(
        request,
        [],
        (upload) => receiveFile(context, store, upload.file),
        place,
      )
      return reply.code(201).header('location', `/api/v1/files/${file.id}`).send(file)
    },
  )
  routes.get(
    '/api/v1/files/:id',
    {
      config: { ...config, perMinute: 3000 },
      compress: false,
      schema: {
        summary: 'The bytes of a file',
        description:
          'For who may read the value that the file is. `Range` and `If-None-Match` are understood.',
        tags: ['files'],
        params: IdOnly,
        querystring: InlineQuery,
        produces: ['application/octet-stream'],
      },
    },
    async (request, reply) => {
      const file = await findFile(services.contextOf(request), requireId(request.params.id))
      return sendFile(request as FastifyRequest, reply as unknown as FastifyReply, {
        file,
        isInline: request.query.inline !== undefined,
        open: (range) => store.open(file.id, range),
      })
    },
  )
}

/** Refuses what is announced too large before it is sent. */
async function refuseLarge({ headers }: FastifyRequest): Promise<void> {
  const announced = Number(headers['content-length'] ?? 0)
  if (announced > MOST + FORM_BYTES) throw new RequestError('too_large')
}

interface SentFile {
  file: FoundFile
  isInline: boolean
  open: (range?: { start: number; end: number }) => Promise<Readable | undefined>
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, isInline, open }: SentFile,
): Promise<FastifyReply> {
  const etag = `"${file.sha256.toString('base64url')}"`
  const isShown = isInline && RASTER_TYPES.some((type) => type === file.type)
  void reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-security-policy': POLICY,
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; ${namedInHeader(file.name)}`,
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  })
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
  void reply.type(HARMLESS.test(file.type) ? contentType(file.type) : 'application/octet-stream')
  const range = resolveRange(request, { size: file.size, etag })
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${file.size}`).send('')
  }
  const bytes = await open(range)
  if (!bytes) throw new RequestError('not_found')
  if (range) {
    void reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`)
  }
  void reply.header('content-length', range ? range.end - range.start + 1 : file.size)
  if (request.method !== 'HEAD') return reply.send(bytes)
  bytes.destroy()
  return reply.send(Readable.from([]))
}

function contentType(type: string): string {
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

function isKnown(header: string | undefined, etag: string): boolean {
  const known = (header ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return known.includes(etag) || known.includes('*')
}

/** A name for every reader of headers: in ASCII, and as it is (RFC 6266). */
function namedInHeader(name: string): string {
  const plain = name.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `filename="${plain}"; filename*=UTF-8''${encoded}`
}
