import { type FieldModel, type FileFacts, judgeFile, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { failure, message, RequestError } from '../errors.ts'
import type { PreparedChange } from './prepared-change.ts'

/** A file as it is before a record is saved with it. */
interface KnownFile extends FileFacts {
  id: string
  uploadedBy: string
  object: string | null
  record: string | null
  field: string | null
}

interface WantedFile {
  change: RecordChange
  field: FieldModel
  id: string
}

/**
 * Files that records are newly saved with were uploaded by the caller and belong to nothing yet, or to that very field
 * of the record; whatever else is named answers as what does not exist. And the field takes such a file.
 */
export async function requireFiles(
  context: WriteContext,
  prepared: readonly PreparedChange[],
): Promise<void> {
  const wanted = prepared.flatMap((one) =>
    one.change ? filesOf(one.change).map((file) => ({ one, ...file })) : [],
  )
  if (wanted.length === 0) return
  const known = await holdFiles(context, [...new Set(wanted.map(({ id }) => id))])
  const taken = new Set<string>()
  for (const { one, ...file } of wanted) {
    const found = known.get(file.id)
    const isFree = found && !taken.has(file.id) && mayTake(context, file, found)
    taken.add(file.id)
    const limits = file.field.type.fileLimits?.(file.field.options)
    const fault = isFree && limits ? judgeFile(limits, found) : UNKNOWN_FILE
    if (fault) one.failures.push(failure(file.field.name, fault.code, fault.message))
  }
}

const UNKNOWN_FILE = {
  code: 'unknown_file',
  message: message(
    'There is no such file to be put here: upload it first',
    '没有可用于此处的文件，请先上传',
  ),
}

/** The files that a change puts into its record. */
function filesOf(change: RecordChange): WantedFile[] {
  return changedFields(change).flatMap((name) => {
    const field = change.object.fields.get(name)
    const id = change.after[name]
    return field?.type.fileLimits && typeof id === 'string' ? [{ change, field, id }] : []
  })
}

function mayTake(
  { actor }: WriteContext,
  { change, field }: WantedFile,
  { uploadedBy, object, record, field: of }: KnownFile,
): boolean {
  if (record === null) return change.isSystem || uploadedBy === actor.userId
  return object === change.object.name && record === change.id && of === field.name
}

async function holdFiles(
  { tx, release }: WriteContext,
  ids: readonly string[],
): Promise<Map<string, KnownFile>> {
  const rows = await tx.query<KnownFile>(sql`
    select id, size::float8 as size, type, width, height, uploaded_by as "uploadedBy", object, record, field
    from ${release.physical.systemTable('_file')}
    where id = any(${[...ids]}::uuid[]) and swept_at is null order by id for update`)
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Files belong from now on to the records that were written with them.
 * @throws RequestError conflict if one was given away meanwhile
 */
export async function attachFiles(
  { tx, release, now }: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const wanted = changes.flatMap(filesOf)
  if (wanted.length === 0) return
  const attached = await tx.query(sql`
    update ${release.physical.systemTable('_file')} as f
    set object = w.object, record = w.record, field = w.field, touched_at = ${now.toISOString()}::timestamptz
    from unnest(${wanted.map(({ id }) => id)}::uuid[], ${wanted.map(({ change }) => change.object.name)}::text[],
      ${wanted.map(({ change }) => change.id)}::uuid[], ${wanted.map(({ field }) => field.name)}::text[])
      as w (id, object, record, field)
    where f.id = w.id and f.swept_at is null
      and (f.record is null or (f.object, f.record, f.field) = (w.object, w.record, w.field))
    returning f.id`)
  if (attached.length === wanted.length) return
  throw new RequestError('conflict', {
    detail: message('A file belongs to another record already', '文件已属于另一条记录'),
  })
}

/** The files of records in some fields belong to another record of the object from now on, which is to be saved with them. */
export async function moveFiles(
  { tx, release }: WriteContext,
  { object, from, to, fields }: MovedFiles,
): Promise<void> {
  const names = fields.filter((name) => object.fields.get(name)?.type.fileLimits)
  if (names.length === 0) return
  await tx.execute(sql`
    update ${release.physical.systemTable('_file')} set record = ${to}::uuid
    where object = ${object.name} and record = any(${[...from]}::uuid[]) and field = any(${names}::text[])
      and swept_at is null`)
}

interface MovedFiles {
  object: ObjectModel
  from: readonly string[]
  to: string
  fields: readonly string[]
}
