import {
  isTold,
  type Model,
  type ObjectAccess,
  type ObjectModel,
  ownFields,
  personalFields,
  type Rights,
} from '@trellis/metamodel'

import { ORGANIZATION_SOURCES } from '../../access/load-organization.ts'
import {
  type Answer,
  HTTP_METHODS,
  type HttpMethod,
  jsonAnswer,
  type JsonSchema,
  type Operation,
  type Parameter,
  type PathItem,
  schemaRef,
  shape,
  textAnswer,
} from './document.ts'

/** The paths of the records API, which are written once for all objects. */
export const RECORDS_PATH = '/api/v1/records/{object}'

/** What an operation of the records API takes and answers for one object. */
interface TypedOperation {
  /** The name of the operation: `list` becomes `list_account`. */
  readonly verb: string
  readonly right: keyof Pick<ObjectAccess, 'create' | 'read' | 'edit' | 'delete' | 'transfer'>
  readonly body?: (name: string) => JsonSchema
  readonly answers?: (name: string) => Readonly<Record<string, Answer>>
  /** Whether the operation is of any use, besides the right to it. */
  readonly isOpen?: (object: ObjectModel, rights: Rights) => boolean
  /** Takes the query parameters of a list. */
  readonly isList?: boolean
  readonly headers?: readonly Parameter[]
  /** Not of details, which have no owner of their own. */
  readonly isOfOwned?: true
}

const record = (name: string): JsonSchema => schemaRef(name)
const part = (suffix: string) => (name: string) => schemaRef(`${name}.${suffix}`)
const ok = (description: string, schema: (name: string) => JsonSchema) => (name: string) => ({
  200: jsonAnswer(description, schema(name)),
})
const created = (name: string): Record<string, Answer> => ({
  201: { ...jsonAnswer('The new record', record(name)), headers: WRITE_HEADERS },
})
const TEXT_HEADER = { schema: { type: 'string' } }
const WRITE_HEADERS = { ETag: TEXT_HEADER, Location: TEXT_HEADER }
const gone = (): Record<string, Answer> => ({ 204: { description: 'Deleted' } })

function headerOf(name: string, description: string): Parameter {
  return { name, in: 'header', description, schema: { type: 'string' } }
}
const IF_MATCH = headerOf('If-Match', 'The ETag of the version that is changed; 412 if it is stale')
const IF_NONE_MATCH = headerOf(
  'If-None-Match',
  'The ETag that the caller has; 304 if it is current',
)
const PREFER = headerOf('Prefer', 'return=minimal leaves the body out')

