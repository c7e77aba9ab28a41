import { isTold } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { FromClause } from '../query/from-clause.ts'
import { prepareRead, runOnce } from '../query/prepared-read.ts'
import { Slot } from '../query/slot.ts'

/** A file that the caller may read. */
export interface FoundFile {
  id: string
  name: string
  size: number
  type: string
  sha256: Buffer
}

interface FileRow extends FoundFile {
  uploadedBy: string
  object: string | null
  record: string | null
  field: string | null
}

/**
 * A file by its id, for who may read the value that it is: the record, and the field unmasked. One that belongs to no
 * record is its uploader's alone. Whatever stands against it, it answers as what does not exist.
 * @throws RequestError not_found
 */
export async function findFile(context: Context, id: string): Promise<FoundFile> {
  const { db, release, actor } = context
  const [row] = await db.query<FileRow>(sql`
    select id, name, size::float8 as size, type, sha256, uploaded_by as "uploadedBy", object, record, field
    from ${release.physical.systemTable('_file')} where id = ${id}::uuid and swept_at is null`)
  const isMine = row?.record === null && row.uploadedBy === actor.userId
  if (row && (isMine || (await isValueSeen(context, row)))) return row
  throw new RequestError('not_found')
}

async function isValueSeen(
  context: Context,
  { id, object: name, record, field: fieldName }: FileRow,
): Promise<boolean> {
  const { release, actor } = context
  const object = release.model.objects.get(name ?? '')
  const field = object?.fields.get(fieldName ?? '')
  if (!object || !field?.type.fileLimits || !actor.rights.object(object.name).read) return false
  if (!isTold(actor.rights.field(field))) return false
  const from = new FromClause(context, object)
  const value = from.column({ hops: [], field })
  const own = release.physical.column(object.name, 'id', from.alias)
  const statement = sql`select 1 from ${from.toSql()}
    where ${own} = ${new Slot('record')} and ${value} = ${new Slot('file')} and ${from.visibleRows()}`
  const rows = await runOnce(context, prepareRead(statement), {
    slots: { record, file: id },
  })
  return rows.length > 0
}
