import { convertField, convertValue } from './convert-column.ts'
import { type ColumnShape, constraintName } from './describe-tables.ts'
import { quoteIdentifier as q, quoteLiteral } from './physical-map.ts'

/** Two columns of one field: what it was, and what it becomes. */
export interface ColumnPair {
  schema: string
  table: string
  from: ColumnShape
  to: ColumnShape
}

/** In a transaction that says so, triggers leave rows alone: a batch must not write back what it converts. */
export const IS_FILLING = isFilling('on')

/** The same for the triggers of one fill only: others have to know of what it fills. */
export function isFilling(fill: string): string {
  return `SELECT set_config('trellis.filling', ${quoteLiteral(fill)}, true)`
}

/**
 * A trigger that keeps two columns of a field alike, whichever of them is written: requests that began before a
 * release went live write the one, later ones the other, and a roll back finds the old one up to date.
 */
export function syncSql({ schema, table, from, to }: ColumnPair): string[] {
  const at = `${q(schema)}.${q(table)}`
  const name = syncName(table, to.name)
  const [was, now] = [q(from.name), q(to.name)]
  return [
    `CREATE OR REPLACE FUNCTION ${q(schema)}.${q(name)}() RETURNS trigger LANGUAGE plpgsql AS $sync$
BEGIN
  IF current_setting('trellis.filling', true) = 'on' THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.${now} IS NULL THEN NEW.${now} := ${convertField(`NEW.${was}`, from, to)};
    ELSE NEW.${was} := ${convertValue(`NEW.${now}`, to.type, from.type)}; END IF;
  ELSIF NEW.${now} IS DISTINCT FROM OLD.${now} THEN
    NEW.${was} := ${convertValue(`NEW.${now}`, to.type, from.type)};
  ELSIF NEW.${was} IS DISTINCT FROM OLD.${was} THEN
    NEW.${now} := ${convertField(`NEW.${was}`, from, to)};
  END IF;
  RETURN NEW;
END $sync$`,
    `CREATE TRIGGER ${q(name)} BEFORE INSERT OR UPDATE OF ${was}, ${now} ON ${at} FOR EACH ROW EXECUTE FUNCTION ${q(schema)}.${q(name)}()`,
  ]
}

/** Ends it. The column may be either of the two; without a trigger nothing happens. */
export function endSyncSql(schema: string, table: string, column: string): string[] {
  const name = syncName(table, column)
  return [
    `DROP TRIGGER IF EXISTS ${q(name)} ON ${q(schema)}.${q(table)}`,
    `DROP FUNCTION IF EXISTS ${q(schema)}.${q(name)}()`,
  ]
}

function syncName(table: string, column: string): string {
  return constraintName(table, column, 'sync')
}
