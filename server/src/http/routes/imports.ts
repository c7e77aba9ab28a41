import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

import { IMPORT_DUPLICATES, type ImportDuplicates, type ImportJob } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Check } from 'typebox/value'

import type { Context } from '../../access/context.ts'
import { type Failure, failure, message, RequestError } from '../../errors.ts'
import {
  answerImport,
  answerImports,
  type AskedColumn,
  beginUndo,
  type ImportRequest,
  previewTable,
  requireImport,
  stageImport,
  writeErrorFile,
} from '../../imports/index.ts'
import { ImportMapping } from '../import-mapping.ts'
import { localeOf } from '../locale.ts'
import { receiveUpload, requireForm, type Upload } from '../receive-upload.ts'
import { requireId } from '../record-requests.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const config = { policy: 'import', surface: 'imports' } as const
const IdOnly = Type.Object({ id: Type.String() }, closed)
const Nothing = Type.Union([Type.Null(), Type.Object({}, closed)])

const FIELDS = [
  'object',
  'mapping',
  'match_field',
  'mode',
  'duplicates',
  'dry_run',
  'delimiter',
  'encoding',
] as const
const DESCRIPTION = `A form of the type multipart/form-data:
- \`file\`: the CSV or XLSX. Of a CSV, UTF-8, GB18030 and UTF-16 are recognised, and so is the delimiter; of an XLSX, the
  first sheet that is not hidden is read, with the values that formulas had when it was saved.
- \`object\`: where the rows go.
- \`mapping\`: JSON; header of a column → API name of a field, or \`{"field", "by", "values", "aliases"}\`, or null.
  \`by\` names the unique field (or \`name\`) of a referred record, \`values\` turns words into codes of a picklist,
  \`aliases\` replaces cells. Without a mapping, columns go to the fields of their API name or label.
- \`mode\`: \`create\` (if left out), \`update\` or \`upsert\`; the last two need \`match_field\`, a unique field.
- \`duplicates\`: what becomes of a row that a duplicate rule warns of: \`refuse\` (if left out), \`skip\`, \`create\`
  it nevertheless, or \`update\` the one record that it is like; a row that is like several is refused.
- \`dry_run\`: \`true\` checks every row and writes nothing.
- \`delimiter\`, \`encoding\`: where they are not to be recognised.
An empty cell leaves a field as it is, or gives a new record its default.`

/** How long a caller who undoes an import is kept waiting for the end; a longer one is followed by its job. */
const UNDO_PATIENCE_MS = 20_000

/** Imports of CSV and XLSX files: jobs that run on the server, are followed, and can be undone. */
export function importRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const say = (summary: string, schema: object = {}, hooks: object = {}) => ({
    config,
    schema: { summary, tags: ['imports'], ...schema },
    ...hooks,
  })
  routes.post(
    '/api/v1/imports',
    say(
      'Import a CSV or XLSX file',
      { description: DESCRIPTION, consumes: ['multipart/form-data'] },
      { preValidation: requireForm, config: { ...config, perMinute: 120 } },
    ),
    async (request, reply) => {
      const context = services.contextOf(request)
      const id = await receiveUpload(request, FIELDS, async (upload) =>
        stageImport(context, importRequest(upload)),
      )
      return reply
        .code(202)
        .header('location', `/api/v1/imports/${id}`)
        .send(await answerImport(context, id, localeOf(request)))
    },
  )
  routes.post(
    '/api/v1/imports/preview',
    say(
      'The first rows of a CSV or XLSX file, as an import would read them',
      { consumes: ['multipart/form-data'] },
      { preValidation: requireForm, config: { ...config, perMinute: 120, keepsAnswer: false } },
    ),
    async (request) => receiveUpload(request, [], ({ file }) => previewTable(file.path)),
  )
  routes.get('/api/v1/imports', say('Imports, the newest first'), async (request) => ({
    imports: await answerImports(services.contextOf(request), localeOf(request)),
  }))
  routes.get(
    '/api/v1/imports/:id',
    say('An import: how far it is, and what was wrong', { params: IdOnly }),
    async (request) => answerImport(services.contextOf(request), idOf(request), localeOf(request)),
  )
  routes.get(
    '/api/v1/imports/:id/errors',
    say('The rows that were not taken, as CSV with the reasons', {
      params: IdOnly,
      produces: ['text/csv'],
    }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const job = await requireImport(context, idOf(request))
      const name = encodeURIComponent(`${job.fileName.replace(/\.(csv|xlsx)$/i, '')}-errors.csv`)
      return reply
        .type('text/csv; charset=utf-8')
        .header(
          'content-disposition',
          `attachment; filename="errors.csv"; filename*=UTF-8''${name}`,
        )
        .send(Readable.from(writeErrorFile(context, job, localeOf(request))))
    },
  )
  routes.post(
    '/api/v1/imports/:id/undo',
    say('Take an import back', { params: IdOnly, body: Nothing }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const { id } = await requireImport(context, idOf(request))
      await beginUndo(context, id)
      const job = await whenUndone(context, id, request)
      return reply.code(job.status === 'undone' ? 200 : 202).send(job)
    },
  )
}

