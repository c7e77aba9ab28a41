import cookie, { type CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { LONGEST_SESSION_SECONDS } from '../access/sessions.ts'
import { SESSION_COOKIE } from './authenticate.ts'

/** Reads and sets cookies; the token in the session's is random, so nothing is signed. */
export async function useCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie)
}

/** Hands the token of a session to the browser, out of reach of scripts. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
): void {
  reply.setCookie(SESSION_COOKIE, token, {
    ...attributes(request),
    maxAge: LONGEST_SESSION_SECONDS,
  })
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, attributes(request))
}

function attributes({ protocol }: FastifyRequest): CookieSerializeOptions {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: protocol === 'https' }
}
