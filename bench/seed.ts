import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { Database } from '../server/src/db/index.ts'
import { quoteIdentifier, type Release } from '../server/src/schema/index.ts'

/** How much data the benchmark runs on. */
export interface Sizes {
  readonly accounts: number
  readonly opportunities: number
  readonly users: number
}

/** The sizes of performance.md, or a part of them for a quick look. */
export function sizesFor(scale: number): Sizes {
  const of = (most: number): number => Math.max(200, Math.round(most * scale))
  return { accounts: of(200_000), opportunities: of(600_000), users: 200 }
}

/** The id of the nth record of an object; the same in every run. */
export function idOf(kind: Kind, n: number): string {
  return `01900000-00${GROUPS[kind]}-7000-8000-${n.toString(16).padStart(12, '0')}`
}

const GROUPS = {
  user: '01',
  account: '02',
  opportunity: '03',
  user_group: '04',
  group_member: '05',
} as const
type Kind = keyof typeof GROUPS

/** Fills users, accounts and opportunities with rows that PostgreSQL makes by itself. */
export async function seed(db: Database, release: Release, sizes: Sizes): Promise<void> {
  await fill(db, release, {
    object: 'user',
    count: sizes.users,
    values: {
      permission_sets: `'{sales_rep}'`,
      active: 'true',
      manager: 'null',
      department: 'null',
      email: `'u' || g || '@bench.example'`,
      role: 'null',
      owner: sqlId('user', '1'),
    },
  })
  const owner = sqlId('user', `1 + g % ${sizes.users}`)
  await fill(db, release, {
    object: 'account',
    count: sizes.accounts,
    values: {
      owner,
      uscc: 'null',
      parent: `case when g % 10 = 0 then ${sqlId('account', '1 + g / 10')} end`,
      email: `'contact' || g || '@customer.example'`,
      website: `'https://www.customer' || g || '.example'`,
      phone: `'021-' || (10000000 + g)`,
    },
  })
  await fill(db, release, {
    object: 'opportunity',
    count: sizes.opportunities,
    values: { owner, account: sqlId('account', `1 + g % ${sizes.accounts}`), contact: 'null' },
  })
  await db.execute('vacuum (analyze)')
  await db.execute('checkpoint')
}

interface Filling {
  object: Kind
  count: number
  /** SQL of fields that are not made by their type. */
  values: Readonly<Record<string, string>>
}

/** Makes records of an object, each field by its type; in `values`, `g` is the number of the record. */
export async function fill(
  db: Database,
  release: Release,
  { object: name, count, values }: Filling,
): Promise<void> {
  const object = release.model.objects.get(name)
  if (!object) throw new Error(`The model has no object ${name}`)
  const all: Record<string, string> = {
    id: sqlId(name, 'g'),
    name: `'${name} ' || g`,
    created_at: sqlMoment,
    created_by: sqlId('user', '1'),
    updated_at: sqlMoment,
    updated_by: sqlId('user', '1'),
    version: '1',
    locked: 'false',
    ...fieldValues(object),
    // Of other currencies there would have to be rates.
    ...(object.fields.has('currency') ? { currency: `'CNY'` } : {}),
    ...values,
  }
  const columns = Object.keys(all).map((field) =>
    quoteIdentifier(release.physical.columnName(name, field)),
  )
  const table = `main.${quoteIdentifier(release.physical.tableName(name))}`
  await db.execute(
    `insert into ${table} (${columns.join(', ')}) select ${Object.values(all).join(', ')} from generate_series(1, ${count}) as g`,
  )
}

// Seconds apart, so that newest first is the order in which they were made.
const sqlMoment = `timestamptz '2024-01-01 00:00:00.123456+00' + make_interval(secs => g * 60)`

/** SQL of the id of the nth record. */
export function sqlId(kind: Kind, n: string): string {
  return `('${idOf(kind, 0).slice(0, 24)}' || lpad(to_hex(${n}), 12, '0'))::uuid`
}

function fieldValues(object: ObjectModel): Record<string, string> {
  const authored = [...object.fields.values()].filter(
    ({ isSystem, name, type }) => !isSystem && name !== 'name' && type.isComputed !== true,
  )
  return Object.fromEntries(authored.map((field, index) => [field.name, valueOf(field, index)]))
}

function valueOf(field: FieldModel, index: number): string {
  if (field.values) {
    return picked(
      field.values.map((value) => value.code),
      index,
      field.type.name === 'multi_picklist',
    )
  }
  const { as } = field.type.storage(field.options)
  const byStorage: Readonly<Record<string, string>> = {
    bigint: `(g * ${index + 7}) % 1000`,
    numeric: `((g * ${index + 13}) % 90) + 0.25`,
    boolean: `g % ${index + 2} = 0`,
    date: `date '2025-01-01' + (g * ${index + 1}) % 700`,
    timestamptz: sqlMoment,
    text:
      field.type.name === 'long_text'
        ? `repeat('${field.name} of ' || g || ', told at some length. ', 4)`
        : `'${field.name} ' || g`,
  }
  if (field.type.name === 'currency') return `(g * ${index + 17}) % 1000000 + 0.5`
  // What has no plain value in SQL (references, sealed texts, structures) stays empty.
  return byStorage[as] ?? 'null'
}

function picked(codes: readonly string[], index: number, isMany: boolean): string {
  const list = codes.map((code) => `'${code}'`).join(', ')
  const one = `(array[${list}])[1 + (g * ${index + 1}) % ${codes.length}]`
  return isMany ? `array[${one}]` : one
}
