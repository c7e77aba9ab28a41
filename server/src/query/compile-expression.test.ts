import { readFileSync } from 'node:fs'

import {
  evaluatorOf,
  type Expression,
  type ExpressionScope,
  expressionShape,
  type ExpressionType,
  type RecordSource,
  resolveExpression,
  type TypedExpression,
} from '@trellis/metamodel'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase, type TestDatabase } from '../../../tests/support/index.ts'
import { toSqlText } from '../db/index.ts'
import {
  compileExpression,
  compileTyped,
  parameterValue,
  type SqlColumns,
  type SqlEnvironment,
  type SqlParameter,
} from './compile-expression.ts'
import { castTo, type Fragment, sqlTypeOf } from './sql-parameter.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
})

afterAll(() => test.drop())

type Fields = { readonly [path: string]: ExpressionType | Fields }

function scopeOf(fields: Fields): ExpressionScope {
  return {
    saving: false,
    field: (path) => {
      const type = fields[path]
      return typeof type === 'string' ? { type } : undefined
    },
    relationship: (name) => {
      const related = fields[name]
      return typeof related === 'object' ? scopeOf(related) : undefined
    },
  }
}

/** Columns of a row that is one JSON object, so that any row can be asked without a table. */
function columnsOf(fields: Fields, row: Fragment): SqlColumns {
  return {
    column: (path) => {
      const type = fields[path]
      if (typeof type !== 'string') throw new Error(`No column ${path}`)
      if (type !== 'list') return castTo(sqlTypeOf(type), sql`(${row} ->> ${path}::text)`)
      return sql`(case jsonb_typeof(${row} -> ${path}::text) when 'array' then
        array(select jsonb_array_elements_text(${row} -> ${path}::text)) end)`
    },
    toMany: (name) => {
      const related = fields[name]
      if (typeof related !== 'object') return undefined
      return {
        exists: (condition) => sql`exists (select 1
          from jsonb_array_elements(${row} -> ${name}::text) as child (data)
          where ${condition(columnsOf(related, sql`child.data`))})`,
      }
    },
  }
}

/** A value as JSON, in the one form in which the evaluator answers it too. */
function shown(type: ExpressionType, value: Fragment): Fragment {
  if (type === 'number') return sql`to_jsonb(trim_scale(${value})::text)`
  if (type !== 'datetime') return sql`to_jsonb(${value})`
  return sql`to_jsonb(to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`
}

function bound(
  typed: TypedExpression,
  environment: SqlEnvironment,
): (parameter: SqlParameter) => Fragment {
  return (parameter) => sql`${parameterValue(parameter, typed, environment)}`
}

/** One case: an expression on one row. */
interface Case {
  readonly typed: TypedExpression
  readonly fields: Fields
  readonly environment: SqlEnvironment
}

function jsonOf({ typed, fields, environment }: Case): Fragment {
  const compiled = compileTyped(typed, columnsOf(fields, sql`r.data`), bound(typed, environment))
  return shown(typed.type, compiled)
}

function typedOf(expression: Expression, scope: ExpressionScope): TypedExpression {
  const { typed, problems } = resolveExpression(expression, scope)
  if (typed === undefined) throw new Error(JSON.stringify([expression, problems]))
  return typed
}

interface Vector {
  readonly name: string
  readonly fields: Fields
  readonly record: RecordSource
  readonly user?: RecordSource
  readonly now?: string
  readonly time_zone?: string
  readonly fiscal_year_start?: number
  readonly expression: Expression
  readonly value: unknown
}

const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../metamodel/src/expression/vectors.json', import.meta.url), 'utf8'),
)

const NOW = '2026-11-21T08:00:00.000Z'

function environmentOf(vector: Vector): SqlEnvironment {
  return {
    user: vector.user,
    now: vector.now ?? NOW,
    timeZone: vector.time_zone ?? 'Asia/Shanghai',
    fiscalYearStart: vector.fiscal_year_start ?? 1,
  }
}

describe('compiled to SQL', () => {
  it('answers every shared vector as the evaluator does', async () => {
    const vectors = VECTORS.filter((vector) => !('before' in vector))
    const selects = vectors.map((vector, index) => {
      const typed = typedOf(vector.expression, scopeOf(vector.fields))
      const json = jsonOf({ typed, fields: vector.fields, environment: environmentOf(vector) })
      return sql`select ${index}::integer as index, ${json} as value
        from (select ${JSON.stringify(vector.record)}::jsonb as data) as r`
    })
    const rows = await test.database.query<{ index: number; value: unknown }>(
      sql`${sql.join(selects, sql` union all `)} order by index`,
    )
    const answers = rows.map(({ value }, index) => [vectors[index]?.name, value])
    expect(answers).toEqual(vectors.map(({ name, value }) => [name, value]))
  })
})

