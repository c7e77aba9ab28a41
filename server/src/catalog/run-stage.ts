import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import { hasSqlState, type Transaction } from '../db/index.ts'
import { fillBatchSql } from '../schema/fill-sql.ts'
import { quoteIdentifier } from '../schema/physical-map.ts'
import type { Fill, Stage } from '../schema/stage.ts'
import { IS_FILLING } from '../schema/sync-columns.ts'
import { saveJob, saveStep } from './publish-job-store.ts'
import type { JobStep } from './publish-job.ts'
import { type Run, requireOwn, withOwnLocks } from './run.ts'
import { BlockerWatch } from './with-short-locks.ts'

type StageOf<Does extends Stage['does']> = Extract<Stage, { does: Does }>

/** Does one step of a publish and records that it is done. */
export async function runStage(run: Run, step: JobStep): Promise<void> {
  const { stage } = step
  if (stage.does === 'run') await runStatements(run, step, stage)
  if (stage.does === 'fill') await fillRows(run, step, stage.fill)
  if (stage.does === 'index') await buildIndex(run, step, stage)
  if (stage.does === 'validate') await validate(run, step, stage.sql)
}

/** Short DDL, and that it is done, in one transaction: once, whatever happens. */
async function runStatements(run: Run, step: JobStep, { sql: all }: StageOf<'run'>): Promise<void> {
  await withOwnLocks(run, async (tx) => {
    for (const statement of all) await tx.execute(statement)
    await saveDone(tx, run, step)
  })
}

function saveDone(tx: Transaction, run: Run, { position }: JobStep): Promise<void> {
  const { id, target } = run
  return saveStep(tx, target.schema, { id, position }, { status: 'done', more: 1 })
}

const FEWEST_ROWS = 100
const MOST_ROWS = 5000
/** A batch holds its rows for about so long; others get their turn for the same time after it. */
const BATCH_MS = 60

/** Fills rows batch by batch; how far it has come is written with each batch. */
async function fillRows(run: Run, step: JobStep, fill: Fill): Promise<void> {
  let most = 500
  let last = step.cursor
  for (;;) {
    const began = performance.now()
    const batch = await fillBatch(run, step, fill, { last, most })
    if (batch.last === null) return
    last = batch.last
    const took = performance.now() - began
    most = Math.round(Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, (most * BATCH_MS) / took)))
    await delay(Math.min(took, 2 * BATCH_MS))
  }
}

interface Batch {
  done: number
  last: string | null
}

async function fillBatch(
  run: Run,
  step: JobStep,
  fill: Fill,
  from: { last: string | null; most: number },
): Promise<Batch> {
  let batch: Batch = { done: 0, last: null }
  await withOwnLocks(run, async (tx) => {
    await tx.execute(IS_FILLING)
    const [filled] = await tx.query<Batch>(fillBatchSql(fill), [from.last, from.most])
    batch = filled ?? batch
    await saveStep(
      tx,
      run.target.schema,
      { id: run.id, position: step.position },
      { status: batch.last === null ? 'done' : 'running', cursor: batch.last, more: batch.done },
    )
  })
  return batch
}

/** Runs what no transaction may hold; who holds it up can be read meanwhile. */
async function executeAlone(run: Run, statement: string): Promise<void> {
  const { db, schema } = run.target
  const tell = (blockers: Parameters<typeof saveJob>[3]['blockers'] = []): void =>
    void saveJob(db, schema, run.id, { blockers }).catch(() => undefined)
  const watch = new BlockerWatch(db, tell, 1000)
  try {
    await db.executeAlone(statement, { onProcess: (pid) => watch.start(pid) })
  } finally {
    watch.stop()
  }
}

/** A look at every row; if the process dies after it, it is simply done once more. */
async function validate(run: Run, step: JobStep, statement: string): Promise<void> {
  await begin(run, step)
  await executeAlone(run, statement)
  await end(run, step)
}

async function begin(run: Run, { position }: JobStep): Promise<void> {
  const { db, schema } = run.target
  await db.inTransaction(async (tx) => {
    await requireOwn(tx, run)
    await saveStep(tx, schema, { id: run.id, position }, { status: 'running' })
  })
}

async function end(run: Run, step: JobStep): Promise<void> {
  await run.target.db.inTransaction(async (tx) => {
    await requireOwn(tx, run)
    await saveDone(tx, run, step)
  })
}

/** 42P07: somebody whom nobody knew of any more has made it. 40P01: two builds waited for each other. */
const BUILD_AGAIN = ['42P07', '40P01']

/** Builds an index while rows are written. What an earlier attempt has left is finished, or dropped first. */
async function buildIndex(run: Run, step: JobStep, stage: StageOf<'index'>): Promise<void> {
  await begin(run, step)
  for (;;) {
    const state = await stateOf(run, stage.name)
    if (state === 'valid') break
    if (state === 'building') await delay(200)
    if (state === 'invalid') {
      const drop = `DROP INDEX IF EXISTS ${quoteIdentifier(run.target.schema)}.${quoteIdentifier(stage.name)}`
      await withOwnLocks(run, async (tx) => void (await tx.execute(drop)))
    }
    if (state === 'absent') {
      await executeAlone(run, stage.sql).catch((error: unknown) => {
        if (!hasSqlState(error, ...BUILD_AGAIN)) throw error
      })
    }
  }
  await end(run, step)
}

/** How an index stands. A process that died may have left a session of the database at work on it. */
async function stateOf(
  { target }: Run,
  name: string,
): Promise<'valid' | 'building' | 'invalid' | 'absent'> {
  const [index] = await target.db.query<{ valid: boolean; building: boolean }>(sql`
    select x.indisvalid as valid,
      exists (select 1 from pg_stat_progress_create_index p where p.index_relid = x.indexrelid) as building
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = i.relnamespace
    where n.nspname = ${target.schema} and i.relname = ${name}`)
  if (!index) return 'absent'
  if (index.valid) return 'valid'
  return index.building ? 'building' : 'invalid'
}
