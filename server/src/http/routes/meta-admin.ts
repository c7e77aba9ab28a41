import type { KINDS, WirePatch } from '@trellis/metamodel'
import { InvalidExpression, isRecordId, type Locale, nearest, valueAt } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import { callerOf } from '../../audit/index.ts'
import {
  closeChangeSet,
  countBreaking,
  createChangeSet,
  dropEdit,
  type Edit,
  estimateRows,
  flatten,
  isAt,
  isLarge,
  layerOf,
  type Layers,
  layersInForce,
  listChangeSets,
  loadEditedSet,
  loadJobOfSet,
  judgeComponents,
  previewChangeSet,
  publishChangeSet,
  type PublishTarget,
  requireKind,
  saveEdit,
} from '../../catalog/index.ts'
import { failure, message, refuse, RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { wireChangeSet, wireMetadataProblem, wirePlan } from '../meta-answers.ts'
import { metaQuestion, metaSchema } from '../meta-schema.ts'
import { nameUsers } from '../name-users.ts'
import { answerPublish, sendPublished } from '../publish-answers.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { publishRoutes } from './meta-publishes.ts'
import { releaseRoutes } from './meta-releases.ts'

const closed = { additionalProperties: false } as const
const KindParams = Type.Object({ kind: Type.String() }, closed)
const NameParams = Type.Object({ kind: Type.String(), name: Type.String() }, closed)
const SetParams = Type.Object({ id: Type.String() }, closed)
const EditParams = Type.Object(
  { id: Type.String(), kind: Type.String(), name: Type.String() },
  closed,
)
const LabelBody = Type.Union([
  Type.Null(),
  Type.Object({ label: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }, closed),
])
const Yes = Type.Union([Type.Literal('1'), Type.Literal('true')])
const Nothing = Type.Union([Type.Null(), Type.Object({}, closed)])
const RuleBody = Type.Object({ object: Type.String(), error_if: Type.Unknown() }, closed)

/** Definitions as authored, change sets, plans, publishing and releases: for those who may customize. */
export function metaAdminRoutes(app: FastifyInstance, services: Services): void {
  definitionRoutes(app, services)
  changeSetRoutes(app, services)
  editRoutes(app, services)
  planRoutes(app, services)
  publishRoutes(app, services)
  releaseRoutes(app, services)
}

function definitionRoutes(app: FastifyInstance, services: Services): void {
  const { target } = services
  const routes = typedRoutes(app)
  routes.get(
    '/api/v1/meta/:kind',
    metaSchema('Definitions of one kind as authored', { params: KindParams }),
    async (request) => {
      const kind = requireKind((request.params as { kind: string }).kind)
      const layers = await layersInForce(target.db, target.schema)
      const components = flatten(layers).filter((one) => one.kind === kind)
      const patches = layers.patches.filter((one) => one.kind === kind && one.path !== '')
      const patched = new Set(patches.map((one) => one.name))
      return {
        components: components.map(({ name, definition }) => ({
          kind,
          name,
          definition,
          layer: layerOf(layers, kind, name),
          patched: patched.has(name),
        })),
      }
    },
  )
  routes.get(
    '/api/v1/meta/:kind/:name',
    metaSchema('One definition as authored', { params: NameParams }),
    async (request) => {
      const { kind: word, name } = request.params as { kind: string; name: string }
      const kind = requireKind(word)
      const layers = await layersInForce(target.db, target.schema)
      const all = flatten(layers).filter((one) => one.kind === kind)
      const found = all.find((one) => one.name === name)
      if (!found) {
        throw unknownComponent(
          kind,
          name,
          all.map((one) => one.name),
        )
      }
      return {
        kind,
        name,
        definition: found.definition,
        layer: layerOf(layers, kind, name),
        patches: wirePatches(layers, kind, name),
      }
    },
  )
  routes.get(
    '/api/v1/meta/where-used/:kind/:name',
    metaSchema('Everything that refers to a component', { params: NameParams }),
    async (request) => {
      const { kind, name } = request.params as { kind: string; name: string }
      return { uses: await whereUsed(target, { kind: requireKind(kind), name }, localeOf(request)) }
    },
  )
}

/** What the customer has changed of a component of a package. */
function wirePatches({ packaged, patches }: Layers, kind: string, name: string): WirePatch[] {
  const vendor = packaged.find(isAt(kind, name))
  return patches
    .filter(isAt(kind, name))
    .filter(({ path }) => path !== '')
    .map(({ path, value }) => ({
      path,
      vendor: valueAt(vendor?.definition, path.split('.')) ?? null,
      mine: value ?? null,
    }))
}

function unknownComponent(kind: string, name: string, known: readonly string[]): RequestError {
  const suggestion = nearest(name, known)
  return new RequestError('not_found', {
    detail: message(
      `There is no ${kind} "${name}"${suggestion ? `. Did you mean "${suggestion}"?` : ''}`,
      `没有 ${kind}“${name}”${suggestion ? `，是否想写“${suggestion}”？` : ''}`,
    ),
  })
}

/** What would be wrong without a component is what refers to it; no list of references has to be kept. */
async function whereUsed(
  target: PublishTarget,
  of: { kind: string; name: string },
  locale: Locale,
): Promise<unknown[]> {
  const components = flatten(await layersInForce(target.db, target.schema))
  const rest = components.filter((one) => !(one.kind === of.kind && one.name === of.name))
  const { problems } = await judgeComponents(rest, target.fieldTypes)
  return problems
    .map((problem) => wireMetadataProblem(problem, locale))
    .map(({ kind, name, path }) => ({ kind, name, path }))
}

/** The id of the change set of a request. @throws RequestError not_found */
export function setId(request: { params: unknown }): string {
  const { id } = request.params as { id: string }
  if (!isRecordId(id)) throw new RequestError('not_found')
  return id
}

/** A change set as it goes over the wire. */
export async function answerSet(
  target: PublishTarget,
  context: Context,
  id: string,
  locale: Locale,
): Promise<ReturnType<typeof wireChangeSet>> {
  const edited = await loadEditedSet(target, id)
  const nameUser = await nameUsers(context, [edited.set.createdBy])
  return wireChangeSet({ ...edited, nameUser, locale })
}

function changeSetRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  const { db, schema: tenant } = target
  routes.post(
    '/api/v1/meta/changesets',
    metaSchema('Open a change set', { body: LabelBody }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const label = (request.body as { label?: string } | null)?.label ?? context.actor.name
      const made = await createChangeSet(db, tenant, {
        label,
        release: context.release.number,
        by: context.actor.userId,
        now: context.now,
      })
      return reply
        .code(201)
        .header('location', `/api/v1/meta/changesets/${made.id}`)
        .send(await answerSet(target, context, made.id, localeOf(request)))
    },
  )
  routes.get('/api/v1/meta/changesets', metaSchema('Open change sets'), async (request) => {
    const context = services.contextOf(request)
    const sets = await listChangeSets(db, tenant)
    const nameUser = await nameUsers(
      context,
      sets.map((set) => set.createdBy),
    )
    return {
      change_sets: sets.map((set) => ({
        ...wireChangeSet({
          set,
          edits: [],
          problems: [],
          current: () => null,
          nameUser,
          locale: localeOf(request),
        }),
        items: undefined,
        problems: undefined,
      })),
    }
  })
  routes.get(
    '/api/v1/meta/changesets/:id',
    metaSchema('One change set with its edits', { params: SetParams }),
    async (request) => {
      const [context, id, locale] = [services.contextOf(request), setId(request), localeOf(request)]
      const job = await loadJobOfSet(db, tenant, id)
      return {
        ...(await answerSet(target, context, id, locale)),
        publish: job ? await answerPublish(services, context, job, locale) : null,
      }
    },
  )
  routes.delete(
    '/api/v1/meta/changesets/:id',
    metaSchema('Discard a change set', { params: SetParams }),
    async (request, reply) => {
      await closeChangeSet(db, tenant, setId(request), 'discarded', services.contextOf(request).now)
      return reply.code(204).send()
    },
  )
}

function editRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { db, schema: tenant } = services.target
  routes.put(
    '/api/v1/meta/changesets/:id/:kind/:name',
    metaSchema('Put one definition', {
      params: EditParams,
      body: Type.Record(Type.String(), Type.Unknown()),
    }),
    async (request) => putEdit(services, request, 'put'),
  )
  routes.delete(
    '/api/v1/meta/changesets/:id/:kind/:name',
    metaSchema(
      'Remove one definition; with `undo` take the edit back; with `reset` go back to the value of the package',
      {
        params: EditParams,
        querystring: Type.Object({ undo: Type.Optional(Yes), reset: Type.Optional(Yes) }, closed),
      },
    ),
    async (request, reply) => {
      const { undo, reset } = request.query as { undo?: string; reset?: string }
      if (reset !== undefined) return resetEdit(services, request)
      if (undo === undefined) return putEdit(services, request, 'delete')
      const { kind, name } = request.params as { kind: string; name: string }
      await dropEdit(db, tenant, setId(request), requireKind(kind), name)
      return reply.code(204).send()
    },
  )
  routes.post(
    '/api/v1/meta/changesets/:id/check-rule',
    metaQuestion('How many existing records a condition is true for', {
      params: SetParams,
      body: RuleBody,
    }),
    async (request) => checkRule(services, request),
  )
}

