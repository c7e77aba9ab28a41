import type { ModelChange, Problem } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Reader } from '../access/reader.ts'
import { type AuditCaller, recordAudit } from '../audit/index.ts'
import { asJson, hasSqlState, type Transaction } from '../db/index.ts'
import { type Failure, failure, message, RequestError } from '../errors.ts'
import { PhysicalMap, systemTable } from '../schema/physical-map.ts'
import type { Release } from '../schema/release.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import type { AccessEffect } from './access-effect.ts'
import { closeChangeSet, loadChangeSet, loadEdits, type StoredChangeSet } from './change-sets.ts'
import { checkCustomerNames } from './check-customer-names.ts'
import { areSameLayers, type Head, loadHead, loadLayers, saveLayers } from './component-store.ts'
import { countAccessEffects } from './count-access-effects.ts'
import { RELEASE_CHANNEL } from './current-model.ts'
import { findLastAdministrator, WIDER_THAN_OWN } from './find-access-obstacles.ts'
import type { Finding } from './find-obstacles.ts'
import { type Layers, withEdits } from './layers.ts'
import { savePhysicalNames } from './physical-store.ts'
import type { PublishPlan } from './plan-publish.ts'
import {
  type PreparedPublish,
  preparePublish,
  type Preview,
  type PublishTarget,
} from './prepare-publish.ts'
import { requireNoOverlap } from './require-no-overlap.ts'

export type { Preview, PublishTarget } from './prepare-publish.ts'

/** Who publishes what, as the release history will say. */
export interface PublishOrder {
  label: string
  by: string | null
  now: Date
  /** Who it is to the audit log, if a person asked for it. */
  caller?: AuditCaller
  /** That person: they give nobody more than they have, and are told of nothing but what they may see. */
  publisher?: Reader
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
  const { plan, findings, current } = await preparePublish(tx, target, {
    head,
    next,
    isRestoring: order.isRestoring === true,
    publisher: order.publisher,
  })
  const ready = plan.ready
  if (!ready) throw problemsError(plan.problems, order.fileOf)
  requireClear(findings)
  if (current) requireClear(await findLastUnderLock(tx, current, ready))
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
  recordRelease(tx, schema, { order, release, changes: ready.changes })
  await order.finish?.(tx, release)
  return { release, changes: ready.changes, steps: ready.steps, findings }
}

/** Asks once more for the last administrator, with users held who are losing what they can do at this moment. */
async function findLastUnderLock(
  tx: Transaction,
  current: Release,
  ready: NonNullable<PublishPlan['ready']>,
): Promise<Finding[]> {
  if (ready.changes.every(({ kind }) => kind !== 'permission_set')) return []
  await tx.execute(sql`select 1 from ${current.physical.systemTable('_organization')} for update`)
  return findLastAdministrator(tx, current, ready)
}

function requireClear(findings: readonly Finding[]): void {
  const obstacles = findings.filter((finding) => finding.severity === 'error')
  if (obstacles.length === 0) return
  const tooWide = obstacles.filter((finding) => finding.code === WIDER_THAN_OWN)
  throw new RequestError(tooWide.length > 0 ? 'forbidden' : 'validation_failed', {
    failures: (tooWide.length > 0 ? tooWide : obstacles).map(findingFailure),
  })
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

/** So many changes are named in the audit log; the release itself keeps all of them. */
const MOST_NAMED = 200

function recordRelease(
  tx: Transaction,
  schema: string,
  done: { order: PublishOrder; release: number; changes: ModelChange[] },
): void {
  const { order, release, changes } = done
  const house = { schema, at: order.now, actor: order.by, by: 'system', address: null } as const
  recordAudit(tx, {
    ...(order.caller ?? house),
    action: order.rolledBackTo === undefined ? 'publish' : 'rollback',
    details: {
      release,
      label: order.label,
      ...(order.rolledBackTo === undefined ? {} : { to: order.rolledBackTo }),
      count: changes.length,
      changes: changes.slice(0, MOST_NAMED).map(({ op, kind, name }) => ({ op, kind, name })),
    },
  })
}

/** How much a preview looks at. */
export interface PreviewAsked {
  /** Who would publish. */
  publisher?: Reader
  /** Whether those who gain and lose are counted on live data, which takes its time. */
  isCounting?: boolean
}

/** The plan against the layers in force, and what live data says to it. Reads only. */
export async function previewPublish(
  target: PublishTarget,
  next: (layers: Layers) => Layers,
  { publisher, isCounting = false }: PreviewAsked = {},
): Promise<Preview> {
  return target.db.inTransaction(
    async (tx) => {
      const head = await loadHead(tx, target.schema)
      const layers = await loadLayers(tx, target.schema, head.release)
      const asked = { head, next: next(layers), isRestoring: false, publisher }
      const prepared = await preparePublish(tx, target, asked)
      return { ...prepared, head, effects: isCounting ? await countEffects(tx, prepared) : [] }
    },
    { readOnly: true, isolation: 'repeatable read' },
  )
}

async function countEffects(
  tx: Transaction,
  { current, plan, access }: PreparedPublish,
): Promise<AccessEffect[]> {
  if (!current || !plan.ready) return []
  const { model, names } = plan.ready
  const next = {
    number: current.number,
    model,
    physical: new PhysicalMap(names),
    derived: new Map(),
  }
  return countAccessEffects(tx, { current, next }, access)
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
  asked: PreviewAsked = {},
): Promise<Preview & { set: StoredChangeSet }> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  let names: Problem[] = []
  const preview = await previewPublish(
    target,
    (layers) => {
      names = checkCustomerNames(layers, edits)
      return withEdits(layers, edits)
    },
    asked,
  )
  const problems = [...preview.plan.problems, ...names]
  return { ...preview, plan: names.length > 0 ? { problems } : { ...preview.plan, problems }, set }
}

/** Publishes a change set; if the head has moved on meanwhile and both touch the same component, 409 names it. */
export async function publishChangeSet(
  target: PublishTarget,
  id: string,
  order: Pick<PublishOrder, 'caller' | 'publisher' | 'by' | 'now'> & { label?: string },
): Promise<Published> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  return publish(target, {
    ...order,
    label: order.label ?? set.label,
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
