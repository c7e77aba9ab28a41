import type { DescribedField, DescribedObject } from '@trellis/metamodel'

/** A column of the file and where it goes. */
export interface MappedColumn {
  header: string
  /** The first cells that are not empty. */
  examples: string[]
  /** API name of the field; empty: not imported. */
  field: string
  /** For picklists: every word of the file and the code that it means; empty: not decided. */
  values: Record<string, string>
}

const EXAMPLES = 3
const MOST_WORDS = 200

/** Fields that an import may fill. */
export function importableFields(object: DescribedObject): DescribedField[] {
  return object.fields.filter(
    ({ access, read_only: isReadOnly, system, name }) =>
      access === 'edit' && !isReadOnly && (!system || name === 'owner'),
  )
}

/** The columns of a file with the fields that their names speak of; each field is taken once. */
export function mapColumns(
  object: DescribedObject,
  header: readonly string[],
  rows: readonly string[][],
): MappedColumn[] {
  const free = new Map<string, DescribedField>()
  for (const field of importableFields(object)) {
    for (const word of [field.name, field.label]) free.set(plain(word), field)
  }
  const taken = new Set<string>()
  return header.map((name, index) => {
    const field = free.get(plain(name))
    const isFree = field !== undefined && !taken.has(field.name)
    if (isFree) taken.add(field.name)
    const cells = rows.map((row) => row[index]?.trim() ?? '')
    const column = { header: name, examples: examplesOf(cells), field: '', values: {} }
    return mapTo(object, column, { field: isFree ? field.name : '', cells })
  })
}

/** A column sent to another field; the words of a picklist are matched by code and by label. */
export function mapTo(
  object: DescribedObject,
  column: MappedColumn,
  to: { field: string; cells: readonly string[] },
): MappedColumn {
  const field = object.fields.find(({ name }) => name === to.field)
  return { ...column, field: to.field, values: field?.values ? matchWords(field, to.cells) : {} }
}

function matchWords(field: DescribedField, cells: readonly string[]): Record<string, string> {
  const isMany = field.type === 'multi_picklist'
  const words = new Set(
    cells.flatMap((cell) => (isMany ? cell.split(/[;；|]/) : [cell])).map((word) => word.trim()),
  )
  words.delete('')
  const codes = new Map<string, string>()
  for (const { code, label } of field.values ?? []) {
    codes.set(plain(label), code)
    codes.set(plain(code), code)
  }
  return Object.fromEntries(
    [...words].slice(0, MOST_WORDS).map((word) => [word, codes.get(plain(word)) ?? '']),
  )
}

function examplesOf(cells: readonly string[]): string[] {
  return [...new Set(cells.filter((cell) => cell !== ''))].slice(0, EXAMPLES)
}

function plain(word: string): string {
  return word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-.*:：()（）]/g, '')
}

/** What stands in the way of an import with these columns. */
export interface MappingFaults {
  /** Labels of required fields without a column. */
  missing: string[]
  /** Labels of fields with two columns. */
  twice: string[]
}

export function checkMapping(
  object: DescribedObject,
  columns: readonly MappedColumn[],
  isCreating: boolean,
): MappingFaults {
  const used = columns.map(({ field }) => field).filter((name) => name !== '')
  const label = (name: string): string =>
    object.fields.find((field) => field.name === name)?.label ?? name
  const missing = importableFields(object).filter(
    (field) =>
      isCreating &&
      field.required &&
      !field.system &&
      field.default === undefined &&
      !used.includes(field.name),
  )
  const twice = new Set(used.filter((name, index) => used.indexOf(name) !== index))
  return { missing: missing.map((field) => field.label), twice: [...twice].map(label) }
}

/** Words of picklists to which no value has been given. */
export function undecidedWords(column: MappedColumn): string[] {
  return Object.entries(column.values)
    .filter(([, code]) => code === '')
    .map(([word]) => word)
}

/** Fields by which a row may find its record. */
export function matchFields(object: DescribedObject): DescribedField[] {
  return object.fields.filter(({ unique, name }) => unique && name !== 'id')
}

/** A file to begin with: the labels as header, nothing below. */
export function sampleCsv(object: DescribedObject): string {
  const labels = importableFields(object).map(({ label }) =>
    /[",\n]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label,
  )
  return `\uFEFF${labels.join(',')}\r\n`
}
