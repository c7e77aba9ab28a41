import type { Storage } from '@trellis/metamodel'

/** What `COLUMN_TYPES` says of a way to store values. */
interface ColumnType {
  /** The PostgreSQL type. */
  sql(storage: Storage): string
}

/** Storage → column. `numeric(15, s)`: 15 digits are what a JSON number carries exactly. */
export const COLUMN_TYPES: Readonly<Record<Storage['as'], ColumnType>> = {
  text: { sql: () => 'text' },
  bigint: { sql: () => 'bigint' },
  numeric: { sql: (storage) => `numeric(15,${storage.as === 'numeric' ? storage.scale : 0})` },
  boolean: { sql: () => 'boolean' },
  date: { sql: () => 'date' },
  timestamptz: { sql: () => 'timestamp with time zone' },
  text_list: { sql: () => 'text[]' },
  reference: { sql: () => 'uuid' },
}

/** The PostgreSQL type of a storage, as `format_type` prints it. */
export function columnType(storage: Storage): string {
  return COLUMN_TYPES[storage.as].sql(storage)
}