const FIELDS: Fields = {
  n1: 'number',
  n2: 'number',
  t1: 'text',
  t2: 'text',
  b1: 'boolean',
  b2: 'boolean',
  d1: 'date',
  d2: 'date',
  m1: 'datetime',
  m2: 'datetime',
  l1: 'list',
  l2: 'list',
  i1: 'id',
  i2: 'id',
  children: {
    n1: 'number',
    t1: 'text',
    b1: 'boolean',
    d1: 'date',
    m1: 'datetime',
    l1: 'list',
    i1: 'id',
    '$user.id': 'id',
  },
  '$user.id': 'id',
  '$user.name': 'text',
  '$user.regions': 'list',
}

const IDS = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058']
const PIECES = [
  '',
  ' ',
  'a',
  'A',
  'b',
  'ab',
  '%',
  '_',
  '\\',
  "'",
  '上海',
  '😀',
  'É',
  'İ',
  'ß',
  'Σ',
  '\u3000',
  '\t',
  'z',
  'null',
  '10',
  '9',
  '\u{10400}',
  '\uff5e',
  '{a,b}',
]
const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'America/New_York',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Europe/London',
]
const PERIODS = [
  'today',
  'this_week',
  'last_month',
  'next_quarter',
  'this_year',
  'fiscal_quarter',
  'last_fiscal_year',
  'last_n_days:30',
  'next_n_weeks:2',
  'last_n_months:14',
]

/** What a value of each type may be: the edges more often than chance would have them. */
const VALUES = {
  number: fc.oneof(
    fc.constantFrom(
      0,
      -1,
      1,
      0.1,
      0.2,
      0.3,
      -2.5,
      2.5,
      1.005,
      3,
      7,
      100,
      999_999_999_999_999,
      -0.000_000_1,
    ),
    fc.integer({ min: -50, max: 50 }),
    fc
      .tuple(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.integer({ min: 0, max: 6 }))
      .map(([n, scale]) => Number((n / 10 ** scale).toPrecision(9))),
  ),
  text: fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join('')),
    fc.string({ maxLength: 6 }),
  ),
  boolean: fc.boolean(),
  date: fc.oneof(
    fc.constantFrom(
      '2026-02-28',
      '2028-02-29',
      '2026-01-31',
      '2026-11-21',
      '2026-12-31',
      '0001-01-01',
      '9999-12-31',
    ),
    dateBetween('2025-01-01', '2028-12-31').map((date) => date.toISOString().slice(0, 10)),
  ),
  datetime: fc.oneof(
    fc.constantFrom(
      '2026-03-08T07:00:00.000Z',
      '2026-11-01T05:59:59.999Z',
      '2026-11-20T16:00:00.000Z',
      '2026-11-21T10:00:00.000Z',
    ),
    dateBetween('1990-01-01', '2036-12-31').map((date) => date.toISOString()),
  ),
  list: fc.array(fc.constantFrom('a', 'b', '上海', '', '10'), { maxLength: 3 }),
  id: fc.constantFrom(...IDS),
} satisfies Partial<Record<ExpressionType, fc.Arbitrary<unknown>>>

type ValueType = keyof typeof VALUES

function dateBetween(from: string, to: string): fc.Arbitrary<Date> {
  return fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
}

function rowOf(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(fields).map(([path, type]) => {
    if (typeof type === 'object') return [path, fc.array(rowOf(type), { maxLength: 3 })] as const
    return [path, fc.option<unknown>(VALUES[type as ValueType], { freq: 4 })] as const
  })
  return fc.record(Object.fromEntries(entries.filter(([path]) => !path.startsWith('$user.'))))
}

type Tree = fc.Arbitrary<Expression>

/** Random expressions of a type, deeper ones rarer, on the fields of one scope. */
function treeOf(type: ValueType, fields: Fields, depth: number): Tree {
  const variables = Object.keys(fields)
    .filter((path) => fields[path] === type)
    .map((path) => ({ var: path }))
  const leaf = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...variables) },
    { weight: 1, arbitrary: VALUES[type] as Tree },
  )
  if (depth === 0) return leaf
  const sub = (inner: ValueType): Tree => treeOf(inner, fields, depth - 1)
  const call = (operator: string, ...types: readonly ValueType[]): Tree =>
    fc.tuple(...types.map(sub)).map((operands) => ({ [operator]: operands }))
  const choice = fc
    .tuple(sub('boolean'), fc.option(sub(type), { freq: 5 }), sub(type))
    .map((operands) => ({ if: operands }))
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    { weight: 1, arbitrary: choice },
    ...OPERATIONS[type]({ sub, call, fields, depth }).map((arbitrary) => ({
      weight: 2,
      arbitrary,
    })),
  )
}

interface Making {
  sub(type: ValueType): Tree
  call(operator: string, ...types: readonly ValueType[]): Tree
  readonly fields: Fields
  readonly depth: number
}

