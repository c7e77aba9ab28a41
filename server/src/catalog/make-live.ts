import type { ModelChange } from '@trellis/metamodel'
import { sql } from 'kysely'

import { type AuditCaller, recordAudit } from '../audit/index.ts'
import { asJson, type Transaction } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { Release } from '../schema/release.ts'
import { saveLayers } from './component-store.ts'
import { RELEASE_CHANNEL } from './current-model.ts'
import { findLastAdministrator } from './find-access-obstacles.ts'
import type { Layers } from './layers.ts'
import type { Finding } from './obstacle.ts'
import { savePhysicalNames } from './physical-store.ts'
import type { PublishPlan } from './plan-publish.ts'
import { requireClear } from './publish-failures.ts'
import { saveRenames } from './save-renames.ts'

/** What the release history says of a publish. */
export interface ReleaseFacts {
  label: string
  by: string | null
  now: Date
  caller?: AuditCaller | undefined
  rolledBackTo?: number | undefined
}

/** What is to be in force. */
export interface Live {
  release: number
  current: Release | undefined
  ready: NonNullable<PublishPlan['ready']>
  before: Layers
  next: Layers
  facts: ReleaseFacts
}

/**
 * Puts a plan into force, but for its SQL: metadata, names, release, head and audit log. What takes locks on tables
 * comes after it, so that they are held for no longer than the commit takes.
 */
export async function makeLive(tx: Transaction, schema: string, live: Live): Promise<void> {
  const { release, current, ready, before, next, facts } = live
  if (current) requireClear(await findLastUnderLock(tx, current, ready))
  await saveRenames(tx, schema, ready.renames, ready.was)
  await savePhysicalNames(tx, schema, ready.names, facts.now)
  await saveLayers(tx, schema, { before, next, release })
  await saveRelease(tx, schema, { facts, release, changes: ready.changes })
  recordRelease(tx, schema, { facts, release, changes: ready.changes })
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

async function saveRelease(
  tx: Transaction,
  schema: string,
  done: { facts: ReleaseFacts; release: number; changes: ModelChange[] },
): Promise<void> {
  const { facts, release, changes } = done
  const kept = changes.map(({ kind, name, op, from, follows, properties }) => ({
    kind,
    name,
    op,
    ...(from === undefined ? {} : { from }),
    ...(follows ? { follows } : {}),
    properties,
  }))
  await tx.execute(sql`
    insert into ${systemTable(schema, '_release')} (number, label, published_at, published_by, changes, rolled_back_to)
    values (${release}, ${facts.label}, ${facts.now.toISOString()}, ${facts.by}, ${asJson(kept)}::jsonb, ${facts.rolledBackTo ?? null})`)
  await tx.execute(sql`
    update ${systemTable(schema, '_head')} set release = ${release}, epoch = epoch + 1
    returning pg_notify(${RELEASE_CHANNEL}, ${String(release)})`)
}

/** So many changes are named in the audit log; the release itself keeps all of them. */
const MOST_NAMED = 200

function recordRelease(
  tx: Transaction,
  schema: string,
  done: { facts: ReleaseFacts; release: number; changes: ModelChange[] },
): void {
  const { facts, release, changes } = done
  const house = { schema, at: facts.now, actor: facts.by, by: 'system', address: null } as const
  recordAudit(tx, {
    ...(facts.caller ?? house),
    action: facts.rolledBackTo === undefined ? 'publish' : 'rollback',
    details: {
      release,
      label: facts.label,
      ...(facts.rolledBackTo === undefined ? {} : { to: facts.rolledBackTo }),
      count: changes.length,
      changes: changes.slice(0, MOST_NAMED).map(({ op, kind, name, from }) => ({
        op,
        kind,
        name,
        ...(from === undefined ? {} : { from }),
      })),
    },
  })
}
