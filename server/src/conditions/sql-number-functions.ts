import { sql } from 'kysely'

import {
  numberAt,
  operandsOf,
  type SqlOperation,
  type SqlWriter,
  withOperands,
} from './sql-operation.ts'
import type { Fragment } from './sql-parameter.ts'

/**
 * The SQL of the functions of numbers. What cannot be computed is null, never an error that fails a whole list; the
 * limits are those of `function-limits.ts`, written out as they are the same in every statement.
 */
export const SQL_NUMBER_FUNCTIONS = {
  abs: (operation) => sql`abs(${numberAt(operation, 0)})`,
  round_places: (operation) => sql`round(${numberAt(operation, 0)}, ${places(operation, 1)})`,
  trunc: (operation) =>
    operation.count === 1
      ? sql`trunc(${settled(operation)})`
      : sql`trunc(${settled(operation)}, ${places(operation, 1)})`,
  floor: (operation) => sql`floor(${settled(operation)})`,
  ceiling: (operation) => sql`ceil(${settled(operation)})`,
  away_from_zero: (operation) =>
    withOperands({ x: settled(operation) }, sql`sign(x) * ceil(abs(x))`),
  mod: (operation) => sql`mod(${numberAt(operation, 0)}, nullif(${numberAt(operation, 1)}, 0))`,
  power,
  sqrt: (operation) =>
    ofRounded(operation, sql`x >= 0 and abs(x) < 1e125`, sql`sqrt(round(x, 30))`),
  exp: (operation) =>
    withOperands(
      { x: numberAt(operation, 0) },
      sql`case when x > 287 then null when x < -100 then 0
        else ${grown(sql`exp(round(x, 30))`, sql`(x::double precision * 0.4342944819032518)`)} end`,
    ),
  ln: (operation) =>
    ofRounded(operation, sql`abs(x) < 1e125 and round(x, 30) > 0`, sql`ln(round(x, 30))`),
  log10: (operation) =>
    ofRounded(operation, sql`abs(x) < 1e125 and round(x, 30) > 0`, sql`log(round(x, 30))`),
  sin: angular(sql`sin`),
  cos: angular(sql`cos`),
  tan: angular(sql`tan`),
  asin: angular(sql`asin`, sql`1`),
  acos: angular(sql`acos`, sql`1`),
  atan: angular(sql`atan`),
  atan2: (operation) =>
    withOperands(
      { y: numberAt(operation, 0), x: numberAt(operation, 1) },
      sql`case when abs(y) <= 1e15 and abs(x) <= 1e15 then atan2(y::double precision, x::double precision)::numeric end`,
    ),
  greatest: (operation) => strictExtreme(operation, sql`max`),
  least: (operation) => strictExtreme(operation, sql`min`),
  distance,
} satisfies Record<string, SqlWriter>

/** A count of places behind the point (or before it), within what is allowed. */
function places(operation: SqlOperation, index: number): Fragment {
  return withOperands(
    { n: numberAt(operation, index) },
    sql`(case when n < -50 then -50 when n > 50 then 50 else trunc(n) end)::integer`,
  )
}

/** A number without what a quotient has left behind the 15th decimal. */
function settled(operation: SqlOperation): Fragment {
  return sql`round(${numberAt(operation, 0)}, 15)`
}

function ofRounded(operation: SqlOperation, condition: Fragment, result: Fragment): Fragment {
  return withOperands(
    { x: numberAt(operation, 0) },
    sql`case when ${condition} then trim_scale(round(${result}, 20)) end`,
  )
}

function angular(name: Fragment, limit: Fragment = sql`1e15`): SqlWriter {
  return (operation) =>
    withOperands(
      { x: numberAt(operation, 0) },
      sql`case when abs(x) <= ${limit} then ${name}(x::double precision)::numeric end`,
    )
}

/** A result that may be large, with the digits that results of its size keep (`GROWING_PLACES`). */
function grown(result: Fragment, magnitude: Fragment): Fragment {
  return sql`trim_scale(round(${result}, case when ${magnitude} <= 18 then 20 when ${magnitude} <= 44 then 0
    when ${magnitude} <= 87 then -45 else -85 end))`
}

function power(operation: SqlOperation): Fragment {
  const magnitude = sql`(y::double precision * log(abs(x)::double precision))`
  return withOperands(
    {
      x: sql`round(${numberAt(operation, 0)}, 30)`,
      y: sql`round(${numberAt(operation, 1)}, 30)`,
    },
    sql`case when x is null or y is null or abs(x) >= 1e125 or abs(y) > 1000000 then null
      when y = 0 then 1
      when x = 0 then case when y > 0 then 0 end
      when x < 0 and y <> trunc(y) then null
      when ${magnitude} > 125 then null
      when ${magnitude} < -30 then 0
      else ${grown(sql`power(x, y)`, magnitude)} end`,
  )
}

/** The largest or smallest; null as soon as one is null, which PostgreSQL's own pass over. */
function strictExtreme(operation: SqlOperation, name: Fragment): Fragment {
  const rows = operandsOf(operation).map((operand) => sql`(${operand})`)
  return sql`(select case when count(*) = count(x) then ${name}(x) end from (values ${sql.join(rows)}) as given (x))`
}

function distance(operation: SqlOperation): Fragment {
  const at = (index: number): Fragment => numberAt(operation, index)
  const radians = (name: Fragment): Fragment => sql`radians(${name}::double precision)`
  const [a, b, c, d] = [sql`a`, sql`b`, sql`c`, sql`d`].map(radians)
  const angle = sql`power(sin((${c} - ${a}) / 2), 2) + cos(${a}) * cos(${c}) * power(sin((${d} - ${b}) / 2), 2)`
  const radius = sql`(case u when 'km' then 6371.0088::double precision when 'mi' then 6371.0088::double precision / 1.609344::double precision end)`
  return withOperands(
    { a: at(0), b: at(1), c: at(2), d: at(3), u: operation.operand(4) },
    sql`case when abs(a) <= 1e15 and abs(b) <= 1e15 and abs(c) <= 1e15 and abs(d) <= 1e15
      then round((2 * ${radius} * asin(least(1, sqrt(${angle}))))::numeric, 6) end`,
  )
}
