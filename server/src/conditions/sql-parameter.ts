import {
  type EvaluationContext,
  evaluatorOf,
  type ExpressionPath,
  type ExpressionType,
  partAt,
  periodEdges,
  readPattern,
  type TypedExpression,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

/** A piece of SQL. */
export type Fragment = RawBuilder<unknown>

/** The types that PostgreSQL is told for what is bound; an untyped `$1` it would have to guess. */
export type SqlType = MemberType | 'boolean' | 'integer' | 'jsonb' | `${MemberType}[]`
type MemberType = 'text' | 'numeric' | 'date' | 'timestamptz' | 'time' | 'uuid'

/**
 * One bound value of a compiled expression. It says where the value comes from rather than what it
 * is, so that a statement compiled once serves every expression of the same shape.
 */
export interface SqlParameter {
  /**
   * `value`: the constant at `path`, computed if it is more than a literal. `contains`, `starts_with`,
   * `ends_with`: a LIKE pattern made of it. `pattern`: the regular expression at `path`, as PostgreSQL reads it. `from`, `to`: an edge of the period at `path`.
   * `time_zone`: the reader's, whatever the path.
   */
  readonly use:
    | 'value'
    | 'contains'
    | 'starts_with'
    | 'ends_with'
    | 'pattern'
    | 'from'
    | 'to'
    | 'time_zone'
  readonly path: ExpressionPath
  readonly type: SqlType
}

/** Who reads, when and where: everything that a value may depend on besides the expression. */
export type SqlEnvironment = Pick<
  EvaluationContext,
  'user' | 'now' | 'timeZone' | 'fiscalYearStart'
>

/**
 * The value of a parameter for one expression and one reader, as it is bound.
 *
 * @param typed the expression that the parameter was compiled from, or another of the same shape
 * @throws Error if it has another shape, so that nothing stands where the parameter points
 */
export function parameterValue(
  { use, path, type }: SqlParameter,
  typed: TypedExpression,
  environment: SqlEnvironment,
): unknown {
  if (use === 'time_zone') return environment.timeZone
  const part = partAt(typed, path)
  if (part === undefined) throw new Error(`Nothing stands at ${path.join('.')} of this expression`)
  const value = constantValue(part, environment)
  if (typeof value !== 'string') return value
  switch (use) {
    case 'contains':
      return `%${toPattern(value)}%`
    case 'starts_with':
      return `${toPattern(value)}%`
    case 'ends_with':
      return `%${toPattern(value)}`
    case 'pattern':
      return toPostgres(value)
    case 'from':
    case 'to':
      return periodEdges(value, type === 'date' ? 'date' : 'datetime', environment)[use]
    default:
      return value
  }
}

// Numbers go as text: a double would be read back digit by digit, an array of them is refused.
function constantValue(part: TypedExpression, environment: SqlEnvironment): unknown {
  if (part.kind !== 'literal') return evaluatorOf(part)({ ...environment, record: {} })
  if (Array.isArray(part.value)) return part.value.map(String)
  return typeof part.value === 'number' ? String(part.value) : part.value
}

/** A text as a part of a LIKE pattern that finds just this text, in small letters. */
function toPattern(text: string): string {
  return text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)
}

function toPostgres(source: string): string {
  const pattern = readPattern(source)
  if (typeof pattern === 'string') throw new Error(`Not a regular expression: ${pattern}`)
  return pattern.postgres
}

/** The type of a column or constant of an expression's type. */
export function sqlTypeOf(type: ExpressionType): SqlType {
  return SQL_TYPES[type]
}

/** The type of a list with such members. */
export function listTypeOf(member: ExpressionType): SqlType {
  const type = SQL_TYPES[member]
  return isMemberType(type) ? `${type}[]` : 'text[]'
}

const SQL_TYPES: Readonly<Record<ExpressionType, SqlType>> = {
  text: 'text',
  number: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  time: 'time',
  id: 'uuid',
  file: 'uuid',
  list: 'text[]',
  structure: 'jsonb',
  sealed: 'text',
  null: 'text',
}

function isMemberType(type: SqlType): type is MemberType {
  return type !== 'boolean' && type !== 'integer' && type !== 'jsonb' && !type.endsWith('[]')
}

/** Tells PostgreSQL the type of a fragment. */
export function castTo(type: SqlType, fragment: Fragment): Fragment {
  return CASTS[type](fragment)
}

const CASTS: Readonly<Record<SqlType, (fragment: Fragment) => Fragment>> = {
  text: (fragment) => sql`${fragment}::text`,
  numeric: (fragment) => sql`${fragment}::numeric`,
  integer: (fragment) => sql`${fragment}::integer`,
  boolean: (fragment) => sql`${fragment}::boolean`,
  jsonb: (fragment) => sql`${fragment}::jsonb`,
  date: (fragment) => sql`${fragment}::date`,
  timestamptz: (fragment) => sql`${fragment}::timestamptz`,
  time: (fragment) => sql`${fragment}::time`,
  uuid: (fragment) => sql`${fragment}::uuid`,
  'text[]': (fragment) => sql`${fragment}::text[]`,
  'numeric[]': (fragment) => sql`${fragment}::numeric[]`,
  'date[]': (fragment) => sql`${fragment}::date[]`,
  'timestamptz[]': (fragment) => sql`${fragment}::timestamptz[]`,
  'time[]': (fragment) => sql`${fragment}::time[]`,
  'uuid[]': (fragment) => sql`${fragment}::uuid[]`,
}
