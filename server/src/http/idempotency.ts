import { createHash } from 'node:crypto'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { accessFingerprint } from '../access/access-fingerprint.ts'
import type { Context } from '../access/context.ts'
import type { Claim, KeptAnswer, KeptAnswers, ToldThing } from '../access/kept-answers.ts'
import { message, refuse } from '../errors.ts'
import { requireStillVisible, tellAgain } from './tell-again.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claim of this request, when it carries an idempotency key. */
    claim: Claim | undefined
    /** What the answer tells, where a repeat reads it anew instead of being told what was kept. */
    tells: ToldThing | undefined
  }
}

const KEPT_HEADERS = ['content-type', 'location', 'etag', 'content-language', 'preference-applied']

/**
 * Makes a POST with an `Idempotency-Key` answer what the first one with that key answered. Answers
 * of the server's own failure (5xx) and of "too many requests" are not kept: the repeat tries again. What a repeat
 * tells is only what its caller may see at that moment.
 */
export function answerRepeats(app: FastifyInstance, answers: KeptAnswers): void {
  app.decorateRequest('claim', undefined)
  app.decorateRequest('tells', undefined)
  app.addHook('preHandler', (request, reply) => replay(answers, request, reply))
  app.addHook('onSend', async (request, reply, payload) => {
    await keepAnswer(answers, { request, reply, payload })
    return payload
  })
}

async function replay(
  answers: KeptAnswers,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const { callContext } = request
  const key = keyOf(request)
  if (key === undefined || callContext === undefined) return undefined
  const { release, actor } = callContext
  const asked = { userId: actor.userId, key, hash: hashOf(request) }
  const found = await answers.claim(release, asked, accessFingerprint(callContext))
  if ('id' in found) {
    request.claim = found
    const db = answers.fence(release, found, () => request.claim === undefined)
    request.callContext = { ...callContext, db }
    return undefined
  }
  return answerAgain(found, callContext, request, reply)
}

async function answerAgain(
  { status, headers, body, tells, access }: KeptAnswer,
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  void reply.code(status).headers({ ...headers, 'idempotency-replayed': 'true' })
  if (tells === null) {
    if (access !== null) await requireStillVisible(request, context)
    return reply.send(body)
  }
  const again = await tellAgain(request, context, tells)
  return reply.headers(again.headers).send(Buffer.from(again.body))
}

/**
 * What the caller may see and do, if that decides what they are told: definitions are told in full to whoever models
 * metadata, and some answers are made of ids and numbers alone.
 */
function accessOf(
  { routeOptions: { config } }: FastifyRequest,
  context: Context,
  status: number,
): Buffer | null {
  const isPlain = config.tellsValues === false && status < 400
  return isPlain || config.policy === 'customize' ? null : accessFingerprint(context)
}

function keyOf({ method, headers, routeOptions }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (method !== 'POST' || key === undefined || routeOptions.config.keepsAnswer === false) {
    return undefined
  }
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw refuse(
    'malformed',
    'Idempotency-Key',
    message(
      'Must be 1 to 255 visible ASCII characters, without spaces',
      '应为 1 到 255 个可见 ASCII 字符，不含空格',
    ),
  )
}

/** What the request asks. Of an upload, whose bytes are still to come, the announced length. */
function hashOf({ method, url, headers, rawBody }: FastifyRequest): Buffer {
  const length = rawBody === undefined ? (headers['content-length'] ?? '') : ''
  return createHash('sha256')
    .update(`${method} ${url} ${length}\n`)
    .update(rawBody ?? '')
    .digest()
}

async function keepAnswer(
  answers: KeptAnswers,
  { request, reply, payload }: { request: FastifyRequest; reply: FastifyReply; payload: unknown },
): Promise<void> {
  const { claim, callContext, tells } = request
  if (claim === undefined || callContext === undefined) return
  const { statusCode: status } = reply
  const isTold = tells !== undefined && status < 400
  const body = isTold ? Buffer.alloc(0) : bodyOf(payload)
  try {
    if (body === undefined || status >= 500 || status === 429) {
      await answers.release(callContext.release, claim)
    } else {
      await answers.keep(callContext.release, claim, {
        status,
        headers: keptHeaders(reply),
        body,
        tells: isTold ? tells : null,
        access: accessOf(request, callContext, status),
      })
    }
  } catch (error) {
    // The work is done; a repeat will wait and then be told that the answer was lost.
    request.log.error({ err: error }, 'The answer could not be kept')
  } finally {
    request.claim = undefined
  }
}

/** The bytes of an answer; undefined for a stream, which cannot be kept. */
function bodyOf(payload: unknown): Buffer | undefined {
  if (payload === undefined || payload === null) return Buffer.alloc(0)
  if (Buffer.isBuffer(payload)) return payload
  return typeof payload === 'string' ? Buffer.from(payload) : undefined
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = reply.getHeader(name)
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )
}
