import { readFileSync } from 'node:fs'

import {
  evaluatorOf,
  type Expression,
  type ExpressionScope,
  expressionShape,
  type ExpressionType,
  InvalidExpression,
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
  foldedText,
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
      if (type === 'structure') return sql`nullif(${row} -> ${path}::text, 'null'::jsonb)`
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
  if (type === 'time') return sql`to_jsonb(to_char(${value}::interval, 'HH24:MI:SS.MS'))`
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

const v = (name: string): Expression => ({ var: name })

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

const CHILD_FIELDS: Fields = {
  s2: 'structure',
  n1: 'number',
  t1: 'text',
  b1: 'boolean',
  d1: 'date',
  m1: 'datetime',
  tm1: 'time',
  s1: 'structure',
  l1: 'list',
  i1: 'id',
  '$user.id': 'id',
}

const FIELDS: Fields = {
  s1: 'structure',
  s2: 'structure',
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
  tm1: 'time',
  tm2: 'time',
  l1: 'list',
  l2: 'list',
  i1: 'id',
  i2: 'id',
  children: CHILD_FIELDS,
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
  '12:30',
  '2026-2-30',
  '2028-02-29 7:05:09',
  '-1.5e2',
  'tr_TR',
  'ıi',
  '&<',
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
const PATTERNS = [
  '[a-z]*',
  '.*',
  '(a|b|)+',
  '[^ab]{1,3}.?',
  '^\\s*\\w+$',
  '\\d*[.]?\\d+',
  '.*😀[上-海]?.*',
  '(A|a)+?b{0,2}\\W*',
  '$^',
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
  time: fc.constantFrom('00:00:00.000', '23:59:59.999', '08:30:00.000', '12:00:05.250'),
  list: fc.array(fc.constantFrom('a', 'b', '上海', '', '10'), { maxLength: 3 }),
  id: fc.constantFrom(...IDS),
  structure: fc.oneof(
    fc.dictionary(fc.constantFrom('a', 'b', '上海', ''), fc.jsonValue({ maxDepth: 1 }), {
      maxKeys: 3,
    }),
    fc.jsonValue({ maxDepth: 1 }),
  ),
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

const TREES = new Map<string, Tree>()

/** Random expressions of a type, on the fields of the record or of its children; made once. */
function treeOf(type: ValueType, of: Owner, depth: number): Tree {
  const key = `${type} ${of} ${depth}`
  const tree = TREES.get(key) ?? makeTree(type, of, depth)
  TREES.set(key, tree)
  return tree
}

type Owner = 'record' | 'children'

function makeTree(type: ValueType, of: Owner, depth: number): Tree {
  const fields = of === 'record' ? FIELDS : CHILD_FIELDS
  const variables = Object.keys(fields).filter((path) => fields[path] === type)
  // A structure cannot be written out.
  if (type === 'structure') return fc.constantFrom(...variables).map(v)
  const leaf = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...variables).map(v) },
    { weight: 1, arbitrary: VALUES[type] as Tree },
  )
  if (depth === 0) return leaf
  const sub = (inner: ValueType): Tree => treeOf(inner, of, depth - 1)
  const others = [
    ...callsOf(type, sub),
    ...(type === 'number' ? [rounded(sub(type))] : []),
    ...(type === 'boolean' ? conditionsOf(of, depth) : []),
  ]
  const choice = fc
    .tuple(sub('boolean'), fc.option(sub(type), { freq: 5 }), sub(type))
    .map((operands) => ({ if: operands }))
  return fc.oneof({ weight: 4, arbitrary: leaf }, choice, ...others)
}

