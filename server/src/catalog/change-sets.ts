import { isKind, type Kind, type RawComponent } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Queryable } from '../db/index.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { Edit } from './layers.ts'

/** A set of edits without effect on anybody until it is published. */
export interface StoredChangeSet {
  id: string
  label: string
  baseRelease: number
  status: 'open' | 'publishing' | 'published' | 'discarded'
  createdBy: string | null
  createdAt: string
  updatedAt: string
}

const COLUMNS = sql`id, label, base_release as "baseRelease", status, created_by as "createdBy", created_at as "createdAt", updated_at as "updatedAt"`

/** Opens a change set on the release in force. */
export async function createChangeSet(
  db: Queryable,
  schema: string,
  asked: { label: string; release: number; by: string; now: Date },
): Promise<StoredChangeSet> {
  const at = asked.now.toISOString()
  const [made] = await db.query<StoredChangeSet>(sql`
    insert into ${systemTable(schema, '_change_set')} (id, label, base_release, status, created_by, created_at, updated_at)
    values (${uuidv7()}, ${asked.label}, ${asked.release}, 'open', ${asked.by}, ${at}, ${at}) returning ${COLUMNS}`)
  if (!made) throw new Error('The change set was not stored')
  return made
}

/** Change sets that wait or are being published, the last touched first. */
export async function listChangeSets(db: Queryable, schema: string): Promise<StoredChangeSet[]> {
  return db.query<StoredChangeSet>(sql`
    select ${COLUMNS} from ${systemTable(schema, '_change_set')} where status in ('open', 'publishing') order by updated_at desc limit 200`)
}

/** One change set; with `lock` nobody else edits or publishes it until the transaction ends. @throws RequestError not_found */
export async function loadChangeSet(
  db: Queryable,
  schema: string,
  id: string,
  lock = false,
): Promise<StoredChangeSet> {
  const [found] = await db.query<StoredChangeSet>(sql`
    select ${COLUMNS} from ${systemTable(schema, '_change_set')} where id = ${id}::uuid ${lock ? sql`for update` : sql``}`)
  if (!found) {
    throw new RequestError('not_found', {
      detail: message('There is no such change set', '变更集不存在'),
    })
  }
  return found
}

/** The edits of a change set, in the order of their kinds and names. */
export async function loadEdits(db: Queryable, schema: string, id: string): Promise<Edit[]> {
  return db.query<Edit>(sql`
    select kind, name, op, definition from ${systemTable(schema, '_change_set_item')} where change_set = ${id}::uuid order by kind, name`)
}

/** Puts one edit into an open change set, replacing an earlier one of the same component. */
export async function saveEdit(
  db: Queryable,
  schema: string,
  id: string,
  edit: RawComponent & { op: 'put' | 'delete' },
  now: Date,
): Promise<void> {
  const touched = await db.execute(sql`
    with open as (
      update ${systemTable(schema, '_change_set')} set updated_at = ${now.toISOString()} where id = ${id}::uuid and status = 'open' returning id
    )
    insert into ${systemTable(schema, '_change_set_item')} (change_set, kind, name, op, definition, updated_at)
    select id, ${edit.kind}, ${edit.name}, ${edit.op}, ${edit.op === 'put' ? asJson(edit.definition) : null}::jsonb, ${now.toISOString()} from open
    on conflict (change_set, kind, name) do update set op = excluded.op, definition = excluded.definition, updated_at = excluded.updated_at`)
  if (touched === 0) await refuseClosed(db, schema, id)
}

/** Takes an edit out of an open change set. */
export async function dropEdit(
  db: Queryable,
  schema: string,
  id: string,
  kind: Kind,
  name: string,
): Promise<void> {
  const set = await loadChangeSet(db, schema, id)
  if (set.status !== 'open') throw changeSetClosed(set)
  await db.execute(
    sql`delete from ${systemTable(schema, '_change_set_item')} where change_set = ${id}::uuid and kind = ${kind} and name = ${name}`,
  )
}

/** Closes a change set for good. */
export async function closeChangeSet(
  db: Queryable,
  schema: string,
  id: string,
  status: 'published' | 'discarded',
  now: Date,
): Promise<void> {
  const touched = await db.execute(sql`
    update ${systemTable(schema, '_change_set')} set status = ${status}, updated_at = ${now.toISOString()} where id = ${id}::uuid and status = 'open'`)
  if (touched === 0) await refuseClosed(db, schema, id)
}

/** A change set is being published in steps, and has been or is open again. */
export async function moveChangeSet(
  db: Queryable,
  schema: string,
  id: string,
  { from, to }: Record<'from' | 'to', StoredChangeSet['status']>,
): Promise<void> {
  const touched = await db.execute(sql`
    update ${systemTable(schema, '_change_set')} set status = ${to} where id = ${id}::uuid and status = ${from}`)
  if (touched === 0) await refuseClosed(db, schema, id)
}

async function refuseClosed(db: Queryable, schema: string, id: string): Promise<never> {
  throw changeSetClosed(await loadChangeSet(db, schema, id))
}

const CLOSED: Readonly<Record<StoredChangeSet['status'], ReturnType<typeof message>>> = {
  open: message('The change set is open', '变更集未在发布'),
  publishing: message('The change set is being published', '变更集正在发布'),
  published: message('The change set is published already', '变更集已发布'),
  discarded: message('The change set is discarded already', '变更集已丢弃'),
}

/** The refusal of a change set that is open to nobody's edits any more. */
export function changeSetClosed({ status }: StoredChangeSet): RequestError {
  return new RequestError('conflict', { detail: CLOSED[status] })
}

/** A kind as it came in the address. @throws RequestError not_found */
export function requireKind(word: string): Kind {
  if (isKind(word)) return word
  throw refuse(
    'not_found',
    'kind',
    message(`There is no kind "${word}"`, `没有“${word}”这种元数据`),
  )
}
