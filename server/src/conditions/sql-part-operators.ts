import { sql } from 'kysely'

import { type SqlWriter, withOperands } from './sql-operation.ts'
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
  plain_text: ({ operand }) => plainTextSql(operand(0)),
} satisfies Record<string, SqlWriter>

const BREAKS = sql`'<br ?/?>|<hr ?/?>|</(?:p|h2|h3|li|blockquote|pre)>'`

/** The text of a rich text, as `plainText` of the metamodel has it. */
export function plainTextSql(html: Fragment): Fragment {
  const lines = sql`regexp_replace(${html}, ${BREAKS}, ${'\n'}::text, 'g')`
  const bare = sql`regexp_replace(regexp_replace(${lines}, '<[^>]*>', '', 'g'), ${'\n+$'}::text, '')`
  return sql`replace(replace(replace(replace(${bare}, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&')`
}
