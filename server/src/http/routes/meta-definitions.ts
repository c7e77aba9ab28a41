import { type Locale, nearest, valueAt, type WirePatch } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import {
  flatten,
  isAt,
  judgeComponents,
  layerOf,
  type Layers,
  layersInForce,
  type PublishTarget,
  requireKind,
} from '../../catalog/index.ts'
import { message, RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { wireMetadataProblem } from '../meta-answers.ts'
import { metaSchema } from '../meta-schema.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const KindParams = Type.Object({ kind: Type.String() }, closed)
const NameParams = Type.Object({ kind: Type.String(), name: Type.String() }, closed)

/** Definitions as authored, and what refers to them: for those who may customize. */
export function definitionRoutes(app: FastifyInstance, services: Services): void {
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

/** That there is no such component, with the name that may have been meant. */
export function unknownComponent(
  kind: string,
  name: string,
  known: readonly string[],
): RequestError {
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