function idOf(request: { params: unknown }): string {
  return requireId((request.params as { id: string }).id)
}

async function whenUndone(
  context: Context,
  id: string,
  request: FastifyRequest,
): Promise<ImportJob> {
  const until = Date.now() + UNDO_PATIENCE_MS
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    const job = await answerImport(context, id, localeOf(request))
    if (job.status !== 'running' || Date.now() > until) return job
    await delay(pause)
  }
}

type TellFault = (path: string, en: string, zh: string) => void

/** The fields of the form, each read strictly. @throws RequestError malformed, naming each that is wrong */
function importRequest({ fields, file }: Upload): ImportRequest {
  const faults: Failure[] = []
  const {
    object = '',
    match_field: match,
    mode = 'create',
    duplicates = 'refuse',
    dry_run: dryRun = 'false',
    delimiter,
    encoding,
  } = fields
  const fault: TellFault = (path, en, zh) =>
    void faults.push(failure(path, 'malformed', message(en, zh)))
  if (object === '') fault('object', 'Say into which object', '请指定对象')
  if (!['create', 'update', 'upsert'].includes(mode)) {
    fault('mode', 'Must be create, update or upsert', '应为 create、update 或 upsert')
  }
  checkDuplicates(mode, duplicates, fault)
  if (!['true', 'false'].includes(dryRun)) {
    fault('dry_run', 'Must be true or false', '应为 true 或 false')
  }
  const separator = delimiter === '\\t' || delimiter === 'tab' ? '\t' : delimiter
  if (separator !== undefined && (separator.length !== 1 || /["\r\n]/.test(separator))) {
    fault('delimiter', 'Must be one character', '应为一个字符')
  }
  const mapping =
    fields['mapping'] === undefined ? undefined : readMapping(fields['mapping'], fault)
  if (faults.length > 0) throw new RequestError('malformed', { failures: faults })
  return {
    path: file.path,
    fileName: file.name,
    object,
    mode: mode as ImportRequest['mode'],
    duplicates: duplicates as ImportDuplicates,
    dryRun: dryRun === 'true',
    ...(mapping === undefined ? {} : { mapping }),
    ...(match === undefined ? {} : { match_field: match }),
    ...(separator === undefined ? {} : { delimiter: separator }),
    ...(encoding === undefined ? {} : { encoding }),
  }
}

function checkDuplicates(mode: string, duplicates: string, fault: TellFault): void {
  if (!(IMPORT_DUPLICATES as readonly string[]).includes(duplicates)) {
    const words = ['refuse, skip, create or update', 'refuse、skip、create 或 update'] as const
    fault('duplicates', `Must be ${words[0]}`, `应为 ${words[1]}`)
  } else if (duplicates === 'update' && mode === 'update') {
    const english = 'Rows that only update have their record already'
    fault('duplicates', english, '只更新的行已有对应的记录')
  }
}

function readMapping(text: string, fault: TellFault): Record<string, AskedColumn> | undefined {
  try {
    const mapping: unknown = JSON.parse(text)
    if (Check(ImportMapping, mapping)) return mapping as Record<string, AskedColumn>
  } catch {
    // The same answer as for JSON of another shape.
  }
  fault(
    'mapping',
    'Must be JSON: {"<header>": "<field>" | {"field", "by", "values", "aliases"} | null}',
    '应为 JSON：{"<表头>": "<字段>" | {"field", "by", "values", "aliases"} | null}',
  )
  return undefined
}
