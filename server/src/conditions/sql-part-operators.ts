import { sql } from 'kysely'

import { numberAt, type SqlWriter, withOperands } from './sql-operation.ts'
import type { Fragment } from './sql-parameter.ts'

/** The operators that read what is inside a value. */
export const SQL_PART_OPERATORS = {
  part: ({ operand }) =>
    withOperands(
      { x: sql`${operand(0)} -> ${operand(1)}` },
      sql`case jsonb_typeof(x) when 'string' then x #>> '{}' end`,
    ),
  part_number: ({ operand }) =>
    withOperands(
      { x: sql`${operand(0)} -> ${operand(1)}` },
      sql`case jsonb_typeof(x) when 'number' then x::numeric end`,
    ),
  within_km: (operation) =>
    withOperands(
      {
        x: operation.operand(0),
        a: numberAt(operation, 1),
        b: numberAt(operation, 2),
        c: numberAt(operation, 3),
      },
      WITHIN,
    ),
  plain_text: ({ operand }) => plainTextSql(operand(0)),
} satisfies Record<string, SqlWriter>

const LATITUDE = sql`(x ->> 'latitude')::double precision`
const LONGITUDE = sql`(x ->> 'longitude')::double precision`
const RADIANS = sql`double precision '0.017453292519943295'`
const NORTH = sql`sin((${LATITUDE} - a::double precision) * ${RADIANS} / 2)`
const EAST = sql`sin((${LONGITUDE} - b::double precision) * ${RADIANS} / 2)`
const ALONG = sql`cos(a::double precision * ${RADIANS}) * cos(${LATITUDE} * ${RADIANS}) * ${EAST} * ${EAST}`
const KILOMETRES = sql`double precision '12742.0176' * asin(least(1, sqrt(${NORTH} * ${NORTH} + ${ALONG})))`

// Step by step as the metamodel has it; each case guards the casts of the next.
const WITHIN = sql`case
  when a between -90 and 90 and b between -180 and 180 and c between 0 and 1000000
    and jsonb_typeof(x -> 'latitude') = 'number' and jsonb_typeof(x -> 'longitude') = 'number'
  then case
    when (x ->> 'latitude')::numeric between -90 and 90 and (x ->> 'longitude')::numeric between -180 and 180
    then ${KILOMETRES} <= c::double precision end end`

const BREAKS = sql`'<br ?/?>|<hr ?/?>|</(?:p|h2|h3|li|blockquote|pre)>'`

/** The text of a rich text, as `plainText` of the metamodel has it. */
export function plainTextSql(html: Fragment): Fragment {
  const lines = sql`regexp_replace(${html}, ${BREAKS}, ${'\n'}::text, 'g')`
  const bare = sql`regexp_replace(regexp_replace(${lines}, '<[^>]*>', '', 'g'), ${'\n+$'}::text, '')`
  return sql`replace(replace(replace(replace(${bare}, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&')`
}