/** What operators take, by what they yield: `in text list` yields a boolean. */
const CALLS: Readonly<Record<ValueType, string>> = {
  number: `part_number structure text, + number number, - number number, * number number, / number number, - number,
    min number number, max number number, round number, length text, length list,
    year date, year datetime, month date, month datetime, day date, day datetime,
    days_between date date, days_between datetime datetime,
    abs number, round_places number number, trunc number, trunc number number, floor number, ceiling number,
    away_from_zero number, mod number number, power number number, sqrt number, exp number, ln number, log10 number,
    greatest number number, least number number number, find text text, find text text number,
    character_code text, to_number text, hour time, hour datetime, minute time, minute datetime, second time,
    second datetime, millisecond time, millisecond datetime, weekday date, weekday datetime, day_of_year date,
    iso_week date, iso_week datetime, iso_year date, unix_timestamp date, unix_timestamp datetime,
    unix_timestamp time, time_between time time, blank_value number number, if_error number number`,
  text: `plain_text text, part structure text, lower text, upper text, lower text text, upper text text, trim text, concat text text, left text number,
    right text number, middle text number number, substring text number, substring text number number,
    substitute text text text, pad_left text number, pad_right text number, pad_left text number text,
    pad_right text number text, reverse text, capitalize text, character number, html_encode text, js_encode text,
    url_encode text, to_text text, to_text number, to_text date, to_text datetime, to_text time, to_text id,
    format_currency text number, format_duration number, format_duration number boolean, blank_value text text,
    if_error text text, case number number text text, case text text text text text text`,
  boolean: `is_blank structure, within_km structure number number number, and boolean boolean, or boolean boolean, ! boolean,
    == number number, == text text, == date date, == datetime datetime, == id id, == boolean boolean,
    != number number, != text text, < number number, < text text, < date date, <= datetime datetime,
    <= number number, > text text, > datetime datetime, >= number number, >= date date,
    between number number number, between text text text, between datetime datetime datetime,
    is_blank number, is_blank text, is_blank date, is_blank list, is_blank id,
    contains text text, starts_with text text, ends_with text text, in text list, not_in text list,
    contains_exact text text, begins_exact text text, like text text, is_number text, one_of number number number,
    one_of text text, one_of date date date, == time time, < time time, is_blank time, if_error boolean boolean,
    blank_value boolean boolean, includes list list, includes list text, excludes list list, excludes list text`,
  date: `add_days date number, add_months date number, min date date, today,
    greatest date date, date number number number, to_date text, to_date date, to_date datetime, if_error date date,
    blank_value date date, case date date date date`,
  datetime: `add_days datetime number, add_months datetime number, max datetime datetime, now, least datetime datetime,
    to_datetime text, to_datetime date, to_datetime datetime, from_unix_time number, blank_value datetime datetime`,
  time: `add_time time number, to_time text, to_time datetime, to_time time, time_now, blank_value time time,
    greatest time time`,
  list: 'blank_value list list',
  id: '',
  structure: '',
}

function callsOf(type: ValueType, sub: (type: ValueType) => Tree): Tree[] {
  const calls = CALLS[type].split(',').map((call) => call.trim())
  return calls
    .filter((call) => call !== '')
    .map((call) => {
      const [operator = '', ...types] = call.split(' ')
      return fc
        .tuple(...types.map((inner) => sub(inner as ValueType)))
        .map((operands) => ({ [operator]: operands }))
    })
}

function rounded(number: Tree): Tree {
  const places = fc.integer({ min: -3, max: 8 })
  return fc.tuple(number, places).map((operands) => ({ round: operands }))
}

/** The conditions that take something written out: a list, a period, a relationship. */
function conditionsOf(of: Owner, depth: number): Tree[] {
  const members = (['number', 'text', 'date', 'datetime', 'id'] as const).map((type) =>
    fc
      .tuple(
        fc.constantFrom('in', 'not_in'),
        treeOf(type, of, depth - 1),
        fc.array(VALUES[type] as fc.Arbitrary<string>, { maxLength: 3 }),
      )
      .map(([operator, sought, list]) => ({ [operator]: [sought, list] })),
  )
  const periods = (['date', 'datetime'] as const).map((type) =>
    fc
      .tuple(treeOf(type, of, depth - 1), fc.constantFrom(...PERIODS))
      .map((operands) => ({ in_period: operands })),
  )
  const patterns = fc
    .tuple(treeOf('text', of, depth - 1), fc.constantFrom(...PATTERNS))
    .map((operands) => ({ matches: operands }))
  if (of === 'children') return [...members, ...periods, patterns]
  const related = fc
    .tuple(fc.constantFrom('some', 'none', 'all'), treeOf('boolean', 'children', depth - 1))
    .map(([operator, condition]) => ({ [operator]: [v('children'), condition] }))
  return [...members, ...periods, patterns, related, related]
}

// An attempt in an attempt is refused.
const NESTED_ATTEMPT = /"if_error":\[.*"if_error"/

const ANY_TREE = fc
  .oneof(
    ...(['number', 'text', 'boolean', 'boolean', 'date', 'datetime', 'time'] as const).map((type) =>
      treeOf(type, 'record', 3),
    ),
  )
  .filter((tree) => !NESTED_ATTEMPT.test(JSON.stringify(tree)))

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
    const trees = fc.array(ANY_TREE, { minLength: 1, maxLength: 24, size: 'max' })
    const rows = fc.array(rowOf(FIELDS), { minLength: 1, maxLength: 16, size: 'max' })
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
      { numRuns: 100 },
    )
  }, 60_000)
})

