import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { compileGet } from './compile-read.ts'
import { prepareRead, runOnce } from './prepared-read.ts'

/**
 * Reads one field of a record that the reader may see as if nothing masked it. Whether they may know it is for the
 * caller to have asked. Undefined if there is no such record, or none that they may see.
 */
export async function getUnmasked(
  context: Context,
  object: ObjectModel,
  { id, field }: { id: string; field: FieldModel },
): Promise<{ value: unknown } | undefined> {
  const { actor, release } = context
  const rights = {
    ...actor.rights,
    field: (one: FieldModel) => (one === field ? 'read' : actor.rights.field(one)),
  } as const
  const reader = { release, actor: { ...actor, rights } }
  const { statement, emit } = compileGet(reader, object, [{ field, parts: [] }])
  const [row] = await runOnce(context, prepareRead(statement), { slots: { id } })
  if (!row) return undefined
  const record = JSON.parse(emit(row)) as Readonly<Record<string, unknown>>
  return { value: record[field.name] }
}