const OPERATIONS: Readonly<Record<ValueType, (making: Making) => Tree[]>> = {
  number: ({ sub, call }) => [
    ...['+', '-', '*', '/', 'min', 'max'].map((operator) => call(operator, 'number', 'number')),
    call('-', 'number'),
    fc
      .tuple(sub('number'), fc.integer({ min: -3, max: 8 }))
      .map((operands) => ({ round: operands })),
    call('length', 'text'),
    call('length', 'list'),
    ...['year', 'month', 'day'].flatMap((operator) => [
      call(operator, 'date'),
      call(operator, 'datetime'),
    ]),
    call('days_between', 'date', 'date'),
    call('days_between', 'datetime', 'datetime'),
  ],
  text: ({ call }) =>
    ['lower', 'upper', 'trim']
      .map((operator) => call(operator, 'text'))
      .concat(call('concat', 'text', 'text')),
  boolean: ({ sub, call, fields, depth }) => [
    ...['and', 'or'].map((operator) => call(operator, 'boolean', 'boolean')),
    call('!', 'boolean'),
    fc
      .constantFrom<ValueType>('number', 'text', 'date', 'datetime')
      .chain((type) =>
        fc
          .constantFrom('==', '!=', '<', '<=', '>', '>=')
          .chain((operator) => call(operator, type, type)),
      ),
    fc.constantFrom<ValueType>('id', 'boolean').chain((type) => call('==', type, type)),
    fc
      .constantFrom<ValueType>('number', 'text', 'date')
      .chain((type) => call('between', type, type, type)),
    fc
      .constantFrom<ValueType>('number', 'text', 'date', 'datetime', 'list', 'id')
      .chain((type) => call('is_blank', type)),
    fc
      .constantFrom('contains', 'starts_with', 'ends_with')
      .chain((operator) => call(operator, 'text', 'text')),
    fc
      .constantFrom<ValueType>('number', 'text', 'date', 'datetime', 'id')
      .chain((type) =>
        fc
          .tuple(
            fc.constantFrom('in', 'not_in'),
            sub(type),
            fc.array(VALUES[type] as fc.Arbitrary<string>, { maxLength: 3 }),
          )
          .map(([operator, sought, list]) => ({ [operator]: [sought, list] })),
      ),
    call('in', 'text', 'list'),
    fc
      .constantFrom('includes', 'excludes')
      .chain((operator) =>
        fc.oneof(call(operator, 'list', 'list'), call(operator, 'list', 'text')),
      ),
    fc
      .tuple(fc.oneof(sub('date'), sub('datetime')), fc.constantFrom(...PERIODS))
      .map((operands) => ({ in_period: operands })),
    ...relatedTrees(fields, depth),
  ],
  date: ({ call }) => [
    call('add_days', 'date', 'number'),
    call('add_months', 'date', 'number'),
    call('min', 'date', 'date'),
    fc.constant({ today: [] }),
  ],
  datetime: ({ call }) => [
    call('add_days', 'datetime', 'number'),
    call('add_months', 'datetime', 'number'),
    call('max', 'datetime', 'datetime'),
    fc.constant({ now: [] }),
  ],
  list: () => [],
  id: () => [],
}

function relatedTrees({ children }: Fields, depth: number): Tree[] {
  if (typeof children !== 'object') return []
  const condition = treeOf('boolean', children, depth - 1)
  return [
    fc
      .tuple(fc.constantFrom('some', 'none', 'all'), condition)
      .map(([operator, inner]) => ({ [operator]: [{ var: 'children' }, inner] })),
  ]
}

const ANY_TREE = fc
  .constantFrom<ValueType>('number', 'text', 'boolean', 'boolean', 'date', 'datetime')
  .chain((type) => treeOf(type, FIELDS, 3))

describe('a random expression', () => {
  it('yields in SQL what it yields in JavaScript, on every row', async () => {
    const environments = fc.record({
      now: VALUES.datetime,
      timeZone: fc.constantFrom(...ZONES),
      fiscalYearStart: fc.integer({ min: 1, max: 12 }),
      user: fc.record({
        id: fc.option(VALUES.id),
        name: fc.option(VALUES.text),
        regions: fc.option(VALUES.list),
      }),
    })
    const trees = fc.array(ANY_TREE, { minLength: 1, maxLength: 24 })
    const rows = fc.array(rowOf(FIELDS), { minLength: 1, maxLength: 16 })
    await fc.assert(
      fc.asyncProperty(trees, rows, environments, async (expressions, records, environment) => {
        const scope = scopeOf(FIELDS)
        const cases = expressions.map((expression) => ({
          typed: typedOf(expression, scope),
          fields: FIELDS,
          environment,
        }))
        const answers = await test.database.query<{ values: unknown }>(
          sql`select jsonb_build_array(${sql.join(cases.map(jsonOf))}) as values
            from jsonb_array_elements(${JSON.stringify(records)}::jsonb) with ordinality as r (data, place) order by place`,
        )
        const evaluators = cases.map(({ typed }) => evaluatorOf(typed))
        const wanted = records.map((record) =>
          evaluators.map((evaluate) => evaluate({ ...environment, record })),
        )
        expect(answers.map(({ values }) => values)).toEqual(wanted)
      }),
      { numRuns: Number(process.env['RUNS'] ?? 60) },
    )
  }, 600_000)
})
