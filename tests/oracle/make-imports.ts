import { isComputed } from './computed-values.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import { fieldOf, masterFields, objectOf, targetsOf } from './world-parts.ts'
import type { Value, WorldField, WorldObject, WorldRecord } from './world.ts'
import { newValue } from './written-values.ts'

/** A column of a file, named as the field to which it goes. */
export interface ImportColumn {
  readonly field: string
  /** The unique field by which its cells name records; by their ids if left out. */
  readonly by?: string
}

/** A file that somebody imports, and how. */
export interface ImportPlan {
  readonly object: string
  readonly mode: 'create' | 'update' | 'upsert'
  /** The field by which records are found. */
  readonly match?: string
  readonly duplicates: 'refuse' | 'skip' | 'create' | 'update'
  readonly isDryRun: boolean
  /** Whether it is said where each column goes; else those go to fields that may. */
  readonly isMapped: boolean
  readonly columns: readonly ImportColumn[]
  /** The cells of each row by field. */
  readonly rows: readonly Readonly<Record<string, string>>[]
}

const ROWS = 10

/** A file of records that are seen, hidden, deleted or new. */
export function makeImport(view: View, random: Random): ImportPlan | undefined {
  const objects = view.world.objects.filter(({ isPlatform, name }) => {
    return !isPlatform && view.recordsOf(name).length > 0
  })
  const own = objects.filter(({ name }) => view.rules.may(view.actor, 'edit', name))
  const object = random.maybe(random.chance(0.8) ? own : objects, 1)
  if (object === null) return undefined
  const mode = random.pick(['create', 'update', 'update', 'upsert'] as const)
  const match = mode === 'update' && random.chance(0.4) ? 'id' : `${object.name}_k0`
  const isMapped = random.chance(0.8)
  const columns = pickColumns(view, object, { random, mode, match, isMapped })
  const duplicates = random.pick(
    mode === 'update' ? (['refuse', 'skip', 'create'] as const) : DUPLICATES,
  )
  const draft = Array.from({ length: ROWS }, () =>
    makeRow(view, object, { random, mode, match, columns }),
  )
  return {
    object: object.name,
    mode,
    ...(mode === 'create' ? {} : { match }),
    duplicates,
    isDryRun: random.chance(0.3),
    isMapped,
    columns,
    rows: unlikeEachOther(view, object.name, {
      match: mode === 'create' ? undefined : match,
      rows: draft,
    }),
  }
}

const DUPLICATES = ['refuse', 'skip', 'create', 'update', 'update'] as const

interface ColumnsAsked {
  readonly random: Random
  readonly mode: ImportPlan['mode']
  readonly match: string
  readonly isMapped: boolean
}

/** Columns of fields that may be written, or seldom of any; and those without which nothing comes of it. */
function pickColumns(
  view: View,
  object: WorldObject,
  { random, mode, match, isMapped }: ColumnsAsked,
): ImportColumn[] {
  const { rules, actor } = view
  const all = view.fieldsOf(object.name)
  const usual = all.filter(
    (field) =>
      !isComputed(field) &&
      field.type !== 'file' &&
      rules.access(actor, object.name, field.name) === 'edit',
  )
  const compared = view.world.duplicateRules
    .filter((rule) => rule.object === object.name)
    .flatMap(({ definition }) => definition.match.map(({ field }) => field))
  const needed = [
    ...(mode === 'update' ? [] : ['name', ...masterFields(object).map(({ name }) => name)]),
    ...(mode === 'create' ? [] : [match]),
    ...(mode === 'update' || random.chance(0.4) ? [] : compared),
  ]
  const chosen = random.some(random.chance(0.85) ? usual : all, 0.45).map(({ name }) => name)
  return [...new Set([...needed, ...chosen])].map((field) => ({
    field,
    ...byOf(fieldOf(view.world, object.name, field), { random, isMapped }),
  }))
}

function byOf(
  field: WorldField | undefined,
  { random, isMapped }: { readonly random: Random; readonly isMapped: boolean },
): { by?: string } {
  const { target } = field ?? {}
  const isNamed = isMapped && target !== undefined && target !== 'user' && random.chance(0.5)
  return isNamed ? { by: `${target}_k0` } : {}
}

interface RowAsked {
  readonly random: Random
  readonly mode: ImportPlan['mode']
  readonly match: string
  readonly columns: readonly ImportColumn[]
}