/** Columns by their own names, as SQL text shows them. */
const NAMED: ExpressionScope & SqlColumns = {
  ...scopeOf({
    amount: 'number',
    name: 'text',
    owner: 'id',
    closes: 'date',
    made: 'datetime',
    tags: 'list',
    '$user.id': 'id',
    contacts: { name: 'text' },
  }),
  column: (path) => {
    const column = NAMED_COLUMNS[path]
    if (column === undefined) throw new Error(`No column ${path}`)
    return column
  },
}

const NAMED_COLUMNS: Readonly<Record<string, Fragment>> = {
  amount: sql`amount`,
  name: sql`name`,
  owner: sql`owner`,
  closes: sql`closes`,
  made: sql`made`,
  tags: sql`tags`,
}

const ME = '01890a5d-ac96-774b-bcce-b302099a8057'
const ENVIRONMENT: SqlEnvironment = { user: { id: ME }, now: NOW, timeZone: 'Asia/Shanghai' }

function written(expression: Expression): { text: string; values: readonly unknown[] } {
  return toSqlText(compileExpression(expression, NAMED, { environment: ENVIRONMENT }))
}

function nameAndDays(name: string, days: number): Expression {
  const day = { add_days: [{ today: [] }, days] }
  return { and: [{ contains: [v('name'), name] }, { '<': [v('closes'), day] }] }
}

/** A date that is moved as often as nesting allows. */
function movedAgainAndAgain(operator: string): Expression {
  return Array.from({ length: 18 }).reduce<Expression>(
    (inner) => ({ [operator]: [inner, v('n1')] }),
    v('d1'),
  )
}

