import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether the caller asked for no body (`Prefer: return=minimal`, RFC 7240). */
export function wantsMinimal({ headers }: FastifyRequest): boolean {
  const preferences = [headers['prefer'] ?? []].flat().join(',')
  return preferences
    .split(',')
    .some((preference) => /^\s*return\s*=\s*"?minimal"?\s*(;|$)/i.test(preference))
}

/**
 * Answers a write: with what was written, or without a body if the caller prefers that; a 200 then
 * becomes a 204.
 *
 * @example return sendWritten(request, reply.header('etag', etag), { status: 201, body: record })
 */
export function sendWritten(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body }: { status: 200 | 201; body: unknown },
): FastifyReply {
  if (!wantsMinimal(request)) return reply.code(status).send(body)
  reply.header('preference-applied', 'return=minimal')
  return reply.code(status === 200 ? 204 : status).send()
}
