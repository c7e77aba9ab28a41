import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { loadActor } from '../access/load-actor.ts'
import { asJson, MAIN_TENANT } from '../db/index.ts'
import type { RecordRequest } from '../effects/record-request.ts'
import { ERRORS, message, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { performIn, SAVE_LOCK_TIMEOUT_MS } from '../records/perform.ts'
import type { RecordBefore, RowFault, StoredImport } from './import-job.ts'
import { finishImport, loadImport } from './import-store.ts'
import type { ImportGround, RunLimits } from './run-import.ts'

/** Who takes an import back, and how far that has come. */
interface UndoState {
  by: string
  within?: string
  /** Records taken back since those that were still in use were last tried. */
  saved: number
}

/** The topic under which undoing waits in the outbox. */
export const UNDO_TOPIC = 'import.undo'

const CHUNK = 200
const USUAL_TURN_MS = 2000

/**
 * Begins to take an import back: in the outbox, so that it is finished even if the server is not there to
 * finish it now. @throws RequestError conflict unless it has been carried out
 */
export async function beginUndo(context: Context, id: string): Promise<void> {
  const { schema } = context.release.physical.names
  await context.db.inTransaction(async (tx) => {
    const job = await loadImport(tx, schema, id, true)
    if (!job) throw new RequestError('not_found')
    const isUndoable = (job.status === 'done' || job.status === 'failed') && !job.options.dry_run
    if (!isUndoable) {
      throw new RequestError('conflict', {
        detail: message(
          'Only an import that has been carried out can be undone',
          '只有已执行的导入才能撤销',
        ),
      })
    }
    const { userId, within } = context.actor
    const undo: UndoState = { by: userId, saved: 0, ...(within === undefined ? {} : { within }) }
    await writeState(context.release.physical.systemTable('_import'), tx, id, undo)
    await enqueue(tx, schema, [{ topic: UNDO_TOPIC, payload: { import: id } }])
  })
}

async function writeState(
  table: ReturnType<WriteContext['release']['physical']['systemTable']>,
  tx: WriteContext['tx'],
  id: string,
  undo: UndoState,
): Promise<void> {
  await tx.execute(sql`
    update ${table} set status = 'running', finished_at = null, options = options || jsonb_build_object('undo', ${asJson(undo)}::jsonb) where id = ${id}::uuid`)
}

/**
 * Takes an import back, chunk by chunk: records that it changed get their old values, records that it made go to
 * the recycle bin. What has been changed since, or is in use, stays and is named.
 */
export async function runUndo(
  ground: ImportGround,
  id: string,
  limits: RunLimits = {},
): Promise<'done' | 'again'> {
  const until = Date.now() + (limits.forMs ?? USUAL_TURN_MS)
  for (;;) {
    if ((await runChunk(ground, id)) === 'done') return 'done'
    if (limits.signal?.aborted || Date.now() > until) return 'again'
  }
}

type UndoneImport = StoredImport & { options: { undo?: UndoState } }

async function runChunk({ db, currentModel }: ImportGround, id: string): Promise<'done' | 'again'> {
  const { release } = currentModel
  const { schema } = release.physical.names
  const job = (await loadImport(db, schema, id)) as UndoneImport | undefined
  const undo = job?.options.undo
  if (!job || !undo || job.status !== 'running') return 'done'
  const actor = await loadActor(db, release, {
    tenant: MAIN_TENANT.name,
    userId: undo.by,
    by: 'system',
    ...(undo.within === undefined ? {} : { within: undo.within }),
  })
  const now = new Date()
  return db.inTransaction(
    async (tx) => {
      const locked = (await loadImport(tx, schema, id, true)) as UndoneImport | undefined
      const state = locked?.options.undo
      if (!locked || !state || locked.status !== 'running') return 'done'
      if (!actor || !release.model.objects.has(job.object)) {
        await finishImport(tx, schema, id, {
          status: 'failed',
          failed: 0,
          note: message(
            'Undoing stopped: its user or object is gone',
            '撤销中止：用户或对象已不存在',
          ),
          now,
        })
        return 'done'
      }
      return undoChunk(
        { db, release, actor, now, requestId: id, cause: 'import', tx },
        locked,
        state,
      )
    },
    { lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS },
  )
}

interface UndoRow {
  row: number
  status: 'created' | 'updated'
  record: string
  version: number
  before: RecordBefore | null
}

async function undoChunk(
  context: WriteContext,
  job: StoredImport,
  state: UndoState,
): Promise<'done' | 'again'> {
  // Old values first: a record that was made may be referred to by one that was changed.
  const updated = latestOfEach(await loadRows(context, job.id, 'updated'))
  const rows = updated.length > 0 ? updated : await loadRows(context, job.id, 'created')
  if (rows.length === 0) return endOrRepeat(context, job, state)
  const requests = rows.map((row): RecordRequest =>
    updated.length > 0
      ? {
          op: 'update',
          object: job.object,
          id: row.record,
          version: row.version,
          values: row.before?.values ?? {},
        }
      : { op: 'delete', object: job.object, id: row.record },
  )
  const outcomes = await performSafely(context, requests)
  const results = rows.map((row, index) => {
    const outcome = outcomes[index]
    const isGone =
      outcome &&
      'error' in outcome &&
      outcome.error.code === 'not_found' &&
      row.status === 'created'
    if (outcome && !('error' in outcome)) return { row, version: outcome.version }
    return isGone ? { row, version: row.version } : { row, fault: faultOf(outcome?.error) }
  })
  await storeResults(context, job.id, results)
  const saved = results.filter((result) => !('fault' in result)).length
  await writeState(context.release.physical.systemTable('_import'), context.tx, job.id, {
    ...state,
    saved: state.saved + saved,
  })
  return 'again'
}

// Alone, a refused request would take the whole transaction with it.
async function performSafely(
  context: WriteContext,
  requests: readonly RecordRequest[],
): ReturnType<typeof performIn> {
  if (requests.length > 1) return performIn(context, requests, { atomic: false })
  try {
    return await context.tx.savepoint(() => performIn(context, requests, { atomic: false }))
  } catch (error) {
    if (error instanceof RequestError) return [{ error }]
    throw error
  }
}

async function loadRows(
  context: WriteContext,
  id: string,
  status: UndoRow['status'],
): Promise<UndoRow[]> {
  return context.tx.query<UndoRow>(sql`
    select row_number as "row", status, record, version, before from ${context.release.physical.systemTable('_import_row')}
    where import = ${id}::uuid and status = ${status} and errors is null order by row_number desc limit ${CHUNK}`)
}

/** Of several changes of one record the latest is taken back first. */
function latestOfEach(rows: readonly UndoRow[]): UndoRow[] {
  const seen = new Set<string>()
  return rows.filter(({ record }) => {
    const isLatest = !seen.has(record)
    seen.add(record)
    return isLatest
  })
}

function faultOf(error: RequestError | undefined): RowFault {
  const failure = error?.details.failures?.[0]
  const code = error?.code ?? 'stale_version'
  return {
    column: null,
    value: null,
    code,
    message: failure?.message ?? error?.details.detail ?? ERRORS[code].title,
  }
}

type UndoResult = { row: UndoRow } & ({ version: number } | { fault: RowFault })

async function storeResults(
  context: WriteContext,
  id: string,
  results: readonly UndoResult[],
): Promise<void> {
  const table = context.release.physical.systemTable('_import_row')
  const rows = results.map((result) => ({
    row: result.row.row,
    record: result.row.record,
    was: result.row.before?.version ?? null,
    errors: 'fault' in result ? [result.fault] : null,
    version: 'version' in result ? result.version : null,
  }))
  const shape = sql`json_to_recordset(${asJson(rows)}::json) as r ("row" integer, record uuid, was integer, errors jsonb, version integer)`
  await context.tx.execute(sql`
    update ${table} as t set status = case when r.errors is null then 'undone' else t.status end, errors = r.errors
    from ${shape} where t.import = ${id}::uuid and t.row_number = r."row"`)
  // An earlier change of the same record is unchanged since, if nobody but this import came between.
  await context.tx.execute(sql`
    update ${table} as t set version = r.version
    from ${shape} where t.import = ${id}::uuid and t.record = r.record and t.status = 'updated' and t.version = r.was and r.version is not null`)
}

/** Records that were in use by others of the same import may be free now. */
async function endOrRepeat(
  context: WriteContext,
  job: StoredImport,
  state: UndoState,
): Promise<'done' | 'again'> {
  const table = context.release.physical.systemTable('_import_row')
  const again =
    state.saved === 0
      ? 0
      : await context.tx.execute(sql`
    update ${table} set errors = null where import = ${job.id}::uuid and status = 'created' and errors->0->>'code' = 'in_use'`)
  if (again > 0) {
    await writeState(context.release.physical.systemTable('_import'), context.tx, job.id, {
      ...state,
      saved: 0,
    })
    return 'again'
  }
  const [count] = await context.tx.query<{ undone: number; left: number }>(sql`
    select count(*) filter (where status = 'undone')::int as undone, count(*) filter (where status in ('created', 'updated'))::int as left
    from ${table} where import = ${job.id}::uuid`)
  const { undone = 0, left = 0 } = count ?? {}
  const note =
    left === 0
      ? message(`Undone: ${undone} records`, `已撤销 ${undone} 条记录`)
      : message(
          `Undone: ${undone} records; ${left} have changed since or are in use, and stay`,
          `已撤销 ${undone} 条记录；${left} 条之后已被修改或正被使用，予以保留`,
        )
  await finishImport(context.tx, context.release.physical.names.schema, job.id, {
    status: 'undone',
    failed: 0,
    note,
    now: context.now,
  })
  return 'done'
}
