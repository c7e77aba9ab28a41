import { ACCESS_SCOPES, FIELD_ACCESS, MATCH_METHODS } from '@trellis/metamodel'

import { XLSX_TYPE } from '../../workbooks/index.ts'
import { ImportMapping } from '../import-mapping.ts'
import {
  ANYTHING,
  COUNT,
  FLAG,
  MOMENT,
  oneOf,
  REFERENCE,
  REFERENCE_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  UUID,
} from './common-schemas.ts'
import {
  type Answer,
  jsonAnswer,
  type JsonSchema,
  listOf,
  orNull,
  type Operation,
  schemaRef,
  shape,
  textAnswer,
} from './document.ts'

const BYTES = { schema: { type: 'string', format: 'binary' } }
const approval = jsonAnswer('The approval', schemaRef('ApprovalDetail'))
const DUPLICATE_SEARCH = shape({
  id: UUID,
  object: TEXT,
  rule: TEXT_OR_NULL,
  status: oneOf('pending', 'running', 'done', 'failed'),
  progress: { type: 'number', minimum: 0, maximum: 1 },
  interrupted: FLAG,
  compared: listOf(shape({ field: TEXT, method: orNull(oneOf(...MATCH_METHODS)) })),
  note: TEXT_OR_NULL,
  created_at: MOMENT,
  finished_at: orNull(MOMENT),
})
const DUPLICATE_SEARCHES = shape({
  searches: listOf(DUPLICATE_SEARCH),
  rules: listOf(shape({ name: TEXT, label: TEXT })),
})
const DUPLICATE_GROUPS = shape({
  'left?': COUNT,
  groups: listOf(
    shape({
      id: UUID,
      score: { type: 'number', minimum: 0, maximum: 1 },
      agreed: listOf(TEXT),
      records: listOf(REFERENCE),
    }),
  ),
  next_cursor: TEXT_OR_NULL,
})
const authored: JsonSchema = { type: 'object', additionalProperties: true }
const changeSet = jsonAnswer('The change set', schemaRef('ChangeSet'))
const component = shape({
  kind: TEXT,
  name: TEXT,
  definition: authored,
  layer: { type: 'string', description: 'The package that it comes from, or customer' },
  patched: {
    type: 'boolean',
    description: 'Whether the customer has changed a component of a package',
  },
})
const patchedComponent = shape({
  kind: TEXT,
  name: TEXT,
  definition: authored,
  layer: { type: 'string', description: 'The package that it comes from, or customer' },
  patches: listOf(shape({ path: TEXT, vendor: ANYTHING, mine: ANYTHING })),
})
const conflict = shape({
  kind: TEXT,
  name: TEXT,
  label: TEXT,
  path: TEXT,
  base: ANYTHING,
  theirs: ANYTHING,
  mine: ANYTHING,
  gone: FLAG,
})
const item = jsonAnswer('The edit, and what is wrong with it', schemaRef('ChangeSetItem'))
const job = jsonAnswer('The job', schemaRef('ImportJob'))
const published = jsonAnswer('The new release', schemaRef('Published'))
const underWay = jsonAnswer('It goes on in steps: follow it at `location`', schemaRef('Published'))
const publish = jsonAnswer('The publish and its steps', schemaRef('Publish'))

const changeSetSummary = shape({
  id: UUID,
  label: TEXT,
  base_release: COUNT,
  status: oneOf('open', 'publishing', 'published', 'discarded'),
  created_by: REFERENCE_OR_NULL,
  created_at: MOMENT,
  updated_at: MOMENT,
})

const apps = shape({
  apps: listOf(
    shape({
      name: TEXT,
      label: TEXT,
      navigation: listOf({ anyOf: [shape({ object: TEXT }), shape({ dashboard: TEXT })] }),
    }),
  ),
  dashboards: listOf({
    type: 'object',
    properties: { name: TEXT, label: TEXT, tiles: listOf(authored) },
    required: ['name', 'label', 'tiles'],
    additionalProperties: true,
  }),
})

const rightFlags = (...rights: readonly string[]): JsonSchema =>
  shape(Object.fromEntries(rights.map((right) => [right, FLAG])))
const scopeLists = (...rights: readonly string[]): JsonSchema =>
  shape(Object.fromEntries(rights.map((right) => [right, listOf(oneOf(...ACCESS_SCOPES))])))
const way = shape({ reason: authored, label: TEXT_OR_NULL, count: COUNT })

const userAccess = shape({
  user: REFERENCE,
  object: TEXT,
  permission_sets: listOf(shape({ name: TEXT, label: TEXT, rights: listOf(TEXT) })),
  rights: rightFlags('create', 'read', 'edit', 'delete', 'transfer', 'export'),
  scopes: scopeLists('read', 'edit', 'delete', 'transfer'),
  fields: listOf(shape({ field: TEXT, label: TEXT, access: oneOf(...FIELD_ACCESS), reveal: FLAG })),
  records: shape({
    looked_at: COUNT,
    visible: COUNT,
    complete: FLAG,
    first: listOf(shape({ id: UUID, name: TEXT_OR_NULL })),
  }),
  ways: listOf(way),
  restrictions: listOf(way),
})

