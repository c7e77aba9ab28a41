import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { createSignIn } from '../access/sign-in.ts'
import type { CreateRequest, RecordRequest } from '../effects/record-request.ts'
import { type FileStore, storeFile } from '../files/index.ts'
import { performIn } from '../records/perform.ts'
import type { DemoData, DemoFile, DemoObject, DemoRecord, DemoReference } from './demo-data.ts'
import { isFile, isReference } from './read-demo.ts'

const CHUNK = 500

/** How loading goes on. */
export interface DemoOptions {
  /** Demo users sign in with this. */
  password: string
  /** Where demo files are kept. */
  store: FileStore
  log(line: string): void
}

/** Whether there is business data already: then no demo data is loaded over it. */
export async function isEmptyTenant(context: Context): Promise<boolean> {
  const rows = await context.db.query(
    sql`select 1 from ${context.release.physical.table('account')} limit 1`,
  )
  return rows.length === 0
}

/**
 * Creates the demo records through the door of writing, in one transaction: all of them or none. Rights and rules
 * do not apply to the house itself; that the data satisfies every rule is for a test to show.
 * @throws RequestError if a record is refused
 */
export async function loadDemo(
  context: Context,
  data: DemoData,
  options: DemoOptions,
): Promise<number> {
  // Files go before the records: if those are refused, they belong to nothing and are swept.
  const files = await storeFiles(context, data, options.store)
  const ids: DemoIds = { records: new Map(), files }
  let count = 0
  await context.db.inTransaction(
    async (tx) => {
      const inside = { ...context, tx }
      for (const { object, records } of data.objects) {
        for (let start = 0; start < records.length; start += CHUNK) {
          await createChunk(inside, object, records.slice(start, start + CHUNK), ids)
        }
        count += records.length
        options.log(`  ${object}: ${records.length}`)
      }
      for (const { object, records } of data.updates) {
        await updateAll(inside, { object, records }, ids)
      }
      await letUsersIn(inside, data, ids, options.password)
    },
    { statementTimeoutMs: 0 },
  )
  return count
}

/** What stands for the records and files that the data names. */
interface DemoIds {
  records: Map<string, string>
  files: ReadonlyMap<DemoFile, string>
}

async function storeFiles(
  context: Context,
  data: DemoData,
  store: FileStore,
): Promise<ReadonlyMap<DemoFile, string>> {
  const files = new Map<DemoFile, string>()
  for (const record of data.objects.flatMap(({ records }) => records)) {
    for (const value of Object.values(record)) {
      if (isFile(value)) files.set(value, await storeFile(context, store, value._file))
    }
  }
  return files
}

type Inside = Context & { tx: Parameters<typeof performIn>[0]['tx'] }

/** Records that refer to each other within a chunk are created in waves. */
async function createChunk(
  context: Inside,
  object: string,
  records: readonly DemoRecord[],
  ids: DemoIds,
): Promise<void> {
  let waiting = [...records]
  while (waiting.length > 0) {
    const ready = waiting.filter((record) =>
      referencesOf(record).every((key) => ids.records.has(key)),
    )
    if (ready.length === 0) {
      throw new Error(`Demo records of ${object} refer to nothing: ${waiting[0]?._key}`)
    }
    const requests = ready.map((record) => toCreate(context, object, record, ids))
    const outcomes = await performIn(context, requests, { atomic: true })
    outcomes.forEach((outcome, index) => {
      if ('error' in outcome) throw outcome.error
      ids.records.set(ready[index]?._key ?? '', outcome.id)
    })
    waiting = waiting.filter((record) => !ids.records.has(record._key))
  }
}

function referencesOf(record: DemoRecord): string[] {
  return Object.values(record).flatMap((value) => (isReference(value) ? [value._ref] : []))
}

function fieldValues(record: DemoRecord, ids: DemoIds): Record<string, unknown> {
  const entries = Object.entries(record).filter(([name]) => !name.startsWith('_'))
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (isReference(value)) return [name, referred(value, ids)]
      return [name, isFile(value) ? ids.files.get(value) : value]
    }),
  )
}

function referred({ _ref, _of }: DemoReference, ids: DemoIds): unknown {
  const id = ids.records.get(_ref)
  return _of === undefined ? id : { object: _of, id }
}

function toCreate(
  context: Inside,
  object: string,
  record: DemoRecord,
  ids: DemoIds,
): CreateRequest {
  const model = context.release.model.objects.get(object)
  const owner = record._owner ? ids.records.get(record._owner._ref) : undefined
  const values = {
    ...fieldValues(record, ids),
    ...(owner !== undefined && model?.fields.has('owner') ? { owner } : {}),
  }
  const at = record._created_at
  const by = record._created_by ? ids.records.get(record._created_by._ref) : owner
  return {
    op: 'create',
    object,
    values,
    as: 'system',
    ...(at === undefined ? {} : { audit: { at, by: by ?? context.actor.userId } }),
  }
}

async function updateAll(
  context: Inside,
  { object, records }: DemoObject,
  ids: DemoIds,
): Promise<void> {
  const requests = records.map((record): RecordRequest => ({
    op: 'update',
    object,
    id: ids.records.get(record._key) ?? '',
    values: fieldValues(record, ids),
    as: 'system',
  }))
  for (const outcome of await performIn(context, requests, { atomic: true })) {
    if ('error' in outcome) throw outcome.error
  }
}

async function letUsersIn(
  context: Inside,
  data: DemoData,
  ids: DemoIds,
  password: string,
): Promise<void> {
  const users = data.objects.find((one) => one.object === 'user')?.records ?? []
  for (const user of users) {
    const email = user['email']
    const userId = ids.records.get(user._key)
    if (typeof email === 'string' && userId !== undefined) {
      await createSignIn(context.tx, { email, password, userId, tenant: context.actor.tenant })
    }
  }
}