/** A row about a record that is seen or not, or about none, and that may be like another. */
function makeRow(view: View, object: WorldObject, asked: RowAsked): Record<string, string> {
  const { random, mode, match, columns } = asked
  const records = view.recordsOf(object.name)
  const hidden = records.filter((one) => !view.rules.canRead(view.actor, one))
  const own = records.filter((one) => view.rules.can('edit', view.actor, one))
  const like = random.maybe(random.chance(0.5) ? hidden : records, 0.6)
  const others = random.chance(0.5) ? hidden : records
  const known = random.maybe(own, 0.5) ?? random.maybe(others, 0.7)
  const entries = columns.map((column): [string, string] => {
    const isKey = mode !== 'create' && column.field === match
    if (isKey) return [match, keyOf(known, match, random)]
    const copied = copyOf(like, column.field, random)
    return [column.field, copied ?? newCell(view, object, column, asked)]
  })
  return Object.fromEntries(entries)
}

function keyOf(known: WorldRecord | null, match: string, random: Random): string {
  if (match === 'id') return known?.id ?? random.id()
  return String(known?.values[match] ?? random.token())
}

/** What a row has of a record that it is like; seldom a unique value, which is taken and spoils it. */
function copyOf(like: WorldRecord | null, field: string, random: Random): string | undefined {
  const kind = /_([nk])\d$/.exec(field)?.[1]
  if (like === null || kind === undefined) return undefined
  return random.chance(kind === 'n' ? 0.8 : 0.12) ? String(like.values[field] ?? '') : undefined
}

function newCell(
  view: View,
  object: WorldObject,
  column: ImportColumn,
  { random, mode }: RowAsked,
): string {
  const field = fieldOf(view.world, object.name, column.field)
  if (!field || field.type === 'id') return random.id()
  const isNeeded = field.type === 'master_detail' || field.name === 'name'
  if (mode !== 'create' && !isNeeded && random.chance(0.2)) return ''
  return cellOf(view, field, column, random)
}

function cellOf(view: View, field: WorldField, { by }: ImportColumn, random: Random): string {
  if (field.name === 'name') return `${random.token()} brought`
  // What goes nowhere may say anything.
  if (isComputed(field) || field.type === 'file') return String(random.between(0, 9))
  const value = newValue(view, field, random) ?? null
  if (value === null) return ''
  if (targetsOf(field).length === 0) return String(value)
  const target = view.rules.record(String(value))
  if (by !== undefined) return String(target?.values[by] ?? random.token())
  return field.targets === undefined ? String(value) : `${target?.object}:${value}`
}

/**
 * Rows about records of their own, of which no two come to the same for a duplicate rule, now or when they are taken
 * back: each is judged by itself then.
 */
function unlikeEachOther(
  view: View,
  object: string,
  { match, rows }: { match: string | undefined; rows: readonly Record<string, string>[] },
): Record<string, string>[] {
  const rule = view.world.duplicateRules.find((one) => one.object === object)
  const compared = rule?.definition.match.map(({ field }) => field) ?? []
  const seen = new Set<string>()
  return rows.filter((row) => {
    const record = match === undefined ? undefined : meant(view, object, match, row[match] ?? '')
    const was = compared.map((name): Value => record?.values[name] ?? null)
    const next = compared.map((name, at): Value =>
      (row[name] ?? '') === '' ? (was[at] ?? null) : Number(row[name]),
    )
    const keys = [was, next].filter((one) => one.length > 0 && !one.includes(null)).map(String)
    const unique = objectOf(view.world, object).fields.filter((field) => field.unique === true)
    const values = unique.flatMap(({ name }) =>
      row[name] ? [`${name} ${row[name].toLowerCase()}`] : [],
    )
    const all = [...new Set([...keys, ...values, ...(record ? [record.id] : [])])]
    if (all.some((one) => seen.has(one))) return false
    for (const one of all) seen.add(one)
    return true
  })
}

/** The record that a row is about, whoever sees it: of one that was merged, what is left of it. */
function meant(view: View, object: string, match: string, word: string): WorldRecord | undefined {
  const record = view
    .recordsOf(object)
    .find((one) => (match === 'id' ? one.id : one.values[match]) === word)
  const merge = view.world.merges.find(({ merged }) => merged === record?.id)
  return merge ? view.rules.record(merge.survivor) : record
}

/** The file, as it is sent. */
export function fileOf({ columns, rows }: ImportPlan): string {
  const lines = rows.map((row) => columns.map(({ field }) => row[field] ?? '').join())
  return [columns.map(({ field }) => field).join(), ...lines, ''].join('\n')
}

/** The form that is sent with the file. */
export function formOf(plan: ImportPlan): Record<string, unknown> {
  const { object, mode, match, duplicates, isDryRun, isMapped, columns } = plan
  const mapping = columns.map(({ field, by }) => [field, by === undefined ? field : { field, by }])
  return {
    object,
    mode,
    duplicates,
    dry_run: String(isDryRun),
    ...(match === undefined ? {} : { match_field: match }),
    ...(isMapped ? { mapping: Object.fromEntries(mapping) } : {}),
  }
}
