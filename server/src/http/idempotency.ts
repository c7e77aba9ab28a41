import { createHash } from 'node:crypto'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import type { Claim, KeptAnswers } from '../access/kept-answers.ts'
import { message, refuse } from '../errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claim of this request, when it carries an idempotency key. */
    claim: Claim | undefined
  }
}

const KEPT_HEADERS = ['content-type', 'location', 'etag', 'content-language', 'preference-applied']

/**
 * Makes a POST with an `Idempotency-Key` answer what the first one with that key answered. Answers
 * of the server's own failure (5xx) and of "too many requests" are not kept: the repeat tries again.
 */
export function answerRepeats(app: FastifyInstance, answers: KeptAnswers): void {
  app.decorateRequest('claim', undefined)
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
  const found = await answers.claim(release, {
    userId: actor.userId,
    key,
    hash: hashOf(request),
  })
  if ('id' in found) {
    request.claim = found
    const db = answers.fence(release, found, () => request.claim === undefined)
    request.callContext = { ...callContext, db }
    return undefined
  }
  return reply
    .code(found.status)
    .headers({ ...found.headers, 'idempotency-replayed': 'true' })
    .send(found.body)
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
  const { claim, callContext } = request
  if (claim === undefined || callContext === undefined) return
  const { statusCode: status } = reply
  const body = bodyOf(payload)
  try {
    if (body === undefined || status >= 500 || status === 429) {
      await answers.release(callContext.release, claim)
    } else {
      await answers.keep(callContext.release, claim, { status, headers: keptHeaders(reply), body })
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
