import {
  type DuplicateSearch,
  type DuplicateSearchList,
  isRecordId,
  type Locale,
  localize,
  type ObjectModel,
} from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import { beginSearch, searchableRules } from '../../duplicates/begin-search.ts'
import { dismissGroup } from '../../duplicates/dismiss-group.ts'
import { listSearches, loadSearch, type StoredSearch } from '../../duplicates/search-store.ts'
import { RequestError } from '../../errors.ts'
import { isReadable } from '../../query/field-path.ts'
import { loadDuplicateGroups } from '../../query/load-duplicate-groups.ts'
import { localeOf } from '../locale.ts'
import { StoryParameters } from '../record-queries.ts'
import { requireId, requireObject } from '../record-requests.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const config = { policy: 'signed_in', surface: 'duplicates' } as const
const Name = Type.String({ minLength: 1, maxLength: 200 })
const Empty = Type.Union([Type.Null(), Type.Object({}, closed)])
const GroupParams = Type.Object({ id: Type.String(), group: Type.String() }, closed)
const USUAL_PAGE = 25
const SearchBody = Type.Object(
  {
    object: Name,
    rule: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'A duplicate rule of the object; without one, by what the records tell',
      }),
    ),
  },
  closed,
)
const ListQuery = Type.Object({ object: Name }, closed)

/** Searches of whole objects for duplicates, and the lists that people look through. */
export function duplicateSearchRoutes(app: FastifyInstance, services: Services): void {
  groupRoutes(app, services)
  const routes = typedRoutes(app)
  routes.post(
    '/api/v1/duplicate-searches',
    {
      config: { ...config, perMinute: 30 },
      schema: {
        summary: 'Search an object for duplicates',
        tags: ['duplicates'],
        body: SearchBody,
      },
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const object = requireEdit(context, request.body.object)
      const id = await beginSearch(context, object, request.body.rule)
      const { search } = await requireSearch(context, id)
      return reply.code(202).send(answer(object, search, localeOf(request)))
    },
  )
  routes.get(
    '/api/v1/duplicate-searches',
    {
      config,
      schema: { summary: 'Searches of an object, the newest first', querystring: ListQuery },
    },
    async (request) => {
      const context = services.contextOf(request)
      const object = requireEdit(context, request.query.object)
      const { schema } = context.release.physical.names
      const own = { object: object.name, startedBy: context.actor.userId }
      const searches = await listSearches(context.db, schema, own)
      const locale = localeOf(request)
      return {
        searches: searches
          .filter((search) => mayKnow(context, object, search))
          .map((search) => answer(object, search, locale)),
        rules: searchableRules(context, object).map(({ name, definition }) => ({
          name,
          label: localize(definition.label, locale, name),
        })),
      } satisfies DuplicateSearchList
    },
  )
}

function groupRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  routes.get(
    '/api/v1/duplicate-searches/:id/groups',
    {
      config,
      schema: {
        summary: 'Records that may be about the same thing',
        params: IdParams,
        querystring: StoryParameters,
      },
    },
    async (request) => {
      const context = services.contextOf(request)
      const { search, object } = await requireSearch(context, request.params.id)
      const { limit = USUAL_PAGE, cursor } = request.query
      return loadDuplicateGroups(context, { search: search.id, object, limit, cursor, cursorKey })
    },
  )
  routes.post(
    '/api/v1/duplicate-searches/:id/groups/:group/dismiss',
    {
      config,
      schema: {
        summary: 'Say that they are not duplicates',
        params: GroupParams,
        body: Empty,
      },
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { params } = request
      const { search, object } = await requireSearch(context, requireId(params.id))
      await dismissGroup(context, object, { search: search.id, group: requireId(params.group) })
      return reply.code(204).send()
    },
  )
}

function requireEdit(context: Context, name: string): ObjectModel {
  const object = requireObject(context, name)
  if (!context.actor.rights.object(name).edit) throw new RequestError('forbidden')
  return object
}

/**
 * Whether the caller may know what was found: it is their search, made with all of their rights, and they may still
 * know all that was compared. What others found may be alike by values and records that the caller does not see.
 */
function mayKnow(
  context: Context,
  object: ObjectModel,
  { fields, startedBy }: StoredSearch,
): boolean {
  const { userId, within } = context.actor
  if (startedBy !== userId || within !== undefined) return false
  return fields.every((name) => {
    const field = object.fields.get(name)
    return field !== undefined && isReadable(context, field)
  })
}

async function requireSearch(
  context: Context,
  id: string,
): Promise<{ search: StoredSearch; object: ObjectModel }> {
  const search = isRecordId(id)
    ? await loadSearch(context.db, context.release.physical.names.schema, id)
    : undefined
  const object = search && context.release.model.objects.get(search.object)
  const isOpen = object !== undefined && context.actor.rights.object(object.name).edit
  if (!search || !isOpen || !mayKnow(context, object, search)) throw new RequestError('not_found')
  return { search, object }
}

function answer(object: ObjectModel, search: StoredSearch, locale: Locale): DuplicateSearch {
  const { id, rule, fields, status, progress, interrupted, note, createdAt, finishedAt } = search
  const match = object.duplicateRules.find(({ name }) => name === rule)?.definition.match
  return {
    id,
    object: object.name,
    rule,
    status,
    progress,
    interrupted,
    compared: fields.map((field) => ({
      field,
      method: match?.find((one) => one.field === field)?.method ?? null,
    })),
    note: note?.[locale] ?? null,
    created_at: createdAt,
    finished_at: finishedAt,
  }
}
