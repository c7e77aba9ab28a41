import { createHash } from 'node:crypto'

import { localize, type Rights } from '@trellis/metamodel'

import type { Context } from '../../access/context.ts'
import type { Release } from '../../schema/release.ts'
import { needsNoPermission } from '../route-policy.ts'
import { ANSWER_SCHEMAS } from './answer-schemas.ts'
import { COMMON_SCHEMAS } from './common-schemas.ts'
import {
  HTTP_METHODS,
  type JsonSchema,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type PathItem,
  schemaRef,
} from './document.ts'
import { objectPaths, RECORDS_PATH } from './object-operations.ts'
import { objectSchemas } from './object-schemas.ts'
import { ANSWERS, BODIES } from './route-answers.ts'

/** A document as it goes over the wire. */
export interface CallerDocument {
  readonly text: string
  readonly etag: string
}

const DOCUMENTS = Symbol('OpenAPI documents')
const MOST_DOCUMENTS = 50

/**
 * The OpenAPI document of exactly what the caller may call: the routes that their permissions open,
 * and the records API written out for each object that they may read. Made once per release, rights
 * and language.
 */
export function documentFor(base: OpenApiDocument, { release, actor }: Context): CallerDocument {
  const known = knownDocuments(release)
  const key = `${actor.locale} ${actor.rights.signature}`
  const document = known.get(key) ?? makeDocument(base, release, actor)
  known.set(key, document)
  if (known.size > MOST_DOCUMENTS) known.delete([...known.keys()][0] ?? key)
  return document
}

function knownDocuments({ derived }: Release): Map<string, CallerDocument> {
  const known = derived.get(DOCUMENTS)
  if (known instanceof Map) return known
  const made = new Map<string, CallerDocument>()
  derived.set(DOCUMENTS, made)
  return made
}

function isOfRecords([path]: [string, PathItem]): boolean {
  return path.startsWith(RECORDS_PATH)
}

type Caller = Pick<Context['actor'], 'rights' | 'locale'>

function makeDocument(base: OpenApiDocument, release: Release, caller: Caller): CallerDocument {
  const objects = [...release.model.objects.values()].filter(
    ({ name }) => caller.rights.object(name).read,
  )
  const paths = allowedPaths(base.paths, caller.rights)
  const generic = Object.fromEntries(Object.entries(paths).filter(isOfRecords))
  const schemas: Record<string, JsonSchema> = {
    ...base.components.schemas,
    ...COMMON_SCHEMAS,
    ...ANSWER_SCHEMAS,
  }
  const written: Record<string, PathItem> = Object.fromEntries(
    Object.entries(paths).filter((entry) => !isOfRecords(entry)),
  )
  for (const object of objects) {
    Object.assign(schemas, objectSchemas(object, caller.rights))
    Object.assign(written, objectPaths(generic, object, { ...release, ...caller }))
  }
  const tags = objects.map(({ name, label }) => ({
    name,
    description: localize(label, caller.locale, name),
  }))
  const document: OpenApiDocument = {
    ...base,
    tags,
    paths: mapOperations(written, finish),
    components: { ...base.components, schemas, responses: { Problem: PROBLEM } },
  }
  return sealed(document)
}

const PROBLEM = {
  description: 'Problem details; `code` is one of a closed list',
  content: { 'application/problem+json': { schema: schemaRef('Problem') } },
}

/** The routes that the caller's permissions open. */
function allowedPaths(
  paths: OpenApiDocument['paths'],
  { system }: Rights,
): Record<string, PathItem> {
  const isOpen = ({ 'x-policy': policy }: Operation): boolean =>
    needsNoPermission(policy) || [...system].some((right) => right === policy)
  return mapOperations(paths, (operation) => (isOpen(operation) ? operation : undefined))
}

/** Adds to an operation what all have in common, and takes away what is not for readers. */
function finish(operation: Operation, method: string, path: string): Operation {
  const { 'x-policy': policy, ...rest } = operation
  const responses = ANSWERS.get(`${method} ${path}`) ?? operation.responses
  const requestBody = BODIES.get(`${method} ${path}`) ?? rest.requestBody
  return {
    ...rest,
    ...(requestBody === undefined ? {} : { requestBody }),
    operationId: rest.operationId ?? operationIdOf(method, path),
    ...securityOf(method, policy),
    ...parametersOf(rest, method, policy),
    responses: { ...responses, default: { $ref: '#/components/responses/Problem' } },
  }
}

/** Reading needs a session or a key; writing under a session needs its token as well. */
function securityOf(method: string, policy: string | undefined): { security?: unknown } {
  if (policy === 'public') return { security: [] }
  return method === 'get' ? {} : { security: [{ session: [], csrf: [] }, { apiKey: [] }] }
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A repeat with the same key answers what the first request answered',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function parametersOf(
  { parameters = [] }: Pick<Operation, 'parameters'>,
  method: string,
  policy: string | undefined,
): { parameters?: readonly Parameter[] } {
  if (method === 'post' && policy !== 'public') {
    return { parameters: [...parameters, IDEMPOTENCY_KEY] }
  }
  return parameters.length > 0 ? { parameters } : {}
}

/** `post /api/v1/auth/login` → `post_auth_login` */
function operationIdOf(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, '').split(/[^A-Za-z0-9]+/)
  return [method, ...words].filter((word) => word !== '').join('_')
}

function mapOperations(
  paths: OpenApiDocument['paths'],
  change: (operation: Operation, method: string, path: string) => Operation | undefined,
): Record<string, PathItem> {
  const changed = Object.entries(paths).map(([path, item]): [string, PathItem] => {
    const operations = HTTP_METHODS.flatMap((method) => {
      const operation = item[method] && change(item[method], method, path)
      return operation === undefined ? [] : [[method, operation] as const]
    })
    return [path, Object.fromEntries(operations)]
  })
  return Object.fromEntries(changed.filter(([, item]) => Object.keys(item).length > 0))
}

function sealed(document: OpenApiDocument): CallerDocument {
  const text = JSON.stringify(document)
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 27)
  return { text, etag: `"${digest}"` }
}
