import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { WireFile } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../access/context.ts'
import { message, refuse, RequestError } from '../errors.ts'
import type { FileStore } from './file-store.ts'
import { nameFile } from './name-file.ts'
import { settleFile } from './settle-file.ts'

/** What one person may have uploaded without saving it in a record; the rest of it goes after a day. */
const MOST_LOOSE = { files: 200, bytes: 1024 ** 3 }

/**
 * Takes an upload that lies at `path`: it is its uploader's alone until a record is saved with it.
 * @throws RequestError validation_failed for an empty file · too_many_requests
 */
export async function receiveFile(
  context: Context,
  store: FileStore,
  upload: { path: string; name: string },
): Promise<WireFile> {
  const sent = (await stat(upload.path)).size
  if (sent === 0) {
    throw refuse('validation_failed', 'file', message('The file is empty', '文件为空'))
  }
  await requireRoom(context, sent)
  const { type, width, height } = await settleFile(upload.path, upload.name)
  const { size } = await stat(upload.path)
  const name = nameFile(upload.name, type)
  const hash = createHash('sha256')
  await pipeline(createReadStream(upload.path), hash)
  const id = uuidv7()
  await store.stage(id, upload.path)
  const { db, release, actor, now } = context
  await db.execute(sql`
    insert into ${release.physical.systemTable('_file')}
      (id, name, size, type, width, height, sha256, uploaded_by, uploaded_at, touched_at)
    values (${id}::uuid, ${name}, ${size}::bigint, ${type}, ${width}::int, ${height}::int, ${hash.digest()}::bytea,
      ${actor.userId}::uuid, ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz)`)
  await store.keep(id)
  return { id, name, size, type }
}

/** Stores bytes that come from the house itself, as an upload of the actor. @returns the id of the file */
export async function storeFile(
  context: Context,
  store: FileStore,
  { name, bytes }: { name: string; bytes: Uint8Array },
): Promise<string> {
  const path = join(await store.receiveIn(), uuidv7())
  await writeFile(path, bytes)
  return (await receiveFile(context, store, { path, name })).id
}

async function requireRoom({ db, release, actor }: Context, size: number): Promise<void> {
  const [loose] = await db.query<{ files: number; bytes: number }>(sql`
    select count(*)::int as files, coalesce(sum(size), 0)::float8 as bytes
    from ${release.physical.systemTable('_file')}
    where uploaded_by = ${actor.userId}::uuid and record is null`)
  const isFull = loose && (loose.files >= MOST_LOOSE.files || loose.bytes + size > MOST_LOOSE.bytes)
  if (!isFull) return
  throw new RequestError('too_many_requests', {
    detail: message(
      'You have uploaded too many files without saving them in a record',
      '您已上传但尚未保存到记录中的文件过多',
    ),
    headers: { 'retry-after': '3600' },
  })
}
