import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { StagedStep } from '../schema/plan-stages.ts'
import {
  type Blocker,
  type JobStep,
  type PublishAim,
  type PublishJob,
  readAim,
  storedAim,
} from './publish-job.ts'

const JOB = sql`id, change_set as "changeSet", label, status, base_release as "baseRelease", release, live_at as "liveAt",
  ordered_by as "orderedBy", ordered_at as "orderedAt", finished_at as "finishedAt", runner, error, blockers`

const STEP = sql`position, phase, kind, object, field, title, status, cursor, done::float8 as done, total::float8 as total,
  started_at as "startedAt", finished_at as "finishedAt", stage`

/** What a job is made of. */
export interface NewJob {
  changeSet: string | null
  label: string
  baseRelease: number
  aim: PublishAim
  by: string | null
  now: Date
  steps: readonly StagedStep[]
  /** About how many rows each table has. */
  rows: ReadonlyMap<string, number>
}

/** Records a publish with all its steps. There is one at a time: the index refuses another. */
export async function createJob(db: Queryable, schema: string, job: NewJob): Promise<string> {
  const id = uuidv7()
  await db.execute(sql`
    insert into ${systemTable(schema, '_publish')} (id, change_set, label, status, base_release, aim, ordered_by, ordered_at)
    values (${id}, ${job.changeSet}, ${job.label}, 'running', ${job.baseRelease}, ${asJson(storedAim(job.aim))}::jsonb, ${job.by}, ${job.now.toISOString()})`)
  const steps = job.steps.map(({ kind, object, field, table, title, stage }, position) => ({
    position,
    phase: stage.phase,
    kind,
    object,
    field: field ?? null,
    title,
    stage,
    total: stage.does === 'fill' ? (job.rows.get(table) ?? 0) : 1,
  }))
  await db.execute(sql`
    insert into ${systemTable(schema, '_publish_step')} (publish, position, phase, kind, object, field, title, stage, status, total)
    select ${id}::uuid, s.position, s.phase, s.kind, s.object, s.field, s.title, s.stage, 'pending', s.total
    from json_to_recordset(${asJson(steps)}::json) as s
      (position int, phase text, kind text, object text, field text, title jsonb, stage jsonb, total bigint)`)
  return id
}

/** One job; undefined if there is none. With `lock` it stays as it is until the transaction ends. */
export async function loadJob(
  db: Queryable,
  schema: string,
  id: string,
  lock = false,
): Promise<PublishJob | undefined> {
  const [job] = await db.query<PublishJob>(sql`
    select ${JOB} from ${systemTable(schema, '_publish')} where id = ${id}::uuid ${lock ? sql`for update` : sql``}`)
  return job
}

/** The job that is under way. */
export async function loadJobUnderWay(
  db: Queryable,
  schema: string,
): Promise<PublishJob | undefined> {
  const [job] = await db.query<PublishJob>(sql`
    select ${JOB} from ${systemTable(schema, '_publish')} where status in ('running', 'halted', 'aborting')`)
  return job
}

/** The last job of a change set. */
export async function loadJobOfSet(
  db: Queryable,
  schema: string,
  changeSet: string,
): Promise<PublishJob | undefined> {
  const [job] = await db.query<PublishJob>(sql`
    select ${JOB} from ${systemTable(schema, '_publish')} where change_set = ${changeSet}::uuid order by ordered_at desc limit 1`)
  return job
}

/** What is to be in force when it is live. */
export async function loadAim(db: Queryable, schema: string, id: string): Promise<PublishAim> {
  const [row] = await db.query<{ aim: unknown }>(
    sql`select aim from ${systemTable(schema, '_publish')} where id = ${id}::uuid`,
  )
  if (!row) throw new Error(`There is no publish ${id}`)
  return readAim(row.aim)
}

/** The steps of a job in their order. */
export async function loadJobSteps(db: Queryable, schema: string, id: string): Promise<JobStep[]> {
  return db.query<JobStep>(sql`
    select ${STEP} from ${systemTable(schema, '_publish_step')} where publish = ${id}::uuid order by position`)
}

/** What a job gets to know of itself. */
export type JobChange = Partial<
  Pick<PublishJob, 'status' | 'release' | 'liveAt' | 'finishedAt' | 'runner' | 'error'>
> & { blockers?: readonly Blocker[] }

const JOB_COLUMNS = {
  status: sql`status`,
  release: sql`release`,
  liveAt: sql`live_at`,
  finishedAt: sql`finished_at`,
  runner: sql`runner`,
  error: sql`error`,
  blockers: sql`blockers`,
} as const satisfies Record<keyof JobChange, unknown>

/** Writes what changes about a job. */
export async function saveJob(
  db: Queryable,
  schema: string,
  id: string,
  change: JobChange,
): Promise<void> {
  const keys = Object.keys(change) as (keyof JobChange)[]
  const sets = keys.map((key) => {
    const value = change[key] ?? null
    const bound = key === 'blockers' ? sql`${asJson(value)}::jsonb` : sql`${value}`
    return sql`${JOB_COLUMNS[key]} = ${bound}`
  })
  await db.execute(sql`
    update ${systemTable(schema, '_publish')} set ${sql.join(sets, sql`, `)} where id = ${id}::uuid`)
  await tellMove(db, schema, id)
}

/** The channel on which processes tell each other that a publish in steps has got on: its schema and id. */
export const PUBLISH_CHANNEL = 'trellis_publish'

async function tellMove(db: Queryable, schema: string, id: string): Promise<void> {
  await db.execute(sql`select pg_notify(${PUBLISH_CHANNEL}, ${`${schema} ${id}`})`)
}

/** How a step has got on. */
export interface StepChange {
  status: JobStep['status']
  cursor?: string | null
  /** So many rows more. */
  more?: number
}

/** Writes how a step has got on. */
export async function saveStep(
  db: Queryable,
  schema: string,
  at: { id: string; position: number },
  change: StepChange,
): Promise<void> {
  const { status, cursor = null, more = 0 } = change
  await db.execute(sql`
    update ${systemTable(schema, '_publish_step')} set status = ${status}, done = done + ${more},
      cursor = coalesce(${cursor}::uuid, cursor), started_at = coalesce(started_at, clock_timestamp()),
      finished_at = case when ${status} = 'done' then clock_timestamp() end
    where publish = ${at.id}::uuid and position = ${at.position}`)
  await tellMove(db, schema, at.id)
}
