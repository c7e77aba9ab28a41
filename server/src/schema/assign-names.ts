import type { Model } from '@trellis/metamodel'

import { columnType } from './column-types.ts'
import { type PhysicalNames, SYSTEM_COLUMNS } from './physical-map.ts'

/** Every physical name that was ever given, retired ones too. */
export interface UsedNames extends PhysicalNames {
  usedTables: ReadonlySet<string>
  /** `table.column`. */
  usedColumns: ReadonlySet<string>
  /** Tables and columns out of use by what they held, to be taken up again with their data by a roll back. */
  restorable?: {
    tables: ReadonlyMap<string, string>
    /** `table.field` → its columns out of use, the last one last. */
    columns: ReadonlyMap<string, readonly OldColumn[]>
  }
  /** `table.field` → the column that the field had before, of another type, kept up to date for the while. */
  synced?: ReadonlyMap<string, OldColumn>
}

/** A column that is there, but out of use. */
export interface OldColumn {
  column: string
  type: string
}

/** A field that gets a column, or an object that gets a table. */
export interface AssignedNames extends PhysicalNames {
  newTables: { object: string; table: string }[]
  newColumns: { object: string; table: string; field: string; column: string }[]
  retiredTables: string[]
  retiredColumns: { table: string; column: string }[]
  /** Tables, and `table.column`, that are in use again with the data they had. */
  restored: Set<string>
  /** Columns of one field that a trigger keeps alike. */
  synced: { table: string; column: string; with: string }[]
}

/**
 * Gives a table to every new object and a column to every new field, named after the API name of this moment;
 * takes away those of what is gone. A name that was ever used is not given again: the old data is still there.
 * A field that is replaced, since its column cannot hold what it is to hold (`object.field`), gets another column, or
 * the one that it had before if that is still kept up to date.
 */
export function assignNames(
  model: Model,
  used: UsedNames,
  replaced: ReadonlySet<string> = new Set(),
): AssignedNames {
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
    synced: [],
  }
  for (const object of model.objects.values()) {
    const table = tableOf(object.name, used, assigned)
    tables.set(object.name, table)
    for (const field of object.fields.values()) {
      if (SYSTEM_COLUMNS.has(field.name) || field.isVirtual === true) continue
      const key = `${object.name}.${field.name}`
      const at: FieldAt = {
        object: object.name,
        field: field.name,
        table,
        type: columnType(field.type.storage(field.options)),
        isComputed: field.type.isComputed === true,
      }
      columns.set(key, (replaced.has(key) ? nextColumn : columnOf)(at, used, assigned))
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

interface FieldAt {
  object: string
  field: string
  table: string
  type: string
  /** Its old column is not kept up to date while it is out of use. */
  isComputed: boolean
}

function columnOf(at: FieldAt, used: UsedNames, assigned: AssignedNames): string {
  const known = used.columns.get(`${at.object}.${at.field}`)
  if (known !== undefined) return known
  const old = used.restorable?.columns
    .get(`${at.table}.${at.field}`)
    ?.findLast(({ type }) => type === at.type)
  if (!old || at.isComputed) return newColumn(at, used, assigned)
  assigned.restored.add(`${at.table}.${old.column}`)
  return old.column
}

function nextColumn(at: FieldAt, used: UsedNames, assigned: AssignedNames): string {
  const { table, field, object } = at
  const before = used.synced?.get(`${table}.${field}`)
  if (before?.type === at.type) {
    assigned.restored.add(`${table}.${before.column}`)
    return before.column
  }
  const column = newColumn(at, used, assigned)
  const known = used.columns.get(`${object}.${field}`)
  if (known !== undefined && !at.isComputed) assigned.synced.push({ table, column, with: known })
  return column
}

function newColumn(
  { object, field, table }: FieldAt,
  used: UsedNames,
  assigned: AssignedNames,
): string {
  const isTaken = (name: string): boolean =>
    used.usedColumns.has(`${table}.${name}`) || SYSTEM_COLUMNS.has(name)
  const column = freeName(field.replace('$', '_'), isTaken)
  assigned.newColumns.push({ object, table, field, column })
  return column
}

function collectRetired(used: UsedNames, assigned: AssignedNames): void {
  for (const [object, table] of used.tables) {
    if (!assigned.tables.has(object)) assigned.retiredTables.push(table)
  }
  for (const [key, column] of used.columns) {
    const table = used.tables.get(key.slice(0, key.indexOf('.')))
    if (assigned.columns.get(key) !== column && table !== undefined) {
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
