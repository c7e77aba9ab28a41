import { type Locale, pickLocale } from '@trellis/metamodel'
import type { FastifyRequest } from 'fastify'

const KNOWN_LANGUAGE = /(^|,)\s*(zh|en)\b/i

/**
 * The language to answer in: the one that `Accept-Language` asks for, else that of the signed-in
 * user, else Chinese.
 */
export function localeOf(request: FastifyRequest): Locale {
  const wanted = request.headers['accept-language'] ?? ''
  if (KNOWN_LANGUAGE.test(wanted)) return pickLocale(wanted)
  return request.callContext?.actor.locale ?? 'zh-CN'
}