describe('the SQL', () => {
  it.each<[Expression, string, unknown[]]>([
    [{ '>=': [v('amount'), 0.1] }, '(amount >= $1::numeric)', ['0.1']],
    [{ '==': [v('name'), "a'b"] }, '(name = $1::text)', ["a'b"]],
    [{ '==': [v('owner'), v('$user.id')] }, '(owner = $1::uuid)', [ME]],
    [{ in: [v('name'), ['a', 'b']] }, '(name = any($1::text[]))', [['a', 'b']]],
    [{ not_in: [v('amount'), [1, 2.5]] }, '(amount <> all($1::numeric[]))', [['1', '2.5']]],
    [
      { in_period: [v('closes'), 'this_month'] },
      '(closes >= $1::date and closes < $2::date)',
      ['2026-11-01', '2026-12-01'],
    ],
    [
      { in_period: [v('made'), 'today'] },
      '(made >= $1::timestamptz and made < $2::timestamptz)',
      ['2026-11-20T16:00:00.000Z', '2026-11-21T16:00:00.000Z'],
    ],
    [
      { '<=': [v('closes'), { add_days: [{ today: [] }, 30] }] },
      '(closes <= $1::date)',
      ['2026-12-21'],
    ],
    [
      { starts_with: [v('name'), '50%_\\X'] },
      '((lower(name collate "und-x-icu") collate "C") like $1::text)',
      ['50\\%\\_\\\\x%'],
    ],
    [{ is_blank: v('name') }, "(name is null or name = '')", []],
    [{ includes: [v('tags'), ['vip']] }, '(tags && $1::text[])', [['vip']]],
    [{ year: v('made') }, 'extract(year from (made at time zone $1::text))', ['Asia/Shanghai']],
    [{ '==': [{ '+': [1, 1] }, 2] }, '$1::boolean', [true]],
    [
      { if: [{ is_blank: v('amount') }, null, 1] },
      '(case when (amount is null) then $1::numeric else $2::numeric end)',
      [null, '1'],
    ],
  ])('of %j binds every value, with its type', (expression, text, values) => {
    expect(written(expression)).toEqual({ text, values })
  })

  it('is the same for every expression of one shape, and gets the values of each', () => {
    const [first, second] = [nameAndDays('a', 1), nameAndDays('B%', -1)].map((expression) =>
      typedOf(expression, NAMED),
    )
    if (first === undefined || second === undefined) throw new Error('two expressions')
    expect(expressionShape(first)).toBe('and(contains(name,?text),<(closes,?date))')
    expect(expressionShape(second)).toBe(expressionShape(first))
    const slots: SqlParameter[] = []
    compileTyped(first, NAMED, (parameter) => {
      slots.push(parameter)
      return sql`?`
    })
    expect(slots.map((slot) => parameterValue(slot, second, ENVIRONMENT))).toEqual([
      '%b\\%%',
      '2026-11-20',
    ])
    expect(() =>
      slots.map((slot) => parameterValue(slot, typedOf(true, NAMED), ENVIRONMENT)),
    ).toThrow('Nothing stands at')
  })

  it('tells shapes apart in which a constant is found at another place', () => {
    const scope = scopeOf({ n1: 'number' })
    const shapes = [{ '!': { '==': [v('n1'), 1] } }, { '!': [{ '==': [v('n1'), 1] }] }].map((not) =>
      expressionShape(typedOf(not, scope)),
    )
    expect(shapes).toEqual(['!:(==(n1,?number))', '!(==(n1,?number))'])
  })

  it('refuses what a query cannot know', () => {
    const saving = { ...NAMED, saving: true }
    expect(() => written({ changed: v('name') })).toThrow(InvalidExpression)
    const changed = typedOf({ changed: v('name') }, saving)
    expect(() => compileTyped(changed, NAMED, () => sql`?`)).toThrow(
      '"changed" cannot be compiled to SQL',
    )
    expect(() => written({ some: [v('contacts'), { is_blank: v('name') }] })).toThrow(
      'No way to the records of "contacts"',
    )
    expect(() => written({ '>': [v('amount'), '1'] })).toThrow('Expected number, found text')
  })

  it('lets indexes serve equality, lists, periods, prefixes and multi-picklists', async () => {
    await test.database.inTransaction(async (transaction) => {
      await transaction.execute(
        sql`create temporary table deal (amount numeric, name text, owner uuid, closes date, made timestamptz, tags text[]) on commit drop`,
      )
      await transaction.execute(
        sql`insert into deal (name, closes, tags) select 'n' || n, date '2026-01-01' + n, array['t' || n] from generate_series(1, 2000) as n`,
      )
      for (const column of [
        sql`(name)`,
        sql`(owner)`,
        sql`(closes)`,
        sql`(made)`,
        sql`(amount)`,
        sql`(${foldedText(sql`name`)})`,
        sql`using gin (tags)`,
      ]) {
        await transaction.execute(sql`create index on deal ${column}`)
      }
      await transaction.execute(sql`set local enable_seqscan = off`)
      await transaction.execute(sql`analyze deal`)
      const conditions: Expression[] = [
        { '==': [v('name'), 'n5'] },
        { in: [v('name'), ['n5', 'n6']] },
        { '==': [v('owner'), v('$user.id')] },
        { '>': [v('amount'), 5] },
        { in_period: [v('closes'), 'today'] },
        { in_period: [v('made'), 'today'] },
        { starts_with: [v('name'), 'N19'] },
        { includes: [v('tags'), ['t5']] },
        { includes: [v('tags'), 't5'] },
        { is_blank: v('closes') },
      ]
      for (const condition of conditions) {
        const where = compileExpression(condition, NAMED, { environment: ENVIRONMENT })
        const plan = await transaction.query(
          sql`explain (format json) select 1 from deal where ${where}`,
        )
        expect([condition, JSON.stringify(plan)]).toEqual([
          condition,
          expect.stringContaining('Index Cond'),
        ])
      }
    })
  })

  it('joins more texts than PostgreSQL passes to one function', async () => {
    const typed = typedOf({ concat: Array.from({ length: 240 }, () => v('t1')) }, scopeOf(FIELDS))
    const json = jsonOf({ typed, fields: FIELDS, environment: ENVIRONMENT })
    const [answer] = await test.database.query<{ value: unknown }>(
      sql`select ${json} as value from (select ${JSON.stringify({ t1: 'ab' })}::jsonb as data) as r`,
    )
    expect(answer?.value).toBe('ab'.repeat(240))
  })

  it('stays small and quick for the deepest nesting', async () => {
    const cases = ['add_months', 'add_days'].map((operator) => ({
      typed: typedOf(movedAgainAndAgain(operator), scopeOf(FIELDS)),
      fields: FIELDS,
      environment: ENVIRONMENT,
    }))
    const [answer] = await test.database.query<{ values: unknown }>(
      sql`select jsonb_build_array(${sql.join(cases.map(jsonOf))}) as values from (select ${JSON.stringify({ d1: '2026-01-31', n1: 1 })}::jsonb as data) as r`,
    )
    expect(answer?.values).toEqual(['2027-07-31', '2026-02-18'])
  })
})
