import type { Storage } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

/** What `COLUMN_TYPES` says of a way to store values. */
interface ColumnType {
  /** The PostgreSQL type. */
  sql(storage: Storage): string
  /** The same type without the column's own scale. */
  readonly cast: RawBuilder<unknown>
}

/** Storage → column. `numeric(15, s)`: 15 digits are what a JSON number carries exactly. */
export const COLUMN_TYPES: Readonly<Record<Storage['as'], ColumnType>> = {
  text: { sql: () => 'text', cast: sql`text` },
  bigint: { sql: () => 'bigint', cast: sql`bigint` },
  numeric: {
    sql: (storage) => `numeric(15,${storage.as === 'numeric' ? storage.scale : 0})`,
    cast: sql`numeric`,
  },
  boolean: { sql: () => 'boolean', cast: sql`boolean` },
  date: { sql: () => 'date', cast: sql`date` },
  // To the second, as the wire has it.
  time: { sql: () => 'time(0) without time zone', cast: sql`time(0)` },
  timestamptz: { sql: () => 'timestamp with time zone', cast: sql`timestamptz` },
  text_list: { sql: () => 'text[]', cast: sql`text[]` },
  jsonb: { sql: () => 'jsonb', cast: sql`jsonb` },
  sealed: { sql: () => 'bytea', cast: sql`bytea` },
  reference: { sql: () => 'uuid', cast: sql`uuid` },
}

/** The PostgreSQL type of a storage, as `format_type` prints it. */
export function columnType(storage: Storage): string {
  return COLUMN_TYPES[storage.as].sql(storage)
}

/**
 * The PostgreSQL type that values of a storage are read as in a statement; the scale of a number is
 * applied where it is stored.
 *
 * @example sql`null::${castType(field.type.storage(field.options))}`
 */
export function castType(storage: Storage): RawBuilder<unknown> {
  return COLUMN_TYPES[storage.as].cast
}
