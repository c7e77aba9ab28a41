import type { DuplicateSearch, Message } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Queryable, type Transaction } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** The topic under which searches wait in the outbox. */
export const SEARCH_TOPIC = 'duplicates.search'

/** A search as it is stored. */
export interface StoredSearch {
  id: string
  object: string
  rule: string | null
  fields: string[]
  status: DuplicateSearch['status']
  progress: number
  interrupted: boolean
  note: Message | null
  startedBy: string
  createdAt: string
  finishedAt: string | null
}

/** A group that was found. */
export interface FoundGroup {
  records: readonly string[]
  score: number
  agreed: readonly string[]
}

const columns = (schema: string): RawBuilder<unknown> => sql`
  id, object, rule, fields, status, progress, note, started_by as "startedBy", created_at as "createdAt",
  finished_at as "finishedAt", case when status = 'running' then not exists (
    select from ${systemTable(schema, '_outbox')} as o
    where o.topic = ${SEARCH_TOPIC} and o.payload ->> 'search' = s.id::text and o.taken_until > now()
  ) else false end as interrupted`
/** So many searches of an object are kept for each who started them. */
const KEPT = 10

/** Keeps a new search. @throws DatabaseError 23505 if one of the object is under way */
export async function insertSearch(
  tx: Queryable,
  schema: string,
  made: Pick<StoredSearch, 'object' | 'rule' | 'fields' | 'startedBy'> & { now: Date },
): Promise<string> {
  const id = uuidv7()
  const { object, rule, fields, startedBy, now } = made
  await tx.execute(sql`
    insert into ${systemTable(schema, '_duplicate_search')} (id, object, rule, fields, status, started_by, created_at)
    values (${id}::uuid, ${object}, ${rule}, ${fields}::text[], 'pending', ${startedBy}::uuid, ${now.toISOString()}::timestamptz)`)
  return id
}

export async function loadSearch(
  db: Queryable,
  schema: string,
  id: string,
  lock = false,
): Promise<StoredSearch | undefined> {
  const [found] = await db.query<StoredSearch>(sql`
    select ${columns(schema)} from ${systemTable(schema, '_duplicate_search')} as s where id = ${id}::uuid ${lock ? sql`for update` : sql``}`)
  return found
}

/** The searches of an object that somebody started, the newest first. */
export function listSearches(
  db: Queryable,
  schema: string,
  { object, startedBy }: Pick<StoredSearch, 'object' | 'startedBy'>,
): Promise<StoredSearch[]> {
  return db.query<StoredSearch>(sql`
    select ${columns(schema)} from ${systemTable(schema, '_duplicate_search')} as s
    where object = ${object} and started_by = ${startedBy}::uuid
    order by created_at desc, id desc limit ${KEPT}`)
}

/** Says how far a search is. */
export async function tellProgress(
  db: Queryable,
  schema: string,
  id: string,
  progress: number,
): Promise<void> {
  await db.execute(sql`
    update ${systemTable(schema, '_duplicate_search')} set status = 'running', progress = ${progress}::real
    where id = ${id}::uuid and status in ('pending', 'running')`)
}

/** Ends a search: all of its groups are there together, or none is. */
export async function finishSearch(
  tx: Transaction,
  schema: string,
  { id, object, startedBy }: StoredSearch,
  end: { groups: readonly FoundGroup[] } | { note: Message },
): Promise<void> {
  const table = systemTable(schema, '_duplicate_search')
  const locked = await loadSearch(tx, schema, id, true)
  if (locked?.status !== 'pending' && locked?.status !== 'running') return
  const note = 'note' in end ? asJson(end.note) : null
  await tx.execute(sql`
    update ${table} set status = ${note === null ? 'done' : 'failed'}, progress = 1, note = ${note}::jsonb, finished_at = now()
    where id = ${id}::uuid`)
  if ('groups' in end) {
    const rows = end.groups.map((group) => ({ ...group, id: uuidv7() }))
    await tx.execute(sql`
      insert into ${systemTable(schema, '_duplicate_group')} (id, search, score, agreed, records)
      select r.id, ${id}::uuid, r.score, r.agreed, r.records
      from json_to_recordset(${asJson(rows)}::json) as r (id uuid, score numeric, agreed text[], records uuid[])`)
  }
  await tx.execute(sql`
    delete from ${table} where object = ${object} and started_by = ${startedBy}::uuid and id not in (
      select id from ${table} where object = ${object} and started_by = ${startedBy}::uuid order by created_at desc, id desc limit ${KEPT})`)
}