/** By method and the rest of the path. */
const OPERATIONS: ReadonlyMap<string, TypedOperation> = new Map<string, TypedOperation>([
  ['get ', { verb: 'list', right: 'read', isList: true, answers: ok('A page', part('page')) }],
  [
    'post /query',
    {
      verb: 'query',
      right: 'read',
      body: () => schemaRef('ListQuery'),
      answers: ok('A page', part('page')),
    },
  ],
  [
    'get /{id}',
    { verb: 'get', right: 'read', answers: ok('The record', record), headers: [IF_NONE_MATCH] },
  ],
  [
    'post ',
    {
      verb: 'create',
      right: 'create',
      body: part('create'),
      answers: created,
      headers: [PREFER],
    },
  ],
  [
    'patch /{id}',
    {
      verb: 'update',
      right: 'edit',
      body: part('patch'),
      answers: ok('The record', record),
      headers: [IF_MATCH, PREFER],
    },
  ],
  ['delete /{id}', { verb: 'delete', right: 'delete', answers: gone, headers: [IF_MATCH] }],
  ['post /{id}/restore', { verb: 'restore', right: 'delete', answers: ok('The record', record) }],
  [
    'get /{id}/as-of',
    {
      verb: 'read_past',
      right: 'read',
      answers: ok('The record as it was', () => schemaRef('RecordAsOf')),
    },
  ],
  [
    'get /bin',
    {
      verb: 'list_deleted',
      right: 'delete',
      answers: ok('What is in the recycle bin', () => schemaRef('BinPage')),
    },
  ],
  [
    'post /{id}/erase',
    {
      verb: 'erase',
      right: 'delete',
      answers: gone,
      isOpen: ({ name }, rights) => rights.system.has('erase') && !ORGANIZATION_SOURCES.has(name),
    },
  ],
  [
    'post /{id}/erase-personal-data',
    {
      verb: 'erase_personal_data',
      right: 'edit',
      answers: ok('What is left of the record', record),
      headers: [IF_MATCH, PREFER],
      isOpen: (object, rights) =>
        rights.system.has('erase') &&
        !ORGANIZATION_SOURCES.has(object.name) &&
        personalFields(object).length > 0,
    },
  ],
  [
    'post /{id}/merge',
    {
      verb: 'merge',
      right: 'delete',
      answers: ok('The record that is left', record),
      headers: [IF_MATCH, PREFER],
      isOpen: ({ name }) => !ORGANIZATION_SOURCES.has(name),
    },
  ],
  [
    'put /by/{field}/{value}',
    {
      verb: 'upsert',
      right: 'edit',
      body: part('patch'),
      answers: (name) => ({ ...ok('The changed record', record)(name), ...created(name) }),
    },
  ],
  [
    'post /batch',
    {
      verb: 'batch',
      right: 'read',
      body: part('batch'),
      answers: ok('Results in the order given', () => schemaRef('BatchResults')),
    },
  ],
  [
    'post /aggregate',
    {
      verb: 'aggregate',
      right: 'read',
      body: () => schemaRef('AggregateQuery'),
      answers: ok('Groups', () => schemaRef('AggregatePage')),
    },
  ],
  [
    'get /{id}/overview',
    { verb: 'overview', right: 'read', answers: ok('The 360° view', part('overview')) },
  ],
  [
    'get /{id}/timeline',
    {
      verb: 'timeline',
      right: 'read',
      answers: ok('Newest first', () => schemaRef('TimelinePage')),
    },
  ],
  [
    'get /{id}/history',
    { verb: 'history', right: 'read', answers: ok('Changes', () => schemaRef('HistoryPage')) },
  ],
  [
    'post /{id}/preview',
    { verb: 'preview', right: 'read', answers: ok('A dry run', part('preview')) },
  ],
  [
    'post /{id}/actions/reveal',
    {
      verb: 'reveal',
      right: 'read',
      isOpen: (object, { reveal }) => [...object.fields.values()].some(reveal),
      answers: ok('The value behind the mask', () => shape({ value: {} })),
    },
  ],
  [
    'get /{id}/print/{template}',
    {
      verb: 'print',
      right: 'read',
      answers: () => ({ 200: textAnswer('A page to print', 'text/html') }),
    },
  ],
  [
    'get /{id}/shares',
    {
      verb: 'list_shares_of',
      right: 'read',
      answers: ok('With whom it is shared', () => schemaRef('RecordShares')),
    },
  ],
  [
    'post /{id}/shares',
    {
      verb: 'share',
      right: 'read',
      isOfOwned: true,
      answers: () => ({
        200: jsonAnswer('It was shared with them already', schemaRef('RecordShare')),
        201: jsonAnswer('The new share', schemaRef('RecordShare')),
      }),
    },
  ],
  [
    'patch /{id}/shares/{share}',
    {
      verb: 'change_share_of',
      right: 'read',
      isOfOwned: true,
      answers: ok('The share', () => schemaRef('RecordShare')),
    },
  ],
  [
    'delete /{id}/shares/{share}',
    { verb: 'end_share_of', right: 'read', isOfOwned: true, answers: gone },
  ],
  [
    'post /{id}/actions/transfer',
    {
      verb: 'transfer',
      right: 'edit',
      isOfOwned: true,
      answers: ok('The new owner, and what went along', () => schemaRef('TransferAnswer')),
      headers: [IF_MATCH],
    },
  ],
  [
    'post /actions/transfer',
    {
      verb: 'transfer_many',
      right: 'edit',
      isOfOwned: true,
      answers: ok('Results in the order given', () => schemaRef('BatchResults')),
    },
  ],
  [
    'get /{id}/access',
    {
      verb: 'explain_access_to',
      right: 'read',
      answers: ok('What decides', () => schemaRef('AccessExplanation')),
    },
  ],
  [
    'post /preview',
    { verb: 'preview_create', right: 'read', answers: ok('A dry run', part('preview')) },
  ],
])

const RELATED = '/{id}/related/{relationship}'

