import {
  type Expression,
  type ObjectModel,
  renameInExpression,
  type Renaming,
} from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { message, refuse } from '../errors.ts'
import { formerNamesOf, type Heard, hearing } from './former-names.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Names of before that the request used, by which the answer calls them too. */
    heard: readonly Heard[] | undefined
  }
}

type Json = Record<string, unknown>

/**
 * Lets requests call objects and fields of records by names that they had before: they are read as those of now, and
 * the answer has the values under both, with a `Warning` that says how it is called.
 */
export function hearFormerNames(app: FastifyInstance): void {
  app.decorateRequest('heard', undefined)
  app.addHook('preHandler', async (request, reply) => {
    const { callContext } = request
    if (!callContext || formerNamesOf(callContext.release).isEmpty) return
    const heard: Heard[] = []
    const object = hearObject(request, heard)
    if (object && isOfRecords(request)) hearFields(request, hearing(callContext, object, heard))
    if (heard.length === 0) return
    request.heard = heard
    const told = new Map(heard.map(({ given, means }) => [given, means]))
    void reply.header(
      'warning',
      [...told].map(([given, means]) => `299 - "${given} is called ${means} now"`).join(', '),
    )
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { heard = [] } = request
    const type = String(reply.getHeader('content-type') ?? '')
    if (heard.length === 0 || typeof payload !== 'string' || !type.includes('json')) return payload
    return JSON.stringify(underBoth(JSON.parse(payload), heard))
  })
}

function isOfRecords({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/api/v1/records/:object') === true
}

/** The object of the address or of the body, by the name of now. */
function hearObject(request: FastifyRequest, heard: Heard[]): ObjectModel | undefined {
  const { release, actor } = request.callContext ?? {}
  if (!release || !actor) return undefined
  const { objects } = formerNamesOf(release)
  for (const place of [request.params, request.body] as (Json | null | undefined)[]) {
    const given = place?.['object']
    if (typeof given !== 'string' || !place || release.model.objects.has(given)) continue
    const now = objects.get(given)
    if (now === undefined || !actor.rights.object(now).read) continue
    place['object'] = now
    heard.push({ given, means: now })
  }
  const { object } = (request.params ?? {}) as { object?: string }
  return release.model.objects.get(object ?? '')
}

function hearFields(request: FastifyRequest, renaming: Renaming): void {
  const params = request.params as Json
  if (typeof params['field'] === 'string') params['field'] = renaming.path(params['field'])
  request.query = inParameters(request.query as Json, renaming)
  const body = request.body as Json | null | undefined
  if (!body || typeof body !== 'object') return
  const last = request.routeOptions.url?.split('/').at(-1) ?? ''
  request.body = (BODIES[last] ?? inRecord)(body, renaming)
}

const inPath = (path: unknown, renaming: Renaming): unknown =>
  typeof path === 'string'
    ? path.replace(/^(-?)(.*)$/s, (_all, sign: string, name: string) => sign + renaming.path(name))
    : path

const inPaths = (text: unknown, renaming: Renaming): unknown =>
  typeof text === 'string'
    ? text
        .split(',')
        .map((one) => inPath(one.trim(), renaming))
        .join(',')
    : text

function inParameters(query: Json, renaming: Renaming): Json {
  const entries = Object.entries(query).map(([name, given]): [string, unknown] => {
    const filter = /^filter\[([^[\]]+)\](.*)$/s.exec(name)
    if (filter) return [`filter[${renaming.path(filter[1] ?? '')}]${filter[2] ?? ''}`, given]
    if (name === 'select' || name === 'sort') return [name, inPaths(given, renaming)]
    return [name, name === 'where' ? inWhere(given, renaming) : given]
  })
  return refuseTwice(entries)
}

/** What is no JSON is left to those who refuse it. */
function inWhere(given: unknown, renaming: Renaming): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.stringify(renameInExpression(JSON.parse(given) as Expression, renaming))
  } catch {
    return given
  }
}

/** Bodies that are no record, by the last part of their address. */
const BODIES: Readonly<Record<string, (body: Json, renaming: Renaming) => Json>> = {
  query: inQuery,
  aggregate: inQuery,
  batch: (body, renaming) => ({
    ...body,
    operations: (body['operations'] as Json[]).map((one) => ({
      ...one,
      ...(one['by'] ? { by: inRecord(one['by'] as Json, renaming) } : {}),
      ...(one['record'] ? { record: inRecord(one['record'] as Json, renaming) } : {}),
    })),
  }),
}

function inQuery(body: Json, renaming: Renaming): Json {
  const each = (key: string): Json => {
    const list = body[key]
    return Array.isArray(list) ? { [key]: list.map((one: unknown) => inSpec(one, renaming)) } : {}
  }
  const { where } = body
  return {
    ...body,
    ...(where === undefined ? {} : { where: renameInExpression(where as Expression, renaming) }),
    ...each('select'),
    ...each('sort'),
    ...each('group_by'),
    ...each('measures'),
  }
}

function inSpec(spec: unknown, renaming: Renaming): unknown {
  if (typeof spec !== 'object' || spec === null || !('field' in spec)) return inPath(spec, renaming)
  return { ...spec, field: inPath(spec.field, renaming) }
}

function inRecord(record: Json, renaming: Renaming): Json {
  return refuseTwice(
    Object.entries(record).map(([name, value]) => [renaming.path(name), value] as const),
  )
}

/** One thing under two names is one thing too many, unless both say the same. */
function refuseTwice(entries: readonly (readonly [string, unknown])[]): Json {
  const made: Json = {}
  for (const [name, value] of entries) {
    if (Object.hasOwn(made, name) && JSON.stringify(made[name]) !== JSON.stringify(value)) {
      throw refuse(
        'malformed',
        name,
        message('Given by two of its names, with two values', '以两个名称给出了不同的值'),
      )
    }
    made[name] = value
  }
  return made
}

function underBoth(answer: unknown, heard: readonly Heard[]): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  for (const record of recordsOf(answer as Json)) {
    for (const { given, means } of heard) callAlso(record, given.split('.'), means.split('.'))
  }
  for (const { errors } of [answer as { errors?: unknown }]) {
    for (const error of Array.isArray(errors) ? (errors as Json[]) : []) {
      const found = heard.find(({ means }) => means === error['path'])
      if (found) error['path'] = found.given
    }
  }
  return answer
}

function recordsOf(answer: Json): Json[] {
  const many = answer['records'] ?? answer['groups']
  if (Array.isArray(many)) return many as Json[]
  return [(answer['record'] ?? answer) as Json]
}

/** Gives a value the name of before beside its own; groups have whole paths as keys. */
function callAlso(record: Json, given: readonly string[], means: readonly string[]): void {
  const [old = '', now = ''] = [given.join('.'), means.join('.')]
  if (Object.hasOwn(record, now)) record[old] = record[now]
  if (given.length < 2) return
  const [first = '', ...rest] = given
  const [name = '', ...behind] = means
  const inner = record[name]
  if (typeof inner !== 'object' || inner === null) return
  callAlso(inner as Json, rest, behind)
  record[first] = inner
}
