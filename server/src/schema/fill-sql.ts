import { quoteLiteral } from './quote.ts'
import type { Fill } from './stage.ts'

/** One statement that fills all rows. */
export function fillSql(fill: Fill): string {
  if (!fill.history) {
    return `UPDATE ${fill.table} AS t SET ${fill.set}${fill.where === undefined ? '' : ` WHERE ${fill.where}`}`
  }
  const where = fill.where === undefined ? '' : ` WHERE ${fill.where}`
  const batch = `SELECT "id" AS "row" FROM ${fill.table}${where} FOR NO KEY UPDATE`
  return `WITH batch AS (${batch}), ${written(fill)} SELECT count(*)::int AS done FROM written`
}

/**
 * One statement that fills the next rows after a key: `$1` is the last id so far (or null), `$2` the most rows. It
 * answers how many it filled, and the last id that it looked at; null when there are no more.
 */
export function fillBatchSql(fill: Fill): string {
  const where = fill.where === undefined ? '' : ` AND (${fill.where})`
  const batch = `SELECT "id" AS "row" FROM ${fill.table} WHERE ($1::uuid IS NULL OR "id" > $1::uuid)${where} ORDER BY "id" LIMIT $2 FOR NO KEY UPDATE`
  return `WITH batch AS (${batch}), ${written(fill)} SELECT (SELECT count(*)::int FROM written) AS done, (SELECT "row" FROM batch ORDER BY "row" DESC LIMIT 1) AS last`
}

function written({ table, set, history }: Fill): string {
  const update = `written AS (UPDATE ${table} AS t SET ${set} FROM batch WHERE t."id" = batch."row" RETURNING t."id")`
  if (!history) return update
  const log = `logged AS (INSERT INTO ${history.table} (id, at, object, record, actor, cause, action, field, old, new)
  SELECT gen_random_uuid(), now(), ${quoteLiteral(history.object)}, t."id", NULL, 'publish', 'updated', ${quoteLiteral(history.field)}, to_jsonb(${history.old}), to_jsonb(${history.new})
  FROM ${table} AS t JOIN batch ON t."id" = batch."row")`
  return `${log}, ${update}`
}
