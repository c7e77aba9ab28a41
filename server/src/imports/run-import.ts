import type { ObjectModel } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { loadActor } from '../access/load-actor.ts'
import { type Database, DatabaseUnavailable } from '../db/index.ts'
import { message } from '../errors.ts'
import { SAVE_LOCK_TIMEOUT_MS } from '../records/save-transaction.ts'
import type { Release } from '../schema/release.ts'
import { FIRST_PASS, type ImportProgress, type RowResult, type StoredImport } from './import-job.ts'
import {
  failWaiting,
  finishImport,
  loadImport,
  loadWaiting,
  moveOn,
  storeResults,
} from './import-store.ts'
import { failRepeated, rehearseRows } from './rehearse-rows.ts'
import { saveRows } from './save-rows.ts'
import { keptResult, openCells } from './sealed-rows.ts'

/** What a job needs of the house. */
export interface ImportGround {
  readonly db: Database
  readonly currentModel: { readonly release: Release }
}

/** How long to go on before others get their turn. */
export interface RunLimits {
  readonly attempt?: number
  readonly signal?: AbortSignal
  readonly forMs?: number
}

const CHUNK_ROWS = 1000
const CHUNK_BYTES = 8_000_000
const USUAL_TURN_MS = 2000
/** A job that fails this often for a reason nobody foresaw is ended, and says so. */
const MOST_FAILURES = 6

/**
 * Carries a job on, chunk by chunk. Each chunk is one transaction: the records, the state of its rows and
 * the counts of the job are there together or not at all, so that after a crash it goes on exactly where it was.
 * The job acts as its user with the rights that they have now.
 */
export async function runImport(
  ground: ImportGround,
  id: string,
  limits: RunLimits = {},
): Promise<'done' | 'again'> {
  const until = Date.now() + (limits.forMs ?? USUAL_TURN_MS)
  try {
    for (;;) {
      if ((await runChunk(ground, id)) === 'done') return 'done'
      if (limits.signal?.aborted || Date.now() > until) return 'again'
    }
  } catch (error) {
    const isHopeless =
      (limits.attempt ?? 1) >= MOST_FAILURES && !(error instanceof DatabaseUnavailable)
    if (!isHopeless) throw error
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    await endFailed(ground, id, message(`Stopped by an error: ${reason}`, `因错误中止：${reason}`))
    return 'done'
  }
}

/** One chunk, in its own transaction. */
async function runChunk(ground: ImportGround, id: string): Promise<'done' | 'again'> {
  const { release } = ground.currentModel
  const job = await loadImport(ground.db, release.physical.names.schema, id)
  if (!job || !isUnderWay(job)) return 'done'
  const context = await contextOf(ground, release, job)
  const object = release.model.objects.get(job.object)
  if (!context || !object) {
    const reason = object
      ? message('The user of the import is not active any more', '导入的用户已停用')
      : message('The object is gone', '对象已不存在')
    await endFailed(ground, id, reason)
    return 'done'
  }
  return ground.db.inTransaction((tx) => chunkIn({ ...context, tx }, object, id), {
    lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS,
    statementTimeoutMs: 0,
  })
}

function isUnderWay({ status, options }: StoredImport): boolean {
  return (status === 'pending' || status === 'running') && !('undo' in options)
}

async function contextOf(
  { db }: ImportGround,
  release: Release,
  job: StoredImport,
): Promise<Context | undefined> {
  const { within } = job.options
  const actor = await loadActor(db, release, {
    tenant: release.physical.names.schema,
    userId: job.createdBy,
    by: 'system',
    ...(within === undefined ? {} : { within }),
  })
  return actor && { db, release, actor, now: new Date(), requestId: job.id, cause: 'import' }
}

async function endFailed(
  { db, currentModel }: ImportGround,
  id: string,
  note: ReturnType<typeof message>,
): Promise<void> {
  const { schema } = currentModel.release.physical.names
  await db.inTransaction(async (tx) => {
    const job = await loadImport(tx, schema, id, true)
    if (job && isUnderWay(job)) {
      await finishImport(tx, schema, id, { status: 'failed', failed: 0, note, now: new Date() })
    }
  })
}

async function chunkIn(
  context: WriteContext,
  object: ObjectModel,
  id: string,
): Promise<'done' | 'again'> {
  const { schema } = context.release.physical.names
  // Whoever else works on this job waits here, and then sees what was done.
  const job = await loadImport(context.tx, schema, id, true)
  if (!job || !isUnderWay(job)) return 'done'
  const { options } = job
  const progress = options.progress ?? FIRST_PASS
  const repeated =
    options.dry_run && options.progress === undefined
      ? await failRepeated(context, id, { object, options })
      : 0
  const kept = await loadWaiting(context.tx, schema, id, {
    after: progress.cursor,
    most: CHUNK_ROWS,
    mostBytes: CHUNK_BYTES,
  })
  const { release } = context
  const rows = kept.map(({ row, cells }) => ({ row, cells: openCells(release, id, cells) }))
  if (rows.length === 0 && repeated === 0) return endPass(context, job, progress)
  const work = { object, options, rows }
  const results = options.dry_run
    ? await rehearseRows(context, id, work)
    : await saveRows(context, work)
  await storeResults(
    context.tx,
    schema,
    id,
    results.map((result) =>
      stored(keptResult({ release, object, options, id }, result), options.dry_run),
    ),
  )
  const count = (status: RowResult['status']): number =>
    results.filter((result) => result.status === status).length
  const [created, updated] = [count('created'), count('updated')]
  const cursor = rows.at(-1)?.row ?? progress.cursor
  const next = { ...progress, cursor, saved: progress.saved + created + updated }
  await moveOn(context.tx, schema, id, {
    created,
    updated,
    failed: count('failed') + repeated,
    skipped: count('skipped'),
    progress: next,
    now: context.now,
  })
  return 'again'
}

const NOTHING = { created: 0, updated: 0, failed: 0, skipped: 0 } as const

/** A rehearsed row has no record. */
function stored(result: RowResult, isDryRun: boolean): RowResult {
  const isGood = result.status === 'created' || result.status === 'updated'
  return isDryRun && isGood ? { row: result.row, status: 'skipped' } : result
}

/** Goes through the rows that still wait once more, as long as that saves any of them. */
async function endPass(
  context: WriteContext,
  job: StoredImport,
  progress: ImportProgress,
): Promise<'done' | 'again'> {
  const { schema } = context.release.physical.names
  const { tx, now } = context
  const [first] = await loadWaiting(tx, schema, job.id, {
    after: 0,
    most: 1,
    mostBytes: CHUNK_BYTES,
  })
  if (first && progress.saved > 0) {
    const next = { pass: progress.pass + 1, cursor: 0, saved: 0 }
    await moveOn(tx, schema, job.id, { ...NOTHING, progress: next, now })
    return 'again'
  }
  const failed = first ? await failWaiting(tx, schema, job.id) : 0
  await finishImport(tx, schema, job.id, { status: 'done', failed, now })
  return 'done'
}