/** The paths of one object, made from those that are written for all objects. */
export function objectPaths(
  generic: Readonly<Record<string, PathItem>>,
  object: ObjectModel,
  { model, rights }: { model: Model; rights: Rights },
): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {}
  for (const [path, item] of Object.entries(generic)) {
    const rest = path.slice(RECORDS_PATH.length)
    const own = `/api/v1/records/${object.name}${rest}`
    if (rest === RELATED) Object.assign(paths, relatedPaths(item, object, { model, rights }))
    else addPath(paths, own, typedItem(item, { rest, object, rights }))
  }
  return paths
}

function addPath(paths: Record<string, PathItem>, path: string, item: PathItem): void {
  if (Object.keys(item).length > 0) paths[path] = item
}

function typedItem(
  item: PathItem,
  { rest, object, rights }: { rest: string; object: ObjectModel; rights: Rights },
): PathItem {
  const access = rights.object(object.name)
  const operations = HTTP_METHODS.flatMap((method) => {
    const operation = item[method]
    const typed = OPERATIONS.get(`${method} ${rest}`)
    if (operation === undefined || !access[typed?.right ?? 'read']) return []
    if (typed?.isOfOwned === true && object.master !== undefined) return []
    if (typed?.isOpen?.(object, rights) === false) return []
    return [[method, typeOperation(operation, { typed, method, rest, object, rights })]]
  })
  return Object.fromEntries(operations)
}

function typeOperation(
  operation: Operation,
  asked: {
    typed: TypedOperation | undefined
    method: HttpMethod
    rest: string
    object: ObjectModel
    rights: Rights
  },
): Operation {
  const { typed, method, rest, object, rights } = asked
  const { name } = object
  const verb = typed?.verb ?? `${method}${rest.replaceAll(/[/{}]+/g, '_').replace(/_$/, '')}`
  const parameters = withoutParameter(operation.parameters, 'object')
  return {
    ...operation,
    operationId: `${verb}_${name}`,
    tags: [name],
    parameters: [
      ...(typed?.isList === true ? listParameters(parameters, object, rights) : parameters),
      ...(typed?.headers ?? []),
    ],
    ...(typed?.body ? { requestBody: jsonBody(typed.body(name)) } : {}),
    responses: typed?.answers?.(name) ?? operation.responses,
  }
}

function jsonBody(schema: JsonSchema): NonNullable<Operation['requestBody']> {
  return { required: true, content: { 'application/json': { schema } } }
}

/** The related lists of an object, each with the records of its own kind. */
function relatedPaths(
  item: PathItem,
  object: ObjectModel,
  { model, rights }: { model: Model; rights: Rights },
): Record<string, PathItem> {
  const operation = item.get
  if (operation === undefined) return {}
  // The reference makes the list: whoever may not know it has no list.
  const related = [...object.relationships.values()].filter((one) => {
    const reference = model.objects.get(one.object)?.fields.get(one.field)
    return rights.object(one.object).read && reference && isTold(rights.field(reference))
  })
  const parameters = withoutParameter(
    withoutParameter(operation.parameters, 'object'),
    'relationship',
  )
  return Object.fromEntries(
    related.map(({ name, object: child }) => [
      `/api/v1/records/${object.name}/{id}/related/${name}`,
      {
        get: {
          ...operation,
          operationId: `list_${name}_of_${object.name}`,
          tags: [object.name],
          parameters,
          responses: { 200: jsonAnswer('A page', schemaRef(`${child}.page`)) },
        },
      },
    ]),
  )
}

function withoutParameter(parameters: Operation['parameters'], name: string): Parameter[] {
  return (parameters ?? []).filter((parameter) => parameter.name !== name)
}

/** `filter[stage]=won`: one key for each field that the caller may read, or a field and an operator. */
function listParameters(
  parameters: readonly Parameter[],
  object: ObjectModel,
  rights: Rights,
): Parameter[] {
  const fields = ownFields(object.fields.values()).filter(
    (field) => field.type.operators.length > 0 && isTold(rights.field(field)),
  )
  const value = schemaRef('FilterValue')
  const filter: Parameter = {
    name: 'filter',
    in: 'query',
    style: 'deepObject',
    explode: true,
    description: 'filter[stage]=won, filter[amount][gte]=1000, filter[account.industry][in]=a,b',
    schema: {
      type: 'object',
      properties: Object.fromEntries(fields.map(({ name }) => [name, value])),
      additionalProperties: true,
    },
  }
  return [...parameters.filter(({ name }) => !name.startsWith('filter')), filter]
}
