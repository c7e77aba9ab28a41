import { renamedField, type Renames } from '@trellis/metamodel'

import type { UsedNames } from './assign-names.ts'

/** The names under which tables and columns are known, with renamed objects and fields; they stay where they are. */
export function renameNames<N extends UsedNames>(names: N, renames: Renames): N {
  const ofTable = new Map([...names.tables].map(([object, table]) => [table, object]))
  const atTable = <T>(map: ReadonlyMap<string, T> | undefined): Map<string, T> =>
    new Map(
      [...(map ?? [])].map(([key, value]) => {
        const [table = '', field = ''] = key.split('.')
        return [`${table}.${renamedField(ofTable.get(table) ?? '', field, renames)}`, value]
      }),
    )
  return {
    ...names,
    tables: new Map(
      [...names.tables].map(([object, table]) => [renames.objects.get(object) ?? object, table]),
    ),
    columns: new Map(
      [...names.columns].map(([key, column]) => {
        const [object = '', field = ''] = key.split('.')
        return [
          `${renames.objects.get(object) ?? object}.${renamedField(object, field, renames)}`,
          column,
        ]
      }),
    ),
    ...(names.synced ? { synced: atTable(names.synced) } : {}),
    ...(names.restorable
      ? { restorable: { ...names.restorable, columns: atTable(names.restorable.columns) } }
      : {}),
  }
}
