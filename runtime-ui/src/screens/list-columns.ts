import {
  CURRENCY,
  type DescribedField,
  type DescribedListView,
  type DescribedObject,
} from '@trellis/metamodel'

/** A column of a list: a field of the object, or of a parent one step away. */
export interface ListColumn {
  /** `amount`, `account.industry`. */
  path: string
  /** `Amount`, `Account · Industry`. */
  label: string
  field: DescribedField
  width: number
  /** Numbers that stand in a column and can be summed; masks are none. */
  isNumeric: boolean
}

/** The fields of an object for a chooser: its own first, then those that every record has; the id never. */
export function choosableFields({ fields }: DescribedObject): DescribedField[] {
  const shown = fields.filter(({ name }) => name !== 'id' && name !== 'version')
  return [...shown.filter(isOwn), ...shown.filter((field) => !isOwn(field))]
}

function isOwn({ system, name }: DescribedField): boolean {
  return !system || name === 'name' || name === 'owner'
}

/** Looks a field up by its path, as the model store does. */
export type FieldFinder = (path: string) => DescribedField | undefined

const WIDTHS: Record<string, number> = {
  number: 110,
  currency: 140,
  percent: 100,
  checkbox: 88,
  date: 120,
  datetime: 160,
  time: 96,
  picklist: 156,
  multi_picklist: 200,
  lookup: 190,
  master_detail: 190,
  user: 130,
  department: 150,
  polymorphic_lookup: 220,
  phone: 140,
  email: 200,
  url: 200,
  long_text: 280,
  rich_text: 280,
  address: 260,
  geolocation: 190,
  json: 200,
  file: 220,
  image: 88,
}
const NAME_WIDTH = 260
const USUAL_WIDTH = 170
export const MIN_WIDTH = 72
const NUMERIC = new Set(['number', 'currency', 'percent'])

/** The columns at these paths; those that the caller may not read, or that are gone, are left out. */
export function resolveColumns(
  paths: readonly string[],
  find: FieldFinder,
  widths: Readonly<Record<string, number>> = {},
): ListColumn[] {
  return paths.flatMap((path) => {
    const field = find(path)
    if (field === undefined) return []
    const parent = path.includes('.') ? find(path.split('.')[0] ?? '') : undefined
    return [
      {
        path,
        field,
        label: parent === undefined ? field.label : `${parent.label} · ${field.label}`,
        width: Math.max(MIN_WIDTH, widths[path] ?? usualWidth(path, field)),
        isNumeric: NUMERIC.has(field.type) && field.access !== 'masked',
      },
    ]
  })
}

function usualWidth(path: string, field: DescribedField): number {
  if (path === 'name') return NAME_WIDTH
  return WIDTHS[field.type] ?? USUAL_WIDTH
}

/** The columns of a view, the name first: it is the way to the record. */
export function viewPaths(view: Pick<DescribedListView, 'columns'>): string[] {
  return view.columns.includes('name') ? [...view.columns] : ['name', ...view.columns]
}

/** What a list request must select to show these columns and to let their cells be edited. */
export function selectOf(
  object: DescribedObject,
  { paths, columns }: { paths: readonly string[]; columns: readonly ListColumn[] },
): string[] {
  const own = object.fields.map(({ name }) => name)
  const always = ['name', 'version', 'locked'].filter((name) => own.includes(name))
  return [...new Set([...always, ...paths, ...currencyPaths(columns)])]
}

/** The currencies of the amounts at some paths, beside them: `account.currency` of `account.credit_limit`. */
export function currencyPaths(columns: readonly Pick<ListColumn, 'path' | 'field'>[]): string[] {
  return columns.flatMap(({ path, field }) => {
    if (field.own_currency !== true) return []
    return [[...path.split('.').slice(0, -1), CURRENCY].join('.')]
  })
}

/** The record that has the value at a path: that of `account.industry` is the account. */
export function holderAt(
  record: Readonly<Record<string, unknown>>,
  path: string,
): Readonly<Record<string, unknown>> | undefined {
  const above = path.split('.').slice(0, -1).join('.')
  const holder = above === '' ? record : valueAt(record, above)
  return typeof holder === 'object' && holder !== null
    ? (holder as Readonly<Record<string, unknown>>)
    : undefined
}

/** The value at a path of a record: `account.industry` is inside the reference. */
export function valueAt(record: Readonly<Record<string, unknown>>, path: string): unknown {
  if (path in record) return record[path]
  const [first = '', ...rest] = path.split('.')
  const value = record[first]
  if (rest.length === 0 || typeof value !== 'object' || value === null) {
    return rest.length === 0 ? value : undefined
  }
  return valueAt(value as Record<string, unknown>, rest.join('.'))
}
