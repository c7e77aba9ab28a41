import { type FieldModel, isRecordId, type ObjectModel, resolveFieldPath } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { CreateRequest, UpdateRequest } from '../effects/record-request.ts'
import { HOLDS } from './read-rows.ts'
import type { SavePlan } from './save-plan.ts'

/** The reference that a way ends with, and the way to the record that has it. */
interface Step {
  way: string
  before: string
  hop: FieldModel
}

/**
 * Holds the records that stored formulas of an object read, those furthest away first, before any of its own records
 * are locked: whoever changes one of those goes the same way down, so that the two meet at the top and do not each hold
 * what the other waits for. References that change meanwhile are followed again, and held, where parents are read.
 */
export async function holdParents(
  context: WriteContext,
  { object, holds }: Pick<SavePlan, 'object' | 'holds'>,
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<void> {
  if (holds.size === 0) return
  const steps = stepsOf(context, object, [...holds.keys()])
  const ids = requests.flatMap((request) =>
    request.op === 'update' && isRecordId(request.id) ? [request.id.toLowerCase()] : [],
  )
  const found = new Map<string, ReadonlySet<string>>([['', new Set(ids)]])
  for (const { way, before, hop } of steps) {
    const given = before === '' ? requests.flatMap(({ values }) => idOf(values[hop.name])) : []
    const read = await referredFrom(context, hop, [...(found.get(before) ?? [])])
    found.set(way, new Set([...given, ...read]))
  }
  const { tx, release } = context
  for (const { way, hop } of steps.toReversed()) {
    const records = [...(found.get(way) ?? [])]
    const hold = holds.get(way)
    if (records.length === 0 || hold === undefined) continue
    const table = release.physical.table(hop.target ?? '')
    const alias = release.physical.identifier('t')
    await tx.execute(
      sql`select ${alias}.id from ${table} as ${alias} where ${alias}.id = any(${records}::uuid[]) ${HOLDS[hold](alias)}`,
    )
  }
}

/** The ways as steps, near ones first. */
function stepsOf(
  { release }: WriteContext,
  object: ObjectModel,
  ways: readonly string[],
): readonly Step[] {
  return ways
    .toSorted((a, b) => a.split('.').length - b.split('.').length || (a < b ? -1 : 1))
    .flatMap((way) => {
      const path = way.slice(0, -1)
      const hop = resolveFieldPath(release.model.objects, object, path)?.field
      return hop ? [{ way, before: path.slice(0, path.lastIndexOf('.') + 1), hop }] : []
    })
}

function idOf(value: unknown): string[] {
  const id =
    typeof value === 'object' && value !== null && 'id' in value ? Reflect.get(value, 'id') : value
  return isRecordId(id) ? [id.toLowerCase()] : []
}

async function referredFrom(
  { tx, release }: WriteContext,
  hop: FieldModel,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return []
  const { physical } = release
  const column = physical.column(hop.object, hop.name)
  const rows = await tx.query<{ id: string }>(sql`
    select distinct ${column} as id from ${physical.table(hop.object)}
    where id = any(${[...ids]}::uuid[]) and ${column} is not null`)
  return rows.map(({ id }) => id)
}
