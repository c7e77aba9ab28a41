import {
  type FieldTypes,
  type Locale,
  localize,
  type ModelChange,
  type Problem,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import { asJson, type Database, hasSqlState, type Transaction } from '../db/index.ts'
import { type Failure, failure, message, RequestError } from '../errors.ts'
import { PhysicalMap, systemTable } from '../schema/physical-map.ts'
import { hasTrigram } from '../schema/read-catalog.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import { closeChangeSet, loadChangeSet, loadEdits, type StoredChangeSet } from './change-sets.ts'
import { checkCustomerNames } from './check-customer-names.ts'
import { areSameLayers, type Head, loadHead, loadLayers, saveLayers } from './component-store.ts'
import { loadRelease, RELEASE_CHANNEL } from './current-model.ts'
import { type Finding, findObstacles } from './find-obstacles.ts'
import { flatten, type Layers, withEdits } from './layers.ts'
import { loadPhysicalNames, savePhysicalNames } from './physical-store.ts'
import { planPublish, type PublishPlan } from './plan-publish.ts'

/** Where metadata is published. */
export interface PublishTarget {
  db: Database
  schema: string
  fieldTypes: FieldTypes
}

/** Who publishes what, as the release history will say. */
export interface PublishOrder {
  label: string
  by: string | null
  now: Date
  /** The next state of the layers from those in force. */
  next(layers: Layers): Layers
  /** The files that the components come from. */
  fileOf?: FileOf
  /** Take up retired tables and columns again with their data: a roll back. */
  isRestoring?: boolean
  rolledBackTo?: number
  /** Runs in the same transaction, before anything is written; throws to stop. */
  guard?(tx: Transaction, head: Head): Promise<void>
  /** Runs in the same transaction, after everything is written. */
  finish?(tx: Transaction, release: number): Promise<void>
}

/** What a publish did. */
export interface Published {
  release: number
  changes: ModelChange[]
  steps: SchemaStep[]
  findings: Finding[]
}

/** A plan with what was found in live data. */
export interface Preview {
  head: Head
  plan: PublishPlan
  findings: Finding[]
}

/** DDL waits this long for a lock, so that no reader waits behind it for longer; then the whole publish tries again. */
const LOCK_TIMEOUT_MS = 400
const ATTEMPTS = 12

/**
 * Publishes: compiles, plans, checks live data, applies and moves the head, all in one transaction. Nobody sees
 * half of it; after a crash at any step nothing has happened.
 * @throws RequestError invalid_metadata with every problem · validation_failed with what live data has against it ·
 *   conflict if tables stay busy
 */
export async function publish(target: PublishTarget, order: PublishOrder): Promise<Published> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await target.db.inTransaction((tx) => publishOnce(tx, target, order), {
        lockTimeoutMs: LOCK_TIMEOUT_MS,
        statementTimeoutMs: 0,
      })
    } catch (error) {
      if (!hasSqlState(error, '55P03')) throw error
      if (attempt === ATTEMPTS) {
        throw new RequestError('conflict', {
          detail: message('The tables are busy. Try again.', '数据表正忙，请稍后重试'),
        })
      }
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt * (0.5 + Math.random())))
    }
  }
}

async function publishOnce(
  tx: Transaction,
  target: PublishTarget,
  order: PublishOrder,
): Promise<Published> {
  const { schema } = target
  const head = await loadHead(tx, schema, true)
  await order.guard?.(tx, head)
  const before = await loadLayers(tx, schema, head.release)
  const next = order.next(before)
  const { plan, findings } = await prepare(tx, target, {
    head,
    next,
    isRestoring: order.isRestoring === true,
  })
  const ready = plan.ready
  if (!ready) throw problemsError(plan.problems, order.fileOf)
  const obstacles = findings.filter((finding) => finding.severity === 'error')
  if (obstacles.length > 0) {
    throw new RequestError('validation_failed', { failures: obstacles.map(findingFailure) })
  }
  const isSame = ready.changes.length === 0 && areSameLayers(before, next)
  if (isSame && head.release > 0) {
    await order.finish?.(tx, head.release)
    return { release: head.release, changes: [], steps: [], findings }
  }
  for (const statement of ready.steps.flatMap((step) => step.sql)) await tx.execute(statement)
  const release = head.release + 1
  await savePhysicalNames(tx, schema, ready.names, order.now)
  await saveLayers(tx, schema, { before, next, release })
  await saveRelease(tx, schema, { order, release, changes: ready.changes })
  await order.finish?.(tx, release)
  return { release, changes: ready.changes, steps: ready.steps, findings }
}

async function saveRelease(
  tx: Transaction,
  schema: string,
  done: { order: PublishOrder; release: number; changes: ModelChange[] },
): Promise<void> {
  const { order, release, changes } = done
  const kept = changes.map(({ kind, name, op, properties }) => ({ kind, name, op, properties }))
  await tx.execute(sql`
    insert into ${systemTable(schema, '_release')} (number, label, published_at, published_by, changes, rolled_back_to)
    values (${release}, ${order.label}, ${order.now.toISOString()}, ${order.by}, ${asJson(kept)}::jsonb, ${order.rolledBackTo ?? null})`)
  await tx.execute(
    sql`update ${systemTable(schema, '_head')} set release = ${release}, epoch = epoch + 1`,
  )
  await tx.execute(sql`select pg_notify(${RELEASE_CHANNEL}, ${String(release)})`)
}

