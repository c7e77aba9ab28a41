import type { Context, WriteContext } from '../access/context.ts'
import { loadActor } from '../access/load-actor.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import type { RecordRequest } from '../effects/record-request.ts'
import { ERRORS, message, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { type Outcome, performIn } from '../records/perform.ts'
import { SAVE_LOCK_TIMEOUT_MS } from '../records/save-transaction.ts'
import type { RowFault, StoredImport } from './import-job.ts'
import { finishImport, loadImport } from './import-store.ts'
import type { ImportGround, RunLimits } from './run-import.ts'
import { openBefore } from './sealed-rows.ts'
import {
  countUndone,
  failChanged,
  hasRepeats,
  loadUndoRows,
  passOnVersions,
  retryInUse,
  storeUndone,
  type UndoResult,
  type UndoRow,
  type UndoState,
  writeUndo,
} from './undo-store.ts'

/** The topic under which undoing waits in the outbox. */
export const UNDO_TOPIC = 'import.undo'

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
    const undo: UndoState = {
      by: userId,
      saved: 0,
      isRepetitive: await hasRepeats(tx, context.release, id),
      ...(within === undefined ? {} : { within }),
    }
    await writeUndo(tx, context.release, id, undo)
    await enqueue(tx, schema, [{ topic: UNDO_TOPIC, payload: { import: id } }])
    recordAudit(tx, {
      ...callerOf(context),
      action: 'import',
      object: job.object,
      details: { import: id, undone: true },
    })
  })
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
    tenant: schema,
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

async function undoChunk(
  context: WriteContext,
  job: StoredImport,
  state: UndoState,
): Promise<'done' | 'again'> {
  const phase = state.phase ?? 'updated'
  const loaded = await loadUndoRows(context, job.id, phase, state.cursor)
  const lowest = loaded.at(-1)
  if (!lowest) return endPass(context, job, { ...state, phase })
  const rows = phase === 'updated' ? latestOfEach(loaded) : loaded
  const outcomes = await performSafely(
    context,
    rows.map((row) => requestOf(job.object, { ...state, phase }, opened(context, job, row))),
  )
  const results = rows.flatMap((row, index) => resultOf(phase, row, outcomes[index]))
  await storeUndone(context, job.id, results)
  if (phase === 'updated' && state.isRepetitive !== false) {
    await passOnVersions(context, job.id, results)
  }
  const saved = results.filter((result) => !('fault' in result)).length
  const done = new Set(rows)
  const putOff = loaded.find((row) => !done.has(row))
  await writeUndo(context.tx, context.release, job.id, {
    ...state,
    phase,
    cursor: putOff ? putOff.row + 1 : lowest.row,
    saved: state.saved + saved,
  })
  return 'again'
}

function opened({ release }: WriteContext, job: StoredImport, row: UndoRow): UndoRow {
  return row.before ? { ...row, before: openBefore(release, job, row.before) } : row
}

function requestOf(
  object: string,
  { phase, hasChecked }: UndoState,
  { record: id, version, before }: UndoRow,
): RecordRequest {
  if (phase === 'updated') {
    return { op: 'update', object, id, version, values: before?.values ?? {} }
  }
  return {
    op: 'delete',
    object,
    id,
    // Taking back one record may empty a reference of another, which has a version more then.
    ...(hasChecked === true ? {} : { version }),
    ...(phase === 'unreferred' ? { unreferred: true as const } : {}),
  }
}

/** Nothing for a record that is put off because others refer to it. */
function resultOf(
  phase: UndoState['phase'],
  row: UndoRow,
  outcome: Outcome | undefined,
): UndoResult[] {
  if (outcome && !('error' in outcome)) return [{ row, version: outcome.version }]
  const code = outcome?.error.code
  if (phase === 'unreferred' && code === 'in_use') return []
  const isGone = phase !== 'updated' && code === 'not_found'
  return [isGone ? { row, version: row.version } : { row, fault: faultOf(outcome?.error) }]
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

/** Goes on with the same phase as long as that takes records back that others may have waited for, then with the next. */
async function endPass(
  context: WriteContext,
  job: StoredImport,
  state: UndoState,
): Promise<'done' | 'again'> {
  const next = await nextPhase(context, job, state)
  if (next === undefined) return end(context, job)
  const { cursor: _, ...kept } = state
  await writeUndo(context.tx, context.release, job.id, { ...kept, ...next, saved: 0 })
  return 'again'
}

async function nextPhase(
  context: WriteContext,
  job: StoredImport,
  { phase, saved, hasChecked }: UndoState,
): Promise<Partial<UndoState> | undefined> {
  if (phase === 'updated' || (phase === 'unreferred' && saved > 0)) return { phase: 'unreferred' }
  if (phase === 'unreferred') {
    if (hasChecked !== true) await failChanged(context, job, faultOf(undefined))
    return { phase: 'referred', hasChecked: true }
  }
  // Records that were in use by others of the same import may be free now.
  const freed = saved === 0 ? 0 : await retryInUse(context, job.id)
  return freed > 0 ? { phase: 'unreferred' } : undefined
}

async function end(context: WriteContext, job: StoredImport): Promise<'done'> {
  const { undone, left } = await countUndone(context, job.id)
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
