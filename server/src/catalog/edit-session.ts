import type { ModelChange, Problem } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import { loadChangeSet, loadEdits, type StoredChangeSet } from './change-sets.ts'
import { checkCustomerNames } from './check-customer-names.ts'
import { loadHead } from './component-store.ts'
import { type Edit, flatten, type Layers, withEdits } from './layers.ts'
import { loadLayers } from './load-layers.ts'
import { judgeComponents } from './plan-publish.ts'
import type { PublishTarget } from './prepare-publish.ts'

/** A change set laid over the layers in force, judged. */
export interface EditedSet {
  set: StoredChangeSet
  edits: Edit[]
  problems: Problem[]
  layers: Layers
  current(kind: string, name: string): unknown
}

/** Loads a change set and judges it as publishing would, without looking at live data. */
export async function loadEditedSet(target: PublishTarget, id: string): Promise<EditedSet> {
  const { db, schema } = target
  const [set, edits, layers] = await Promise.all([
    loadChangeSet(db, schema, id),
    loadEdits(db, schema, id),
    layersInForce(db, schema),
  ])
  const inForce = new Map(flatten(layers).map((one) => [`${one.kind} ${one.name}`, one.definition]))
  return {
    set,
    edits,
    layers,
    problems: await judge(target, layers, edits),
    current: (kind, name) => inForce.get(`${kind} ${name}`),
  }
}

/** The layers of the release in force. */
export async function layersInForce(db: Queryable, schema: string): Promise<Layers> {
  return loadLayers(db, schema, (await loadHead(db, schema)).release)
}

async function judge(
  target: PublishTarget,
  layers: Layers,
  edits: readonly Edit[],
): Promise<Problem[]> {
  const { problems } = await judgeComponents(flatten(withEdits(layers, edits)), target.fieldTypes)
  return [...problems, ...checkCustomerNames(layers, edits)]
}

/** A published state, for the release history. */
export interface StoredRelease {
  number: number
  label: string
  publishedAt: string
  publishedBy: string | null
  changes: Omit<ModelChange, 'old' | 'new'>[]
  rolledBackTo: number | null
}

/** The releases, newest first. */
export async function listReleases(
  db: Queryable,
  schema: string,
  limit: number,
): Promise<StoredRelease[]> {
  return db.query<StoredRelease>(sql`
    select number, label, published_at as "publishedAt", published_by as "publishedBy", changes, rolled_back_to as "rolledBackTo"
    from ${systemTable(schema, '_release')} order by number desc limit ${limit}`)
}
