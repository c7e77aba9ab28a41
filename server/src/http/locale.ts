import { type Locale, pickLocale } from '@trellis/metamodel'
import type { FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'

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

/** The context in which labels come out in the language that was asked for, whatever the user's setting. */
export function inAskedLanguage(request: FastifyRequest, context: Context): Context {
  const locale = localeOf(request)
  return locale === context.actor.locale
    ? context
    : { ...context, actor: { ...context.actor, locale } }
}
