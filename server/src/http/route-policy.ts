import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'

const OPEN_POLICIES = ['public', 'at_the_door', 'signed_in'] as const

/**
 * Who may call a route: everyone; whoever is signed in, even if they still have to choose a password of
 * their own; whoever is signed in for work; or only those with a system permission.
 */
export const POLICIES = [
  ...OPEN_POLICIES,
  'customize',
  'manage_users',
  'import',
  'view_audit_log',
] as const
export type Policy = (typeof POLICIES)[number]

/** Whether a policy asks for no permission. */
export function needsNoPermission(policy: unknown): policy is (typeof OPEN_POLICIES)[number] {
  return OPEN_POLICIES.some((open) => open === policy)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route; the server does not start without it. */
    policy?: Policy
    /** The part of the system that the route belongs to, such as `records`; required. */
    surface?: string
    /** false: the answer is not kept for a repeat with the same `Idempotency-Key`, which asks anew. */
    keepsAnswer?: boolean
    /** false: what is answered are ids and numbers alone, no values of records. */
    tellsValues?: boolean
  }
  interface FastifyInstance {
    /** The routes registered so far, in order. */
    routes(): KnownRoute[]
  }
}

/** A route as the inventory knows it. */
export interface KnownRoute {
  readonly method: string
  /** With parameters as `:name`. */
  readonly path: string
  readonly policy: Policy
  readonly surface: string
}

const NO_PARAMETERS = { type: 'object', properties: {}, additionalProperties: false }
const NO_BODY = { type: 'null' }
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Keeps the inventory of all routes, and closes what a route leaves open: without a schema of its
 * own, a route takes no query parameter and no body. Routes without policy, schema or surface stop
 * the start. The inventory is `app.routes()`.
 */
export function keepRouteInventory(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.schema !== undefined) route.schema = closeSchema(route.schema, methodsOf(route))
    routes.push(route)
  })
  app.addHook('onReady', async () => {
    const wrong = routes.filter((route) => missingOf(route).length > 0)
    if (wrong.length === 0) return
    const lines = wrong.map(
      (route) => `  ${methodsOf(route).join(',')} ${route.url}: ${missingOf(route).join(', ')}`,
    )
    throw new Error(`Routes that do not say what they need:\n${lines.join('\n')}`)
  })
  app.decorate('routes', () => routes.flatMap(knownRoutes))
}

function closeSchema(schema: FastifySchema, methods: readonly string[]): FastifySchema {
  const takesBody = methods.every((method) => METHODS_WITH_BODY.has(method))
  return {
    ...schema,
    querystring: schema.querystring ?? NO_PARAMETERS,
    ...(takesBody ? { body: schema.body ?? NO_BODY } : {}),
  }
}

function missingOf({ config, schema, url }: RouteOptions): string[] {
  const missing = []
  if (!POLICIES.some((policy) => policy === config?.policy)) missing.push('config.policy')
  if (!config?.surface) missing.push('config.surface')
  if (schema === undefined) missing.push('schema')
  else if (url.includes('/:') && schema.params === undefined) missing.push('schema.params')
  return missing
}

function knownRoutes(route: RouteOptions): KnownRoute[] {
  const { policy, surface } = route.config ?? {}
  if (policy === undefined || surface === undefined) return []
  return methodsOf(route).map((method) => ({ method, path: route.url, policy, surface }))
}

function methodsOf({ method }: RouteOptions): string[] {
  return Array.isArray(method) ? method : [method]
}