/** The plan against the layers in force, and what live data says to it. Reads only. */
export async function previewPublish(
  target: PublishTarget,
  next: (layers: Layers) => Layers,
  isRestoring = false,
): Promise<Preview> {
  return target.db.inTransaction(
    async (tx) => {
      const head = await loadHead(tx, target.schema)
      const layers = await loadLayers(tx, target.schema, head.release)
      return { head, ...(await prepare(tx, target, { head, next: next(layers), isRestoring })) }
    },
    { readOnly: true, isolation: 'repeatable read' },
  )
}

async function prepare(
  tx: Transaction,
  target: PublishTarget,
  asked: { head: Head; next: Layers; isRestoring: boolean },
): Promise<{ plan: PublishPlan; findings: Finding[] }> {
  const { schema, fieldTypes } = target
  const { head, next, isRestoring } = asked
  const names = await loadPhysicalNames(tx, schema)
  const current = head.release === 0 ? undefined : await loadRelease(tx, schema, head, fieldTypes)
  const abilities = { hasTrigram: await hasTrigram(tx) }
  const plan = planPublish(flatten(next), {
    model: current?.model,
    names,
    abilities,
    fieldTypes,
    isRestoring,
  })
  if (!plan.ready) return { plan, findings: [] }
  const findings = await findObstacles(tx, {
    plan: plan.ready,
    current: current?.model,
    physical: new PhysicalMap(names),
  })
  return { plan, findings }
}

/** Where a component was written down, for messages; undefined if it did not come from a file. */
export type FileOf = (kind: string, name: string) => string | undefined

/** All problems as one error, each at its file if it has one, else at its component. */
export function problemsError(problems: readonly Problem[], fileOf?: FileOf): RequestError {
  const failures = problems
    .filter((problem) => problem.severity === 'error')
    .map((problem) =>
      failure(
        [fileOf?.(problem.kind, problem.name) ?? `${problem.kind} ${problem.name}`, problem.path]
          .filter((part) => part !== '')
          .join(': '),
        problem.code,
        problem.message,
        problem.suggestion === undefined ? {} : { suggestion: problem.suggestion },
      ),
    )
  return new RequestError('invalid_metadata', { failures })
}

function findingFailure(finding: Finding): Failure {
  return failure(`${finding.kind} ${finding.name}`, finding.code, finding.message)
}

/** What publishing a change set would do, and everything that stands against it. */
export async function previewChangeSet(
  target: PublishTarget,
  id: string,
): Promise<Preview & { set: StoredChangeSet }> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  let names: Problem[] = []
  const preview = await previewPublish(target, (layers) => {
    names = checkCustomerNames(layers, edits)
    return withEdits(layers, edits)
  })
  const problems = [...preview.plan.problems, ...names]
  return { ...preview, plan: names.length > 0 ? { problems } : { ...preview.plan, problems }, set }
}

/** Publishes a change set; if the head has moved on meanwhile and both touch the same component, 409 names it. */
export async function publishChangeSet(
  target: PublishTarget,
  id: string,
  order: { label?: string; by: string; now: Date },
): Promise<Published> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  return publish(target, {
    label: order.label ?? set.label,
    by: order.by,
    now: order.now,
    next: (layers) => {
      const problems = checkCustomerNames(layers, edits)
      if (problems.length > 0) throw problemsError(problems)
      return withEdits(layers, edits)
    },
    guard: async (tx, head) => {
      const locked = await loadChangeSet(tx, target.schema, id, true)
      requireOpen(locked)
      await requireNoOverlap(tx, target.schema, { head, base: set.baseRelease, edits })
    },
    finish: (tx) => closeChangeSet(tx, target.schema, id, 'published', order.now),
  })
}

function requireOpen(set: StoredChangeSet): void {
  if (set.status === 'open') return
  throw new RequestError('conflict', {
    detail: message(
      `The change set is ${set.status} already`,
      set.status === 'published' ? '变更集已发布' : '变更集已丢弃',
    ),
  })
}

/** What was published since a release. */
async function changesSince(
  tx: Transaction,
  schema: string,
  release: number,
): Promise<ModelChange[]> {
  const rows = await tx.query<{ changes: ModelChange[] }>(sql`
    select changes from ${systemTable(schema, '_release')} where number > ${release} order by number`)
  return rows.flatMap((row) => row.changes)
}

async function requireNoOverlap(
  tx: Transaction,
  schema: string,
  asked: { head: Head; base: number; edits: readonly { kind: string; name: string }[] },
): Promise<void> {
  if (asked.head.release === asked.base) return
  const moved = await changesSince(tx, schema, asked.base)
  const mine = new Set(asked.edits.map((edit) => `${edit.kind} ${edit.name}`))
  const overlap = [...new Set(moved.map((change) => `${change.kind} ${change.name}`))].filter(
    (key) => mine.has(key),
  )
  if (overlap.length === 0) return
  throw new RequestError('stale_release', {
    failures: overlap.map((key) =>
      failure(
        key,
        'stale_release',
        message(`${key} was published by somebody else meanwhile`, `${key} 已被他人发布新版本`),
      ),
    ),
  })
}

/** Goes back to an older release by publishing its metadata as a new one; data that came since stays. */
export async function rollBack(
  target: PublishTarget,
  release: number,
  order: { by: string; now: Date; locale: Locale },
): Promise<Published> {
  const old = await loadLayers(target.db, target.schema, release)
  const head = await loadHead(target.db, target.schema)
  if (release < 1 || release >= head.release) {
    throw new RequestError('not_found', {
      detail: message(`There is no older release ${release}`, `没有更早的版本 ${release}`),
    })
  }
  return publish(target, {
    label: localize(
      { 'en-US': `Roll back to release ${release}`, 'zh-CN': `回滚到版本 ${release}` },
      order.locale,
    ),
    by: order.by,
    now: order.now,
    next: () => old,
    isRestoring: true,
    rolledBackTo: release,
  })
}
