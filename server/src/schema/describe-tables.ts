import { createHash } from 'node:crypto'

import {
  computedRank,
  type FieldModel,
  isRollUp,
  type MatchCondition,
  type Model,
  type ObjectModel,
} from '@trellis/metamodel'

import { columnType } from './column-types.ts'
import type { Filling } from './filling.ts'
import { formulaFilling } from './formula-filling.ts'
import { matchIndexDefinition } from './match-key-sql.ts'
import { PhysicalMap, type PhysicalNames, quoteIdentifier, quoteLiteral } from './physical-map.ts'
import { rollUpFilling } from './roll-up-filling.ts'

/** A column as the metadata wants it. */
export interface ColumnShape {
  name: string
  type: string
  isNotNull: boolean
  default?: string
  /** SQL literal that existing rows get when the column is added to a table with data. */
  fill?: string
  /** The field it belongs to; undefined for columns that every table has. */
  field?: string
  /** Old values and what takes their place, null for nothing: of picklist values that go, of texts that become numbers. */
  replaced?: Readonly<Record<string, string | null>>
  /** Values that do not convert become empty instead of standing in the way. */
  isEmptied?: boolean
  /** The values of a picklist; undefined where every value may be. */
  values?: readonly string[]
  /** By what existing rows get their value. The plan gets a `backfill` step. */
  filledBy?: RankedFilling
}

/** A model and the tables that it rests in. */
interface FillingGround {
  model: Model
  physical: PhysicalMap
}

/** A filling in its turn: what it reads may be filled too, and has a lower rank. */
export interface RankedFilling extends Filling {
  rank: number
}

export interface IndexShape {
  name: string
  isUnique: boolean
  /** What follows `ON table`, e.g. `("owner") WHERE (deleted_at IS NULL)`. */
  definition: string
  field?: string
  /** All fields of a combination. */
  fields?: readonly string[]
}

export interface ForeignKeyShape {
  name: string
  column: string
  target: string
  field: string
}

/** Columns of which one at most has a value. */
export interface CheckShape {
  name: string
  field: string
  columns: readonly string[]
}

/** A table with all that it carries. */
export interface TableShape {
  name: string
  object: string
  columns: ReadonlyMap<string, ColumnShape>
  indexes: ReadonlyMap<string, IndexShape>
  foreignKeys: ReadonlyMap<string, ForeignKeyShape>
  checks: ReadonlyMap<string, CheckShape>
}

/** What this database can do beyond the standard. */
export interface SchemaAbilities {
  /** pg_trgm is installed: names get an index for substring search. */
  hasTrigram: boolean
}

/** The tables that a model promises. The plan compares two of these, `doctor` compares one with the database. */
export function describeTables(
  model: Model,
  names: PhysicalNames,
  abilities: SchemaAbilities,
): ReadonlyMap<string, TableShape> {
  return new Map(
    [...model.objects.values()].map((object) => {
      const table = describeTable({ object, model, names }, abilities)
      return [table.name, table]
    }),
  )
}

/** An object of a model, and the names that its table and columns have. */
interface Described {
  object: ObjectModel
  model: Model
  names: PhysicalNames
}

function describeTable(described: Described, abilities: SchemaAbilities): TableShape {
  const { object, names } = described
  const table = names.tables.get(object.name) ?? object.name
  const authored = [...object.fields.values()].filter(
    (field) => !field.isSystem && field.name !== 'name' && field.isVirtual !== true,
  )
  const columnOf = (field: FieldModel): string =>
    names.columns.get(`${object.name}.${field.name}`) ?? field.name
  const columns = [
    ...systemColumns(object),
    ...authored.map((field) => ({
      ...fieldColumn(field, columnOf(field)),
      ...corporateFill(described, field),
      ...filledBy(described, field),
    })),
  ]
  const references = [...object.fields.values()].filter(
    (field) => field.target !== undefined && (!field.isSystem || field.name === 'owner'),
  )
  const foreignKeys = references.map((field): ForeignKeyShape => ({
    name: constraintName(table, columnOf(field), 'fkey'),
    column: columnOf(field),
    target: names.tables.get(field.target ?? '') ?? '',
    field: field.name,
  }))
  const indexes = [
    ...(object.fields.has('owner') ? [newestOfOwner(object, table, columnOf)] : []),
    ...tableIndexes(object, table, abilities),
    ...authored.flatMap((field) => fieldIndexes(object, field, table, columnOf(field))),
    ...declaredIndexes(object, table, columnOf),
    ...matchIndexes(described, table),
  ]
  return {
    name: table,
    object: object.name,
    columns: byName(columns),
    indexes: byName(indexes),
    foreignKeys: byName(foreignKeys),
    checks: byName(oneOfSeveral(object, table, columnOf)),
  }
}

