import { type FieldModel, localize } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { failure, message, RequestError } from '../errors.ts'

/**
 * Records that form a tree stay one: nobody is above themself. Called after they were written, in the same
 * transaction. Two that put each other above themselves at the same moment come here one after another.
 * @throws RequestError validation_failed, naming the field
 */
export async function refuseCircles(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  const [first] = changes
  const fields = [...(first?.object.fields.values() ?? [])].filter(
    ({ definition }) => definition.acyclic === true,
  )
  for (const field of fields) {
    const moved = changes.filter(
      (change) =>
        typeof change.after[field.name] === 'string' && changedFields(change).includes(field.name),
    )
    if (moved.length > 0) {
      await requireTree(
        context,
        field,
        moved.map(({ id }) => id),
      )
    }
  }
}

async function requireTree(
  context: WriteContext,
  field: FieldModel,
  ids: readonly string[],
): Promise<void> {
  const { physical } = context.release
  const table = physical.table(field.object)
  const above = physical.column(field.object, field.name, 't')
  // Held until the transaction ends: who comes next walks a tree that is committed.
  await context.tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ${` ${field.object}.${field.name}`}, 0))`,
  )
  const [found] = await context.tx.query<{ name: string | null }>(sql`
    with recursive up (start, at) as (
      select t.id, ${above} from ${table} as t where t.id = any(${[...ids]}::uuid[]) and ${above} is not null
      union
      select up.start, ${above} from up join ${table} as t on t.id = up.at where ${above} is not null
    ) select t.name from up join ${table} as t on t.id = up.start where up.start = up.at limit 1`)
  if (!found) return
  const label = field.label
  throw new RequestError('validation_failed', {
    failures: [
      failure(
        field.name,
        'circle',
        message(
          `"${found.name}" would be above itself (${localize(label, 'en-US')})`,
          `“${found.name}”会成为自己的上级（${localize(label, 'zh-CN')}）`,
        ),
      ),
    ],
  })
}
