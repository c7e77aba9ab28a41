import cookie, { type CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { LONGEST_SESSION_SECONDS } from '../access/sessions.ts'
import { MAIN_TENANT_NAME } from '../config.ts'

/**
 * What a cookie of ours is for: the session; the way from the password to the second step; the way to a provider of
 * sign-ins and back.
 */
export type CookiePurpose = 'session' | 'second_step' | 'journey'

/** How long the second step may take, and the way to a provider and back. */
export const ENTRANCE_SECONDS = 10 * 60

const LIFETIMES: Readonly<Record<CookiePurpose, number>> = {
  session: LONGEST_SESSION_SECONDS,
  second_step: ENTRANCE_SECONDS,
  journey: ENTRANCE_SECONDS,
}

const TOKEN = /^[\w-]{43}$/

declare module 'fastify' {
  interface FastifyInstance {
    /** What the names of our cookies end with, so that two tenants on one host do not replace each other's. */
    cookieSuffix: string
  }
}

/** Reads and sets cookies; the tokens in ours are random, so nothing is signed. */
export async function useCookies(app: FastifyInstance, tenant: string): Promise<void> {
  app.decorate('cookieSuffix', tenant === MAIN_TENANT_NAME ? '' : `_${tenant}`)
  await app.register(cookie)
}

/** The token in a cookie of ours, if there is one of the right form. */
export function tokenOf(request: FastifyRequest, purpose: CookiePurpose): string | undefined {
  const token = request.cookies[nameOf(request, purpose)]
  return token !== undefined && TOKEN.test(token) ? token : undefined
}

/** Hands a token to the browser, out of reach of scripts. */
export function setToken(
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  purpose: CookiePurpose,
  token: string,
): void {
  reply.setCookie(nameOf(request, purpose), token, {
    ...attributes(request),
    maxAge: LIFETIMES[purpose],
  })
}

export function clearToken(
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  purpose: CookiePurpose,
): void {
  reply.clearCookie(nameOf(request, purpose), attributes(request))
}

// With the prefix, a browser takes the cookie from this very host by https alone: no neighbour can plant one.
function nameOf({ protocol, server }: FastifyRequest, purpose: CookiePurpose): string {
  return `${protocol === 'https' ? '__Host-' : ''}trellis_${purpose}${server.cookieSuffix}`
}

function attributes({ protocol }: FastifyRequest): CookieSerializeOptions {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: protocol === 'https' }
}