const approvalPreview = shape({
  process: TEXT,
  steps: listOf(
    shape({
      name: TEXT,
      label: TEXT,
      mode: TEXT,
      skipped: FLAG,
      approvers: listOf(shape({ id: UUID, name: TEXT_OR_NULL, delegate: REFERENCE_OR_NULL })),
      because: { ...ANYTHING, description: 'The approvers of the step as authored' },
    }),
  ),
})

/** What a route answers when it succeeds, for routes that leave it to their contract type. */
export const ANSWERS: ReadonlyMap<string, Readonly<Record<string, Answer>>> = new Map([
  [
    'get /api/v1/records/user/{id}/holdings',
    { 200: jsonAnswer('What the user holds', schemaRef('Holdings')) },
  ],
  [
    'post /api/v1/records/user/{id}/actions/deactivate',
    { 200: jsonAnswer('What became of it', schemaRef('Deactivation')) },
  ],
  [
    'get /api/v1/users/{id}/sign-in',
    {
      200: jsonAnswer(
        'How they get in',
        shape({
          email: TEXT_OR_NULL,
          last_seen_at: orNull(MOMENT),
          sessions: COUNT,
          api_keys: COUNT,
          second_step: FLAG,
        }),
      ),
    },
  ],
  ['get /api/v1/search', { 200: jsonAnswer('What was found', schemaRef('SearchAnswer')) }],
  ['get /api/v1/approvals', { 200: jsonAnswer('A box', schemaRef('ApprovalBox')) }],
  ['post /api/v1/approvals', { 201: approval }],
  [
    'post /api/v1/approvals/preview',
    { 200: jsonAnswer('The steps and who would decide in each', approvalPreview) },
  ],
  ['get /api/v1/delegations', { 200: jsonAnswer('Soonest first', schemaRef('Delegations')) }],
  ['post /api/v1/delegations', { 201: jsonAnswer('The delegation', schemaRef('Delegation')) }],
  ['delete /api/v1/delegations/{id}', { 204: { description: 'Ended' } }],
  ['get /api/v1/approvals/{id}', { 200: approval }],
  ['post /api/v1/approvals/{id}/recall', { 200: approval }],
  ['post /api/v1/work-items/{id}/approve', { 200: approval }],
  ['post /api/v1/work-items/{id}/reject', { 200: approval }],
  [
    'get /api/v1/meta/objects',
    {
      200: jsonAnswer(
        'What the caller may use',
        shape({ release: COUNT, objects: listOf(schemaRef('DescribedObject')) }),
      ),
    },
  ],
  [
    'get /api/v1/meta/objects/{object}',
    { 200: jsonAnswer('The object', schemaRef('DescribedObject')) },
  ],
  [
    'get /api/v1/meta/access',
    { 200: jsonAnswer('What they may do, what they see, and by what', userAccess) },
  ],
  ['get /api/v1/meta/apps', { 200: jsonAnswer('Menus and dashboards', apps) }],
  [
    'get /api/v1/meta/{kind}',
    { 200: jsonAnswer('The definitions', shape({ components: listOf(component) })) },
  ],
  ['get /api/v1/meta/{kind}/{name}', { 200: jsonAnswer('The definition', patchedComponent) }],
  ['get /api/v1/meta/package', { 200: textAnswer('A zip of files', 'application/zip') }],
  ['post /api/v1/meta/package', { 201: changeSet }],
  [
    'get /api/v1/meta/conflicts',
    { 200: jsonAnswer('What is to be decided', shape({ conflicts: listOf(conflict) })) },
  ],
  ['post /api/v1/meta/changesets/{id}/rename/{kind}/{name}', { 200: changeSet }],
  ['post /api/v1/meta/changesets/{id}/settle/{kind}/{name}', { 200: item }],
  [
    'get /api/v1/meta/where-used/{kind}/{name}',
    {
      200: jsonAnswer(
        'What refers to it',
        shape({ uses: listOf(shape({ kind: TEXT, name: TEXT, path: TEXT })) }),
      ),
    },
  ],
  ['post /api/v1/meta/changesets', { 201: changeSet }],
  [
    'get /api/v1/meta/changesets',
    { 200: jsonAnswer('Open change sets', shape({ change_sets: listOf(changeSetSummary) })) },
  ],
  ['get /api/v1/meta/changesets/{id}', { 200: changeSet }],
  ['delete /api/v1/meta/changesets/{id}', { 204: { description: 'Discarded' } }],
  ['put /api/v1/meta/changesets/{id}/{kind}/{name}', { 200: item }],
  [
    'delete /api/v1/meta/changesets/{id}/{kind}/{name}',
    { 200: item, 204: { description: 'The edit is taken back' } },
  ],
  [
    'post /api/v1/meta/changesets/{id}/check-rule',
    {
      200: jsonAnswer(
        'How many there are, with samples; null if it cannot be told',
        shape({
          count: orNull(COUNT),
          samples: listOf(shape({ id: UUID, name: TEXT_OR_NULL })),
        }),
      ),
    },
  ],
  [
    'post /api/v1/meta/tests',
    { 200: jsonAnswer('What became of each, those that failed first', schemaRef('TestRun')) },
  ],
  [
    'post /api/v1/meta/changesets/{id}/check-formula',
    {
      200: jsonAnswer(
        'Some records that the caller may see, with the value or why there is none',
        shape({
          type: TEXT,
          records: listOf(
            shape({
              id: UUID,
              name: TEXT_OR_NULL,
              value: ANYTHING,
              reason: orNull(shape({ code: TEXT, fields: listOf(TEXT) })),
            }),
          ),
        }),
      ),
    },
  ],
  ['post /api/v1/meta/changesets/{id}/plan', { 200: jsonAnswer('The plan', schemaRef('Plan')) }],
  ['post /api/v1/meta/changesets/{id}/publish', { 200: published, 202: underWay }],
  ['post /api/v1/meta/releases/{release}/rollback', { 200: published, 202: underWay }],
  [
    'get /api/v1/meta/publishes',
    { 200: jsonAnswer('It, or null', shape({ publish: orNull(schemaRef('Publish')) })) },
  ],
  ['get /api/v1/meta/publishes/{id}', { 200: publish }],
  ['post /api/v1/meta/publishes/{id}/resume', { 200: publish }],
  ['post /api/v1/meta/publishes/{id}/abort', { 200: publish }],
  [
    'get /api/v1/meta/drift',
    {
      200: jsonAnswer(
        'Nothing if tables and metadata agree',
        shape({
          drift: listOf(shape({ code: TEXT, place: TEXT, message: TEXT, mend: TEXT_OR_NULL })),
        }),
      ),
    },
  ],
  [
    'get /api/v1/meta/releases',
    { 200: jsonAnswer('Newest first', shape({ releases: listOf(schemaRef('Release')) })) },
  ],
  [
    'post /api/v1/exports',
    {
      200: {
        description: 'The records',
        content: {
          'text/csv': { schema: { type: 'string' } },
          [XLSX_TYPE]: BYTES,
        },
      },
    },
  ],
  ['post /api/v1/duplicate-searches', { 202: jsonAnswer('The search', DUPLICATE_SEARCH) }],
  ['get /api/v1/duplicate-searches', { 200: jsonAnswer('Newest first', DUPLICATE_SEARCHES) }],
  [
    'get /api/v1/duplicate-searches/{id}/groups',
    { 200: jsonAnswer('The most alike first', DUPLICATE_GROUPS) },
  ],
  [
    'post /api/v1/duplicate-searches/{id}/groups/{group}/dismiss',
    { 204: { description: 'They are not told of any more' } },
  ],
  ['post /api/v1/imports', { 202: job }],
  [
    'post /api/v1/imports/preview',
    {
      200: jsonAnswer(
        'Its header and its first rows',
        shape({ header: listOf(TEXT), rows: listOf(listOf(TEXT)), is_cut: FLAG }),
      ),
    },
  ],
  ['get /api/v1/imports/{id}', { 200: job }],
  ['post /api/v1/imports/{id}/undo', { 200: job, 202: job }],
  [
    'get /api/v1/imports',
    { 200: jsonAnswer('Newest first', shape({ imports: listOf(schemaRef('ImportJob')) })) },
  ],
  ['post /api/v1/files', { 201: jsonAnswer('The file', schemaRef('File')) }],
  [
    'get /api/v1/files/{id}',
    {
      200: textAnswer('The bytes', 'application/octet-stream'),
      206: textAnswer('A part of them', 'application/octet-stream'),
      304: { description: 'Not changed' },
    },
  ],
  ['get /api/v1/imports/{id}/errors', { 200: textAnswer('The rows with the reasons', 'text/csv') }],
])

/** What a route takes, where its own schema cannot say it. */
export const BODIES: ReadonlyMap<string, NonNullable<Operation['requestBody']>> = new Map([
  [
    'post /api/v1/files',
    {
      required: true,
      content: { 'multipart/form-data': { schema: shape({ file: BYTES.schema }) } },
    },
  ],
  [
    'post /api/v1/imports/preview',
    {
      required: true,
      content: { 'multipart/form-data': { schema: shape({ file: BYTES.schema }) } },
    },
  ],
  [
    'post /api/v1/imports',
    {
      required: true,
      content: {
        'multipart/form-data': {
          schema: shape({
            file: BYTES.schema,
            object: TEXT,
            'mapping?': {
              type: 'string',
              description: 'JSON: header of a column → field',
              contentMediaType: 'application/json',
              contentSchema: ImportMapping,
            },
            'match_field?': TEXT,
            'mode?': oneOf('create', 'update', 'upsert'),
            'dry_run?': oneOf('true', 'false'),
            'delimiter?': TEXT,
            'encoding?': TEXT,
          }),
        },
      },
    },
  ],
])
