import {
  checkFormula,
  evaluatorOf,
  type ExpressionScope,
  type ExpressionType,
  settleFormula,
  type TypedExpression,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import { compileTyped, parameterValue, type SqlColumns } from '../conditions/compile-expression.ts'
import { castTo, type Fragment, sqlTypeOf } from '../conditions/sql-parameter.ts'
import type { Database } from '../db/index.ts'
import { isAnswer } from './compare-answers.ts'
import {
  type CaseField,
  caseScope,
  type FormulaCase,
  inputFields,
  pathOf,
  readInput,
  scopeField,
  type Treatment,
  TREATMENTS,
} from './formula-cases.ts'

/** The readings of a formula that are scored. */
export const ENGINES = ['javascript', 'sql'] as const
export type Engine = (typeof ENGINES)[number]

/** How many rows have the answer, of those that count. */
export interface Tally {
  equal: number
  scored: number
}

/** A formula of which rows have another answer. */
export interface Miss {
  readonly name: string
  readonly formula: string
  readonly engine: Engine
  readonly treatment: Treatment
  readonly rows: number
  /** Why, or the first row with the answer and what came instead. */
  readonly reason: string
}

/** The score of a file of formulas. */
export interface FormulaScore {
  readonly tallies: Readonly<Record<Treatment, Readonly<Record<Engine, Tally>>>>
  readonly misses: readonly Miss[]
}

/** The circumstances of the cases: their moments are GMT. */
const ENVIRONMENT = { now: new Date().toISOString(), timeZone: 'UTC' } as const

/** Evaluates every formula on every row, in JavaScript and in SQL, for both treatments of blanks. */
export async function scoreFormulas(
  cases: readonly FormulaCase[],
  db: Pick<Database, 'query'>,
): Promise<FormulaScore> {
  const tally = (): Record<Engine, Tally> => ({
    javascript: { equal: 0, scored: 0 },
    sql: { equal: 0, scored: 0 },
  })
  const score = { tallies: { zero: tally(), blank: tally() }, misses: [] as Miss[] }
  for (const one of cases) {
    for (const treatment of ['zero', 'blank'] as const) {
      await scoreCase(one, { treatment, score, db })
    }
  }
  return score
}

interface Scoring {
  readonly treatment: Treatment
  readonly score: { readonly tallies: FormulaScore['tallies']; readonly misses: Miss[] }
  readonly db: Pick<Database, 'query'>
}

async function scoreCase(one: FormulaCase, { treatment, score, db }: Scoring): Promise<void> {
  const { answer, counts } = TREATMENTS[treatment]
  const rows = one.rows.filter((row) => row[counts] && !row.error)
  if (rows.length === 0) return
  const prepared = prepare(one, treatment)
  const records = rows.map((row) => recordOf(one, row.input))
  for (const engine of ENGINES) {
    const values = await valuesOf(prepared, records, engine, db)
    const failed = rows.flatMap((row, index) => {
      const value = typeof values === 'string' ? values : values[index]
      const wanted = row.out[answer] ?? ''
      const isEqual = typeof prepared !== 'string' && isAnswer(value, wanted, prepared.typed.type)
      return isEqual && typeof values !== 'string' ? [] : [{ row, value, wanted }]
    })
    const tally = score.tallies[treatment][engine]
    tally.scored += rows.length
    tally.equal += rows.length - failed.length
    const [first] = failed
    if (first === undefined) continue
    const { row, value, wanted } = first
    const sample = `${JSON.stringify(row.input)}: ${wanted}, not ${String(value)}`
    const reason = typeof values === 'string' ? values : sample
    const { name, formula } = one
    score.misses.push({ name, formula, engine, treatment, rows: failed.length, reason })
  }
}

/** A formula ready for both engines, with the formulas among its fields. */
interface Prepared {
  readonly typed: TypedExpression
  readonly type: ExpressionType
  readonly fields: readonly CaseField[]
  readonly nested: ReadonlyMap<string, Prepared>
}

/** Prepares a formula, or says what is wrong with it. */
function prepare(
  { formula, returnType, fields }: Pick<FormulaCase, 'formula' | 'returnType' | 'fields'>,
  blanks: Treatment,
): Prepared | string {
  const nested = new Map<string, Prepared>()
  for (const field of fields) {
    if (field.formula === undefined) continue
    const inner = prepare(
      { formula: field.formula, returnType: field.type, fields: field.fields ?? [] },
      blanks,
    )
    if (typeof inner === 'string') return inner
    nested.set(pathOf(field).toLowerCase(), inner)
  }
  const scope: ExpressionScope = caseScope(fields)
  const found = checkFormula(formula, scope)
  if (found.expression === undefined) {
    return found.problems.map(({ message }) => message['en-US']).join('; ')
  }
  const isPercent = scopeField(returnType).isPercent === true
  const typed = settleFormula(found.typed, scope, { blanks, isPercent })
  return { typed, type: scopeField(returnType).type, fields, nested }
}

type Values = Readonly<Record<string, unknown>>

/** The values of a row by the names of the fields, in small letters. */
function recordOf({ fields }: FormulaCase, input: readonly string[]): Values {
  return Object.fromEntries(
    inputFields(fields).map((field, index) => [
      pathOf(field).toLowerCase(),
      readInput(input[index] ?? '', field),
    ]),
  )
}

/** The results of all rows, or why there are none. */
async function valuesOf(
  prepared: Prepared | string,
  records: readonly Values[],
  engine: Engine,
  db: Pick<Database, 'query'>,
): Promise<readonly unknown[] | string> {
  if (typeof prepared === 'string') return prepared
  try {
    if (engine === 'javascript') return records.map((record) => evaluate(prepared, record))
    return await querySql(prepared, records, db)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function evaluate(prepared: Prepared, record: Values): unknown {
  const source = (path: string): unknown => {
    const name = path.toLowerCase()
    const inner = prepared.nested.get(name)
    return inner === undefined ? record[name] : evaluate(inner, record)
  }
  return evaluatorOf(prepared.typed)({ ...ENVIRONMENT, record: source })
}

async function querySql(
  prepared: Prepared,
  records: readonly Values[],
  db: Pick<Database, 'query'>,
): Promise<readonly unknown[]> {
  const value = shown(prepared.typed.type, compile(prepared))
  const rows = await db.query<{ value: string | null }>(
    sql`select ${value} as value from jsonb_array_elements(${JSON.stringify(records)}::jsonb)
      with ordinality as r (data, place) order by place`,
  )
  return rows.map((row) => row.value)
}

/** A formula as SQL on the JSON object `r.data`; a formula among its fields stands in its place. */
function compile({ typed, fields, nested }: Prepared): Fragment {
  const columns: SqlColumns = {
    column: (path) => {
      const name = path.toLowerCase()
      const inner = nested.get(name)
      // Cast, as a formula that is always empty has no type of its own.
      if (inner !== undefined) return castTo(sqlTypeOf(innerType(inner)), sql`(${compile(inner)})`)
      const field = fields.find((one) => pathOf(one).toLowerCase() === name)
      const type = scopeField(field?.type ?? 'text').type
      if (type === 'list') {
        return sql`(case jsonb_typeof(r.data -> ${name}::text) when 'array' then
          array(select jsonb_array_elements_text(r.data -> ${name}::text)) end)`
      }
      return castTo(sqlTypeOf(type), sql`(r.data ->> ${name}::text)`)
    },
  }
  return compileTyped(typed, columns, (slot) => sql`${parameterValue(slot, typed, ENVIRONMENT)}`)
}

function innerType({ typed, type }: Prepared): ExpressionType {
  return typed.type === 'null' ? type : typed.type
}

function shown(type: ExpressionType, value: Fragment): Fragment {
  switch (type) {
    case 'datetime':
      return sql`to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    case 'time':
      return sql`to_char(${value}::interval, 'HH24:MI:SS.MS')`
    default:
      return sql`(${value})::text`
  }
}
