import { canonicalJson, isSameJson } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { Layers } from './layers.ts'

/** The layer of what the customer has made. */
export const CUSTOMER = 'customer'

/** The pointer to what is in force. */
export interface Head {
  release: number
  /** Grows with everything that processes must notice: releases, and changes of rights. */
  epoch: number
}

/** Reads the head; with `lock` nobody else can publish until the transaction ends. */
export async function loadHead(db: Queryable, schema: string, lock = false): Promise<Head> {
  const [head] = await db.query<Head>(
    sql`select release, epoch::int as epoch from ${systemTable(schema, '_head')} ${lock ? sql`for update` : sql``}`,
  )
  return head ?? { release: 0, epoch: 0 }
}

/** Writes what differs between two states of the layers as versions that begin with `release`. */
export async function saveLayers(
  db: Queryable,
  schema: string,
  change: { before: Layers; next: Layers; release: number },
): Promise<void> {
  const { before, next, release } = change
  await saveVersions(
    db,
    systemTable(schema, '_component'),
    release,
    componentRows(before),
    componentRows(next),
  )
  await saveVersions(db, systemTable(schema, '_patch'), release, patchRows(before), patchRows(next))
}

/** Whether two states of the layers say the same, in whatever order they say it. */
export function areSameLayers(one: Layers, other: Layers): boolean {
  return (
    areSameRows(componentRows(one), componentRows(other)) &&
    areSameRows(patchRows(one), patchRows(other))
  )
}

function areSameRows(one: Map<string, VersionRow>, other: Map<string, VersionRow>): boolean {
  return one.size === other.size && [...one].every(([key, row]) => isSameRow(row, other.get(key)))
}

/** A row without its validity: the columns that name it, and those that it says. */
interface VersionRow {
  key: Record<string, string>
  data: Record<string, unknown>
}

function componentRows(layers: Layers): Map<string, VersionRow> {
  const all = [...layers.packaged, ...layers.own.map((one) => ({ ...one, layer: CUSTOMER }))]
  return keyed(
    all.map(({ layer, kind, name, definition }) => ({
      key: { layer, kind, name },
      data: { definition },
    })),
  )
}

function patchRows(layers: Layers): Map<string, VersionRow> {
  return keyed(
    layers.patches.map(({ kind, name, path, value, base }) => ({
      key: { kind, name, path },
      data: { value, base },
    })),
  )
}

function keyed(rows: VersionRow[]): Map<string, VersionRow> {
  return new Map(rows.map((row) => [Object.values(row.key).join('\u0000'), row]))
}

async function saveVersions(
  db: Queryable,
  table: ReturnType<typeof systemTable>,
  release: number,
  before: Map<string, VersionRow>,
  next: Map<string, VersionRow>,
): Promise<void> {
  const isSame = (key: string): boolean => isSameRow(before.get(key), next.get(key))
  const ended = [...before].filter(([key]) => !isSame(key)).map(([, row]) => row)
  const begun = [...next].filter(([key]) => !isSame(key)).map(([, row]) => row)
  if (ended.length > 0) {
    const keys = Object.keys(ended[0]?.key ?? {})
    const names = sql.join(
      keys.map((key) => sql`${COLUMNS[key]}`),
      sql`, `,
    )
    const types = sql.join(
      keys.map((key) => sql`${COLUMNS[key]} text`),
      sql`, `,
    )
    await db.execute(sql`
      update ${table} set until = ${release}
      where until is null and (${names}) in (select * from json_to_recordset(${asJson(ended.map((row) => row.key))}::json) as ended (${types}))`)
  }
  if (begun.length > 0) await insertVersions(db, table, release, begun)
}

function isSameRow(one: VersionRow | undefined, other: VersionRow | undefined): boolean {
  if (!one || !other) return one === other
  return Object.entries(one.data).every(([column, value]) => isSameJson(value, other.data[column]))
}

/** A value as it is stored; what a patch takes away is stored as nothing. */
function stored(column: string, value: unknown): unknown {
  if (!JSON_COLUMNS.has(column)) return value
  return value === undefined ? null : canonicalJson(value)
}

const JSON_COLUMNS: ReadonlySet<string> = new Set(['definition', 'value'])

const COLUMNS: Readonly<Record<string, ReturnType<typeof sql>>> = {
  layer: sql`layer`,
  kind: sql`kind`,
  name: sql`name`,
  path: sql`path`,
  definition: sql`definition`,
  value: sql`value`,
  base: sql`base`,
}

async function insertVersions(
  db: Queryable,
  table: ReturnType<typeof systemTable>,
  release: number,
  rows: VersionRow[],
): Promise<void> {
  const [first] = rows
  const columns = Object.keys({ ...first?.key, ...first?.data })
  const names = sql.join(
    columns.map((name) => sql`${COLUMNS[name]}`),
    sql`, `,
  )
  const chosen = sql.join(
    columns.map((name) =>
      JSON_COLUMNS.has(name) ? sql`${COLUMNS[name]}::jsonb` : sql`${COLUMNS[name]}`,
    ),
    sql`, `,
  )
  const types = sql.join(
    ['id', ...columns].map((name) => (name === 'id' ? sql`id uuid` : sql`${COLUMNS[name]} text`)),
    sql`, `,
  )
  const records = rows.map(({ key, data }) => ({
    id: uuidv7(),
    ...key,
    ...Object.fromEntries(Object.entries(data).map(([name, value]) => [name, stored(name, value)])),
  }))
  await db.execute(sql`
    insert into ${table} (id, ${names}, since)
    select id, ${chosen}, ${release}::int from json_to_recordset(${asJson(records)}::json) as begun (${types})`)
}