// A lookup of several objects refers to one record. Named after a column, since names of columns never change.
function oneOfSeveral(
  object: ObjectModel,
  table: string,
  columnOf: (field: FieldModel) => string,
): CheckShape[] {
  return [...object.fields.values()].flatMap(({ name, members = [] }) => {
    const columns = members.map(columnOf).toSorted()
    const [first] = columns
    if (first === undefined || columns.length < 2) return []
    return [{ name: constraintName(table, first, 'one'), field: name, columns }]
  })
}

function byName<T extends { name: string }>(items: T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]))
}

function systemColumns(object: ObjectModel): ColumnShape[] {
  const hasOwner = object.fields.has('owner')
  return [
    { name: 'id', type: 'uuid', isNotNull: true },
    { name: 'name', type: 'text', isNotNull: true },
    { name: 'owner', type: 'uuid', isNotNull: hasOwner },
    { name: 'created_at', type: 'timestamp with time zone', isNotNull: true },
    { name: 'created_by', type: 'uuid', isNotNull: false },
    { name: 'updated_at', type: 'timestamp with time zone', isNotNull: true },
    { name: 'updated_by', type: 'uuid', isNotNull: false },
    { name: 'version', type: 'integer', isNotNull: true },
    { name: 'locked', type: 'boolean', isNotNull: true, default: 'false' },
    { name: 'deleted_at', type: 'timestamp with time zone', isNotNull: false },
  ]
}

function fieldColumn(field: FieldModel, column: string): ColumnShape {
  const isCheckbox = field.type.name === 'checkbox'
  const given = field.definition.default
  const empty = field.type.emptyValue
  const isConstant = typeof given === 'string' || typeof given === 'number'
  return {
    name: column,
    type: columnType(field.type.storage(field.options)),
    isNotNull: field.isRequired || isCheckbox,
    ...(typeof empty === 'number' ? { default: String(empty) } : {}),
    ...(isCheckbox ? { default: field.definition.default === true ? 'true' : 'false' } : {}),
    ...(field.isRequired && isConstant ? { fill: quoteLiteral(String(given)) } : {}),
    field: field.name,
    ...replacements(field),
  }
}

/** Amounts that were there before their object had currencies are in that of the organization. */
function corporateFill({ model, object }: Described, field: FieldModel): Pick<ColumnShape, 'fill'> {
  return field === object.money?.currency ? { fill: quoteLiteral(model.corporateCurrency) } : {}
}

/** By what existing rows get the value of a field that is made of others. */
function filledBy({ model, names }: Described, field: FieldModel): Pick<ColumnShape, 'filledBy'> {
  const ground = { model, physical: new PhysicalMap(names) }
  const filling = fillingOf(ground, field)
  return filling ? { filledBy: { ...filling, rank: computedRank(model, field) } } : {}
}

function fillingOf(ground: FillingGround, field: FieldModel): Filling | undefined {
  if (field.formula) return formulaFilling(ground, field)
  return isRollUp(field) ? rollUpFilling(ground, field) : undefined
}

// In metadata, an empty text stands for nothing.
function emptyAsNull(replaced: Readonly<Record<string, string>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(replaced).map(([old, next]) => [old, next === '' ? null : next]),
  )
}

function replacements({
  definition,
  values,
}: FieldModel): Pick<ColumnShape, 'replaced' | 'isEmptied' | 'values'> {
  const { replaced_values: replaced, unconvertible } = definition
  return {
    ...(replaced ? { replaced: emptyAsNull(replaced) } : {}),
    ...(unconvertible === 'empty' ? { isEmptied: true } : {}),
    ...(values ? { values: values.map(({ code }) => code) } : {}),
  }
}

const LIVE = 'WHERE (deleted_at IS NULL)'

// Keyset pages walk (sort key, id); rows in the recycle bin are never listed.
function tableIndexes(
  object: ObjectModel,
  table: string,
  abilities: SchemaAbilities,
): IndexShape[] {
  const sorted = (column: string): IndexShape => ({
    name: constraintName(table, column, 'sort'),
    isUnique: false,
    definition: `("${column}", "id") ${LIVE}`,
  })
  return [
    sorted('name'),
    sorted('created_at'),
    sorted('updated_at'),
    ...(abilities.hasTrigram
      ? [
          {
            name: constraintName(table, 'name', 'trgm'),
            isUnique: false,
            definition: `USING gin ("name" gin_trgm_ops) ${LIVE}`,
          },
        ]
      : []),
    ...nameIndexes(object, table),
  ]
}

