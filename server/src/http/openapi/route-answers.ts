import { COUNT, oneOf, TEXT } from './common-schemas.ts'
import {
  type Answer,
  jsonAnswer,
  listOf,
  type Operation,
  schemaRef,
  shape,
  textAnswer,
} from './document.ts'

const approval = jsonAnswer('The approval', schemaRef('ApprovalDetail'))
const changeSet = jsonAnswer('The change set', schemaRef('ChangeSet'))
const job = jsonAnswer('The job', schemaRef('ImportJob'))
const published = jsonAnswer('The new release', schemaRef('Published'))

/** What a route answers when it succeeds, for routes that leave it to their contract type. */
export const ANSWERS: ReadonlyMap<string, Readonly<Record<string, Answer>>> = new Map([
  ['get /api/v1/search', { 200: jsonAnswer('What was found', schemaRef('SearchAnswer')) }],
  ['get /api/v1/approvals', { 200: jsonAnswer('A box', schemaRef('ApprovalBox')) }],
  ['post /api/v1/approvals', { 201: approval }],
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
  ['post /api/v1/meta/changesets', { 201: changeSet }],
  ['get /api/v1/meta/changesets/{id}', { 200: changeSet }],
  [
    'put /api/v1/meta/changesets/{id}/{kind}/{name}',
    { 200: jsonAnswer('The edit, and what is wrong with it', schemaRef('ChangeSetItem')) },
  ],
  ['post /api/v1/meta/changesets/{id}/plan', { 200: jsonAnswer('The plan', schemaRef('Plan')) }],
  ['post /api/v1/meta/changesets/{id}/publish', { 200: published }],
  ['post /api/v1/meta/releases/{release}/rollback', { 200: published }],
  [
    'get /api/v1/meta/releases',
    { 200: jsonAnswer('Newest first', shape({ releases: listOf(schemaRef('Release')) })) },
  ],
  ['post /api/v1/imports', { 202: job }],
  ['get /api/v1/imports/{id}', { 200: job }],
  ['post /api/v1/imports/{id}/undo', { 200: job, 202: job }],
  [
    'get /api/v1/imports',
    { 200: jsonAnswer('Newest first', shape({ imports: listOf(schemaRef('ImportJob')) })) },
  ],
  ['get /api/v1/imports/{id}/errors', { 200: textAnswer('The rows with the reasons', 'text/csv') }],
])

/** What a route takes, where its own schema cannot say it. */
export const BODIES: ReadonlyMap<string, NonNullable<Operation['requestBody']>> = new Map([
  [
    'post /api/v1/imports',
    {
      required: true,
      content: {
        'multipart/form-data': {
          schema: shape({
            file: { type: 'string', format: 'binary' },
            object: TEXT,
            'mapping?': { type: 'string', description: 'JSON: column → field' },
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
