import { allRollUps, type RollUpField } from '@trellis/metamodel'
import { sql } from 'kysely'

import { compileRollUp } from '../conditions/compile-roll-up.ts'
import type { Database } from '../db/index.ts'
import { message } from '../errors.ts'
import type { Disagreement } from '../schema/compare-catalog.ts'
import type { Release } from '../schema/release.ts'

/** So many records are looked at in one statement, which sees a record and what it is made of at the same moment. */
const BATCH = 5000
/** So many records are named. */
const MOST_NAMED = 3

interface Drift {
  count: number
  samples: string[]
}

/** Makes every roll-up of every record anew and names those that are kept otherwise, deleted records too. */
export async function findDrift(db: Database, release: Release): Promise<Disagreement[]> {
  const byObject = Map.groupBy(allRollUps(release.model), ({ object }) => object)
  const found: Disagreement[] = []
  for (const [object, fields] of byObject) {
    for (const [name, drift] of await findIn(db, release, { object, fields })) {
      found.push(disagreement(`${object}.${name}`, drift))
    }
  }
  return found
}

interface Looked {
  object: string
  fields: readonly RollUpField[]
}

async function findIn(
  db: Database,
  release: Release,
  looked: Looked,
): Promise<ReadonlyMap<string, Drift>> {
  const drifts = new Map<string, Drift>()
  for (let last: string | null = null; ;) {
    const rows = await lookAt(db, release, looked, last)
    for (const row of rows) note(drifts, looked, row)
    last = rows.at(-1)?.id ?? null
    if (rows.length < BATCH || last === null) return drifts
  }
}

/** A record with, for each roll-up in turn, what is kept and what it is. */
interface LookedRow {
  id: string
  kept: (string | null)[]
  made: (string | null)[]
}

async function lookAt(
  db: Database,
  release: Release,
  { object, fields }: Looked,
  after: string | null,
): Promise<LookedRow[]> {
  const { physical } = release
  const id = physical.column(object, 'id', 't')
  const kept = fields.map((field) => sql`${physical.column(object, field.name, 't')}::text`)
  const made = fields.map((field) => sql`(${compileRollUp(release, field, id)})::text`)
  const batch = sql<LookedRow>`
    select ${id} as id, array[${sql.join(kept)}] as kept, array[${sql.join(made)}] as made
    from ${physical.table(object)} as t where (${after}::uuid is null or ${id} > ${after}::uuid)
    order by ${id} limit ${BATCH}`
  return db.inTransaction((tx) => tx.query(batch), { readOnly: true, statementTimeoutMs: 0 })
}

function note(drifts: Map<string, Drift>, { fields }: Looked, row: LookedRow): void {
  for (const [index, field] of fields.entries()) {
    const [kept = null, made = null] = [row.kept[index], row.made[index]]
    if (isSame(field, kept, made)) continue
    const drift = drifts.get(field.name) ?? { count: 0, samples: [] }
    drift.count += 1
    if (drift.samples.length < MOST_NAMED) drift.samples.push(`${row.id}: ${kept} ≠ ${made}`)
    drifts.set(field.name, drift)
  }
}

// The column has its own scale, the value made anew has that of its source.
function isSame({ type }: RollUpField, kept: string | null, made: string | null): boolean {
  if (kept === null || made === null || type.expressionType !== 'number') return kept === made
  return Number(kept) === Number(made)
}

function disagreement(place: string, { count, samples }: Drift): Disagreement {
  const shown = samples.join('; ')
  return {
    code: 'roll_up_drift',
    place,
    message: message(
      `${count} records keep another value than their related records make: ${shown}`,
      `${count} 条记录的汇总值与关联记录不符：${shown}`,
    ),
  }
}
