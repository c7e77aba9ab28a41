import {
  resolveExpression,
  FORMULA_SIZE,
  SETTLED_SIZE,
  type Expression,
  checkFormula,
  settleFormula,
} from '@trellis/metamodel'
import { sql } from 'kysely'
import { afterAll, beforeAll, it } from 'vitest'

import { createDatabase, type TestDatabase } from '../../../tests/support/index.ts'
import { compileTyped, parameterValue } from './compile-expression.ts'
let test: TestDatabase
beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
})
afterAll(() => test.drop())
const scope: any = {
  saving: false,
  field: (p: string) =>
    ({ n: { type: 'number' }, t: { type: 'text' }, d: { type: 'date' } } as any)[p],
}
async function time(name: string, e: Expression) {
  const { typed, problems } = resolveExpression(e, scope, undefined, SETTLED_SIZE)
  if (!typed) {
    console.log(name, JSON.stringify(problems))
    return
  }
  const env = { now: '2026-11-21T08:00:00.000Z', timeZone: 'UTC' }
  const columns: any = { column: (p: string) => ({ n: sql`n`, t: sql`t`, d: sql`d` } as any)[p] }
  let s = performance.now()
  const f = compileTyped(typed, columns, (slot) => sql`${parameterValue(slot, typed, env)}`)
  const c = performance.now() - s
  s = performance.now()
  try {
    const r = await test.database.query<any>(
      sql`select left((${f})::text, 30) as v from (select 1.0001::numeric as n, repeat('ab1&\\ ', 40) as t, date '2026-01-31' as d) x`,
    )
    console.log(name, 'compile', c.toFixed(0), 'run', (performance.now() - s).toFixed(0), r[0].v)
  } catch (err) {
    console.log(name, 'ERR', (performance.now() - s).toFixed(0), String(err).slice(0, 200))
  }
}
it('stress', async () => {
  const nest = (op: (x: Expression) => Expression, n: number, x: Expression) => {
    let e = x
    for (let i = 0; i < n; i++) e = op(e)
    return e
  }
  const v = (p: string) => ({ var: p })
  await time(
    'power 40',
    nest((x) => ({ power: [x, 1.5] }), 40, v('n')),
  )
  await time(
    'power 95',
    nest((x) => ({ power: [x, 1.5] }), 95, v('n')),
  )
  await time(
    'mod 95',
    nest((x) => ({ mod: [x, 7] }), 95, v('n')),
  )
  await time(
    'exp 95',
    nest((x) => ({ exp: [{ mod: [x, 3] }] }), 45, v('n')),
  )
  await time(
    'left 45',
    nest((x) => ({ left: [x, 5] }), 45, v('t')),
  )
  await time(
    'left 95',
    nest((x) => ({ left: [x, 5] }), 95, v('t')),
  )
  await time(
    'capitalize 95',
    nest((x) => ({ capitalize: [x] }), 95, v('t')),
  )
  await time(
    'substitute 95',
    nest((x) => ({ substitute: [x, 'a', 'aaaa'] }), 95, v('t')),
  )
  await time(
    'js 95',
    nest((x) => ({ js_encode: [x] }), 95, v('t')),
  )
  await time(
    'case 45',
    nest((x) => ({ case: [x, 1, 2, 3, 4, x === v('n') ? 1 : 5] }), 95, v('n')),
  )
  await time(
    'if_error chain',
    nest((x) => ({ if_error: [{ '/': [1, v('n')] }, x] }), 95, v('n')),
  )
  await time('if_error big', {
    if_error: [nest((x) => ({ '/': [x, { '+': [v('n'), 1] }] }), 45, v('n')), 1],
  })
  await time(
    'if 95',
    nest((x) => ({ if: [{ '>': [v('n'), 3] }, 1, x] }), 95, v('n')),
  )
  await time('add 1900', {
    '+': Array.from({ length: 1900 }, () => ({ blank_value: [v('n'), 0] })),
  })
  await time(
    'to_date nested',
    nest((x) => ({ to_date: [{ to_text: [x] }] }), 50, v('d')),
  )
  await time('regex', {
    matches: [{ pad_left: [v('t'), 10000, 'abc'] }, '(?:.{0,250}a){3}b.{1,200}'],
  })
  await time('regex2', { matches: [{ pad_left: [v('t'), 10000, 'abc'] }, '(.*a.{9})+|(.*b.*)*c'] })
  await time('regex3', { matches: [{ pad_left: [v('t'), 10000, 'a'] }, '(a?){250}a{250}'] })
  await time('mul', { '*': Array.from({ length: 400 }, () => ({ exp: [287] })) })
  await time('mul n', {
    '*': Array.from({ length: 400 }, () => ({ exp: [{ '*': [v('n'), 286] }] })),
  })
  await time('concat', {
    concat: Array.from({ length: 400 }, () => ({ pad_left: [v('t'), 10000] })),
  })
}, 240000)
