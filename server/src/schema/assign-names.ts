import type { Model } from '@trellis/metamodel'

import { type PhysicalNames, SYSTEM_COLUMNS } from './physical-map.ts'

/** Every physical name that was ever given, retired ones too. */
export interface UsedNames extends PhysicalNames {
  usedTables: ReadonlySet<string>
  /** `table.column`. */
  usedColumns: ReadonlySet<string>
  /** Tables and columns out of use by what they held, to be taken up again with their data by a roll back. */
  restorable?: { tables: ReadonlyMap<string, string>; columns: ReadonlyMap<string, string> }
}

/** A field that gets a column, or an object that gets a table. */
export interface AssignedNames extends PhysicalNames {
  newTables: { object: string; table: string }[]
  newColumns: { object: string; table: string; field: string; column: string }[]
  retiredTables: string[]
  retiredColumns: { table: string; column: string }[]
  /** Tables, and `table.column`, that are in use again with the data they had. */
  restored: Set<string>
}

/**
 * Gives a table to every new object and a column to every new field, named after the API name of this moment;
 * takes away those of what is gone. A name that was ever used is not given again: the old data is still there.
 */
export function assignNames(model: Model, used: UsedNames): AssignedNames {
  const tables = new Map<string, string>()
  const columns = new Map<string, string>()
  const assigned: AssignedNames = {
    schema: used.schema,
    tables,
    columns,
    newTables: [],
    newColumns: [],
    retiredTables: [],
    retiredColumns: [],
    restored: new Set(),
  }
  for (const object of model.objects.values()) {
    const table = tableOf(object.name, used, assigned)
    tables.set(object.name, table)
    for (const field of object.fields.values()) {
      if (!SYSTEM_COLUMNS.has(field.name)) {
        columns.set(
          `${object.name}.${field.name}`,
          columnOf({ object: object.name, field: field.name, table }, used, assigned),
        )
      }
    }
  }
  collectRetired(used, assigned)
  return assigned
}

function tableOf(object: string, used: UsedNames, assigned: AssignedNames): string {
  const known = used.tables.get(object)
  if (known !== undefined) return known
  const old = used.restorable?.tables.get(object)
  const table = old ?? freeName(object, (name) => used.usedTables.has(name))
  if (old === undefined) assigned.newTables.push({ object, table })
  else assigned.restored.add(old)
  return table
}

function columnOf(
  at: { object: string; field: string; table: string },
  used: UsedNames,
  assigned: AssignedNames,
): string {
  const known = used.columns.get(`${at.object}.${at.field}`)
  if (known !== undefined) return known
  const old = used.restorable?.columns.get(`${at.table}.${at.field}`)
  const isTaken = (name: string): boolean =>
    used.usedColumns.has(`${at.table}.${name}`) || SYSTEM_COLUMNS.has(name)
  const column = old ?? freeName(at.field, isTaken)
  if (old === undefined) assigned.newColumns.push({ ...at, column })
  else assigned.restored.add(`${at.table}.${old}`)
  return column
}

function collectRetired(used: UsedNames, assigned: AssignedNames): void {
  for (const [object, table] of used.tables) {
    if (!assigned.tables.has(object)) assigned.retiredTables.push(table)
  }
  for (const [key, column] of used.columns) {
    const table = used.tables.get(key.slice(0, key.indexOf('.')))
    if (!assigned.columns.has(key) && table !== undefined) {
      assigned.retiredColumns.push({ table, column })
    }
  }
}

function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(wanted)) return wanted
  for (let n = 2; ; n++) {
    const name = `${wanted.slice(0, 58)}_${n}`
    if (!isTaken(name)) return name
  }
}