// Who sees the records of a few reads the newest of each; and the parents that those open, from the index alone.
function newestOfOwner(
  object: ObjectModel,
  table: string,
  columnOf: (field: FieldModel) => string,
): IndexShape {
  const opening = [...object.fields.values()]
    .filter(({ definition }) => definition.shares_parent === true)
    .map((field) => quoteIdentifier(columnOf(field)))
    .toSorted()
  const included = opening.length === 0 ? '' : ` INCLUDE (${opening.join(', ')})`
  return {
    name: constraintName(table, 'owner_created_at', 'sort'),
    isUnique: false,
    definition: `("owner", "created_at", "id")${included} ${LIVE}`,
  }
}

function nameIndexes(object: ObjectModel, table: string): IndexShape[] {
  const name = object.fields.get('name')
  if (!name?.isUnique) return []
  const expression = name.type.name === 'auto_number' ? '"name"' : 'lower("name")'
  return [
    {
      name: constraintName(table, 'name', 'key'),
      isUnique: true,
      definition: `(${expression}) ${LIVE}`,
      field: 'name',
    },
  ]
}

function fieldIndexes(
  object: ObjectModel,
  field: FieldModel,
  table: string,
  column: string,
): IndexShape[] {
  const quoted = quoteIdentifier(column)
  const storage = field.type.storage(field.options)
  if (field.isUnique) {
    const isFolded = storage.as === 'text' && field.definition.case_sensitive !== true
    const expression = isFolded ? `lower(${quoted})` : quoted
    return [
      {
        name: constraintName(table, column, 'key'),
        isUnique: true,
        definition: `(${expression}) ${LIVE}`,
        field: field.name,
      },
    ]
  }
  const isSortedByView = object.listViews.some(
    (view) => view.definition.sort?.[0]?.field === field.name,
  )
  const isWanted =
    field.target !== undefined ||
    field.definition.index === true ||
    object.stageField === field ||
    isSortedByView
  if (!isWanted || storage.as === 'text_list') return []
  return [
    {
      name: constraintName(table, column, 'sort'),
      isUnique: false,
      definition: `(${quoted}, ${isOrderedByIt(field) ? '' : '"created_at", '}"id") ${LIVE}`,
      field: field.name,
    },
  ]
}

// References are ordered by a name and picklists by their values' order: an index on them is for conditions, and lists
// under a condition show the newest first.
function isOrderedByIt({ target, values }: FieldModel): boolean {
  return target === undefined && values === undefined
}

function declaredIndexes(
  object: ObjectModel,
  table: string,
  columnOf: (field: FieldModel) => string,
): IndexShape[] {
  return (object.definition.indexes ?? []).map(
    ({ fields: names, unique, ignore_case: isFolded }) => {
      const fields = names.flatMap((name) => object.fields.get(name) ?? [])
      const columns = fields.map((field) =>
        field.isSystem || field.name === 'name' ? field.name : columnOf(field),
      )
      const keys = fields.map((field, index) => {
        const quoted = quoteIdentifier(columns[index] ?? '')
        const isText = field.type.storage(field.options).as === 'text'
        return isFolded === true && isText ? `lower(${quoted})` : quoted
      })
      return {
        name: constraintName(table, columns.join('_'), unique ? 'combo_key' : 'combo'),
        isUnique: unique === true,
        definition: `(${keys.join(', ')}) ${LIVE}`,
        ...(names[0] === undefined ? {} : { field: names[0] }),
        ...(unique === true ? { fields: names } : {}),
      }
    },
  )
}

// By what duplicate rules, those of other objects too, look its records up; what a rule refuses, its key keeps out.
function matchIndexes({ object, model, names }: Described, table: string): IndexShape[] {
  const columnOf = (field: string): string => names.columns.get(`${object.name}.${field}`) ?? field
  return [...model.objects.values()].flatMap((own) =>
    own.duplicateRules
      .filter(({ definition }) => (definition.among ?? own.name) === object.name)
      .map(({ name, definition }): IndexShape => {
        const [{ field, with: other = field }] = definition.match as [MatchCondition]
        return {
          name: constraintName(table, own === object ? name : `${own.name}_${name}`, 'match'),
          isUnique: definition.on_create === 'block',
          definition: matchIndexDefinition(definition, names.schema, columnOf),
          field: other,
        }
      }),
  )
}

/** A name of at most 63 bytes that says where it belongs; longer ones end in a hash instead of being cut. */
export function constraintName(table: string, column: string, suffix: string): string {
  const name = `${table}_${column}_${suffix}`
  if (Buffer.byteLength(name) <= 63) return name
  return `${name.slice(0, 54)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
