import { type FieldModel, momentAt, type ObjectModel } from '@trellis/metamodel'

import { type ColumnPlan, type RowFault, shownCell } from './import-job.ts'

/** The values that a row asks for, or why its cells cannot be read. */
export interface ConvertedRow {
  /** By field; a reference by name is `{ name: … }`, which the record engine resolves for many rows at once. */
  values: Record<string, unknown>
  faults: RowFault[]
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const HAS_ZONE = /(Z|[+-]\d{2}:?\d{2})$/i

/**
 * Reads the cells of a row, each in the way of its field's type. An empty cell says nothing: a new
 * record gets its default, an existing one stays as it is.
 */
export function convertRow(
  object: ObjectModel,
  columns: readonly ColumnPlan[],
  cells: readonly string[],
  timeZone: string,
): ConvertedRow {
  const row: ConvertedRow = { values: {}, faults: [] }
  for (const column of columns) {
    const field = object.fields.get(column.field)
    const cell = aliased(column, cells[column.index] ?? '')
    if (!field || cell.trim() === '') continue
    readCell(row, { column, field, cell, timeZone })
  }
  return row
}

function aliased({ aliases }: ColumnPlan, cell: string): string {
  if (aliases === undefined) return cell
  const word = cell.trim()
  return Object.hasOwn(aliases, word) ? (aliases[word] ?? cell) : cell
}

interface CellAt {
  column: ColumnPlan
  field: FieldModel
  cell: string
  timeZone: string
}

function readCell(row: ConvertedRow, at: CellAt): void {
  const { column, field, cell, timeZone } = at
  if (field.members) {
    row.values[field.name] = memberReference(column, field.members, cell.trim())
    return
  }
  if (field.target !== undefined) {
    row.values[field.name] = reference(column, field, cell.trim())
    return
  }
  // What the system fills can still be what a record is found by.
  if (field.isReadOnly) {
    row.values[field.name] = cell.trim()
    return
  }
  const parsed = field.type.parseText(codesOf(column, cell), field.options)
  if ('fault' in parsed) {
    const { code, message } = parsed.fault
    row.faults.push({ column: column.header, value: shownCell(cell), code, message })
    return
  }
  const isLocal = field.type.expressionType === 'datetime' && !HAS_ZONE.test(cell.trim())
  row.values[field.name] =
    isLocal && typeof parsed.value === 'string'
      ? // Outside of all years it stands as it was written, which the save refuses.
        (momentAt(parsed.value, timeZone) ?? cell.trim())
      : parsed.value
}

function reference({ by }: ColumnPlan, { target }: FieldModel, word: string): unknown {
  if (by === 'id' || (by === undefined && UUID.test(word))) return word
  // Nobody is called by an address, so one that stands for a user is theirs.
  const usual = target === 'user' && word.includes('@') ? 'email' : 'name'
  return { [by ?? usual]: word }
}

/** `account:KH2026` or `account:<id>`; what no object is said of is refused by the record engine. */
function memberReference(
  column: ColumnPlan,
  members: readonly FieldModel[],
  cell: string,
): unknown {
  const [, object = '', word = ''] = /^([^:：]*)[:：](.*)$/s.exec(cell) ?? []
  const member = members.find(({ target }) => target === object.trim())
  if (!member) return { object: object.trim() || cell.slice(0, 63) }
  const other = reference(column, member, word.trim())
  return { object: member.target, ...(typeof other === 'string' ? { id: other } : Object(other)) }
}

/** The words of a cell put into the codes of the picklist, each of several by itself. */
function codesOf({ values }: ColumnPlan, cell: string): string {
  if (values === undefined) return cell
  const code = (word: string): string =>
    Object.hasOwn(values, word.trim()) ? (values[word.trim()] ?? word) : word
  const whole = code(cell)
  return whole === cell
    ? cell
        .split(/([;；|])/)
        .map(code)
        .join('')
    : whole
}