async function putEdit(
  services: Services,
  request: FastifyRequest,
  op: 'put' | 'delete',
): Promise<unknown> {
  const { kind, name } = request.params as { kind: string; name: string }
  const known = requireKind(kind)
  if (op === 'delete') await requireKnown(services.target, setId(request), known, name)
  return keepEdit(services, request, { kind: known, name, op, definition: request.body })
}

/** Puts the vendor's definition: nothing of the customer's is left on it. @throws RequestError conflict if it is of no package */
async function resetEdit(services: Services, request: FastifyRequest): Promise<unknown> {
  const { target } = services
  const { kind: word, name } = request.params as { kind: string; name: string }
  const kind = requireKind(word)
  const { packaged } = await layersInForce(target.db, target.schema)
  const vendor = packaged.find(isAt(kind, name))
  if (!vendor) {
    await requireKnown(target, setId(request), kind, name)
    throw new RequestError('conflict', {
      detail: message(
        'This is your own: there is no value of a package to go back to',
        '这是自定义组件，没有可恢复的出厂值',
      ),
    })
  }
  return keepEdit(services, request, { kind, name, op: 'put', definition: vendor.definition })
}

/** Keeps an edit in the change set of the request, and answers it with what is wrong with it. */
export async function keepEdit(
  services: Services,
  request: FastifyRequest,
  edit: Edit,
): Promise<unknown> {
  const { target } = services
  const context = services.contextOf(request)
  const { kind, name } = edit
  await saveEdit(target.db, target.schema, setId(request), edit, context.now)
  const set = await answerSet(target, context, setId(request), localeOf(request))
  return set.items.find((item) => item.kind === kind && item.name === name)
}

async function requireKnown(
  target: PublishTarget,
  id: string,
  kind: keyof typeof KINDS,
  name: string,
): Promise<void> {
  const { edits, current } = await loadEditedSet(target, id)
  const isKnown =
    current(kind, name) !== undefined ||
    edits.some((edit) => edit.kind === kind && edit.name === name)
  if (!isKnown) throw unknownComponent(kind, name, [])
}

async function checkRule(services: Services, request: FastifyRequest): Promise<unknown> {
  const { target } = services
  const context = services.contextOf(request)
  const { object, error_if: expression } = request.body as { object: string; error_if: unknown }
  const { plan } = await previewChangeSet(target, setId(request), { publisher: context })
  const model = plan.ready?.model ?? context.release.model
  if (!model.objects.has(object)) {
    throw refuse(
      'malformed',
      'object',
      message(`There is no object "${object}"`, `没有对象“${object}”`),
    )
  }
  const { physical } = context.release
  try {
    const found = await countBreaking(target.db, {
      model,
      current: context.release.model,
      physical,
      object,
      expression,
      reader: context,
      counts: 'known',
    })
    return found ?? { count: null, samples: [] }
  } catch (error) {
    throw error instanceof InvalidExpression ? conditionFault(error) : error
  }
}

function conditionFault(error: InvalidExpression): RequestError {
  const failures = error.problems.map(({ path, code, message: text, suggestion }) =>
    failure(
      path === '' ? 'error_if' : `error_if.${path}`,
      code,
      text,
      suggestion === undefined ? {} : { suggestion },
    ),
  )
  return new RequestError('malformed', { cause: error, failures })
}

function planRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  routes.post(
    '/api/v1/meta/changesets/:id/plan',
    metaQuestion('What publishing would do', { params: SetParams, body: Nothing }),
    async (request) => {
      const { set, ...preview } = await previewChangeSet(target, setId(request), {
        publisher: services.contextOf(request),
        isCounting: true,
        isTesting: true,
      })
      const rows = await estimateRows(target.db, target.schema)
      return wirePlan({
        set,
        preview,
        rows,
        isLarge: isLarge(target, rows),
        locale: localeOf(request),
      })
    },
  )
  routes.post(
    '/api/v1/meta/changesets/:id/publish',
    metaSchema('Plan, apply, activate; 202 where large tables make it go on in steps', {
      params: SetParams,
      body: LabelBody,
    }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const label = (request.body as { label?: string } | null)?.label
      const done = await publishChangeSet({ ...target, db: context.db }, setId(request), {
        ...(label === undefined ? {} : { label }),
        by: context.actor.userId,
        now: context.now,
        caller: callerOf(context),
        publisher: context,
      })
      return sendPublished(services, request, reply, done)
    },
  )
}
