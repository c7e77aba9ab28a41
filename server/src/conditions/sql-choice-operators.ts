import { sql } from 'kysely'

import { indexesOf, operandsOf, type SqlOperation, type SqlWriter } from './sql-operation.ts'
import { type Fragment, sqlTypeOf } from './sql-parameter.ts'
import { isNumberText } from './sql-text-functions.ts'

/** The SQL of the operators that choose between values. */
export const SQL_CHOICE_OPERATORS = {
  case: chooseCase,
  if_error: (operation) => {
    const type = sqlTypeOf(operation.type)
    const [attempt, fallback] = [operation.operand(0, type), operation.operand(1, type)]
    return sql`(case when ${operation.failed(0)} then ${fallback} else ${attempt} end)`
  },
  blank_value: blankValue,
  one_of: (operation) => {
    const [sought, ...others] = operandsOf(operation)
    return sql`(${sought} in (${sql.join(others)}))`
  },
  is_number: ({ operand }) => sql`coalesce(${isNumberText(operand(0))}, false)`,
} satisfies Record<string, SqlWriter>

function chooseCase(operation: SqlOperation): Fragment {
  const type = sqlTypeOf(operation.type)
  const last = operation.count - 1
  const cases = indexesOf(operation)
    .filter((index) => index % 2 === 1 && index < last)
    .map(
      (index) => sql`when ${operation.operand(index)} then ${operation.operand(index + 1, type)}`,
    )
  return sql`(case ${operation.operand(0)} ${sql.join(cases, sql` `)} else ${operation.operand(last, type)} end)`
}

function blankValue(operation: SqlOperation): Fragment {
  const type = sqlTypeOf(operation.type)
  const [given, other] = [operation.operand(0, type), operation.operand(1, type)]
  if (operation.type === 'list') {
    return sql`(coalesce(nullif(${given}, array[]::text[]), ${other}))`
  }
  return operation.type === 'text'
    ? sql`coalesce(nullif(${given}, ''), ${other})`
    : sql`coalesce(${given}, ${other})`
}
