import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import {
  canonicalJson,
  findConflicts,
  localize,
  type PatchConflict,
  type RawComponent,
  type WireConflict,
} from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { callerOf, recordAudit } from '../../audit/index.ts'
import {
  type Choice,
  flatten,
  isAt,
  layersInForce,
  loadEdits,
  openPackage,
  requireKind,
  settleConflicts,
  unzipPackage,
} from '../../catalog/index.ts'
import { zipPackage } from '../../catalog/zip-package.ts'
import { failure, type Failure, message, RequestError } from '../../errors.ts'
import { localeOf } from '../locale.ts'
import { metaSchema } from '../meta-schema.ts'
import { receiveUpload, requireForm, type Upload } from '../receive-upload.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { answerSet, setId } from './meta-change-sets.ts'
import { keepEdit } from './meta-edits.ts'

const closed = { additionalProperties: false } as const
const EditParams = Type.Object(
  { id: Type.String(), kind: Type.String(), name: Type.String() },
  closed,
)
const Choices = Type.Object(
  {
    choices: Type.Record(Type.String(), Type.Union([Type.Literal('mine'), Type.Literal('theirs')])),
  },
  closed,
)

const UPLOADED = `A form of the type multipart/form-data:
- \`file\`: the zip, as \`GET /meta/package\` gives it.
- \`label\`: what the change set is called; the name of the file if left out.
- \`others\`: \`keep\` (if left out) leaves components in force that the package does not have; \`remove\` takes them
  away, so that this environment becomes what the package is.
Nothing is in force before the change set is published.`

/** The whole metadata as a package, out and in, and what an upgrade of a package left to decide. */
export function packageRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  routes.get(
    '/api/v1/meta/package',
    {
      ...metaSchema(
        'All metadata in force as a zip of files; its ETag is equal for equal metadata',
      ),
      config: { policy: 'customize', surface: 'meta', perMinute: 30 } as const,
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const components = flatten(await layersInForce(target.db, target.schema))
      await context.db.inTransaction(async (tx) =>
        recordAudit(tx, {
          ...callerOf(context),
          action: 'export',
          details: { what: 'metadata', components: components.length },
        }),
      )
      return reply
        .type('application/zip')
        .header('etag', `"${contentHash(components)}"`)
        .header('content-disposition', 'attachment; filename="trellis-metadata.zip"')
        .send(zipPackage(components))
    },
  )
  routes.post(
    '/api/v1/meta/package',
    {
      ...metaSchema('Make a change set of a package', {
        description: UPLOADED,
        consumes: ['multipart/form-data'],
      }),
      config: { policy: 'customize', surface: 'meta', perMinute: 30 } as const,
      preValidation: requireForm,
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const id = await receiveUpload(request, ['label', 'others'], async (upload) => {
        const { label, removesOthers } = orderOf(upload)
        const files = await unzipPackage(await readFile(upload.file.path))
        const { userId: by } = context.actor
        return openPackage(target, files, { label, removesOthers, by, now: context.now })
      })
      return reply
        .code(201)
        .header('location', `/api/v1/meta/changesets/${id}`)
        .send(await answerSet(target, context, id, localeOf(request)))
    },
  )
  conflictRoutes(app, services)
}

function conflictRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const { target } = services
  routes.get(
    '/api/v1/meta/conflicts',
    metaSchema('What a package and the customer have both changed; the customer’s is in force'),
    async (request) => {
      const { packaged, patches } = await layersInForce(target.db, target.schema)
      return {
        conflicts: findConflicts(packaged, patches).map((one) =>
          wireConflict(request, packaged, one),
        ),
      }
    },
  )
  routes.post(
    '/api/v1/meta/changesets/:id/settle/:kind/:name',
    metaSchema('Decide every conflict of one component, by property path', {
      params: EditParams,
      body: Choices,
    }),
    async (request) => {
      const { kind: word, name } = request.params as { kind: string; name: string }
      const kind = requireKind(word)
      const { choices } = request.body as { choices: Record<string, Choice> }
      const [layers, edits] = await Promise.all([
        layersInForce(target.db, target.schema),
        loadEdits(target.db, target.schema, setId(request)),
      ])
      const { definition } = settleConflicts({ layers, edits }, { kind, name }, choices)
      return keepEdit(services, request, { kind, name, op: 'put', definition })
    },
  )
}

function wireConflict(
  request: FastifyRequest,
  packaged: readonly RawComponent[],
  { kind, name, path, base, theirs, mine, isGone }: PatchConflict,
): WireConflict {
  const component = packaged.find(isAt(kind, name))
  const { label } = (component?.definition ?? {}) as { label?: Parameters<typeof localize>[0] }
  return {
    kind,
    name,
    label: label === undefined ? name : localize(label, localeOf(request), name),
    path,
    base: base ?? null,
    theirs: theirs ?? null,
    mine: mine ?? null,
    gone: isGone,
  }
}

/** Equal for equal metadata, in whatever order and layers it came. */
function contentHash(components: readonly RawComponent[]): string {
  const lines = components
    .map(({ kind, name, definition }) => `${kind} ${name} ${canonicalJson(definition)}`)
    .toSorted()
  return createHash('sha256').update(lines.join('\n')).digest('base64url')
}

function orderOf({ fields, file }: Upload): { label: string; removesOthers: boolean } {
  const { others = 'keep' } = fields
  const label = (fields['label'] ?? file.name).trim()
  const failures: Failure[] = []
  if (others !== 'keep' && others !== 'remove') {
    failures.push(
      failure('others', 'malformed', message('Must be keep or remove', '应为 keep 或 remove')),
    )
  }
  if (label === '' || label.length > 200) {
    failures.push(
      failure(
        'label',
        'malformed',
        message('Must have 1 to 200 characters', '应为 1 至 200 个字符'),
      ),
    )
  }
  if (failures.length > 0) throw new RequestError('malformed', { failures })
  return { label, removesOthers: others === 'remove' }
}
