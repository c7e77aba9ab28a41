import { FILTER_OPERATORS, OPERATOR_NAMES } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let callers: Caller[]
let fields: string[]
let relationships: string[]

beforeAll(async () => {
  server = await startTestServer()
  const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
  callers = [server.admin, rep]
  const object = server.currentModel.release.model.objects.get('account')
  fields = [...(object?.fields.keys() ?? [])]
  relationships = [...(object?.relationships.keys() ?? [])]
  for (const name of ['a', 'b']) await rep.post('/api/v1/records/account', { name })
})
afterAll(() => server?.stop())

// Right names and values as well as wrong ones: what is refused at once finds little.
const path = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...fields) },
    fc.constantFrom('owner.name', 'parent.owner.manager.name', 'parent.credit_limit', '$user.id'),
    fc.constantFrom(...relationships, 'nothing', 'constructor', '__proto__', 'a.b.c.d.e.f.g', ''),
  )
const text = fc.oneof(
  fc.constantFrom('A', 'prospect', '2026-11-21', '2026-02-30', '0001-01-01', '9999-12-31', 'today'),
  fc.constantFrom('this_month', 'last_n_days:9999', '2026-11-21T08:00:00Z', '%', '\\', '"', ','),
  fc.constantFrom('true', '5', '-0', '1e999', 'NaN', '01900000-0000-7000-8000-000000000000'),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)

function where(): fc.Arbitrary<unknown> {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      path().map((name) => ({ var: name })),
      fc.array(scalar, { maxLength: 3 }),
      fc
        .tuple(fc.constantFrom(...OPERATOR_NAMES), fc.array(tie('tree'), { maxLength: 3 }))
        .map(([operator, operands]) => ({ [operator]: operands })),
    ),
  }))
  return tree
}

/** A condition that is often right: a comparison of a field with a value. */
function comparison(): fc.Arbitrary<unknown> {
  const operators = fc.constantFrom('==', '!=', '<', '>=', 'in', 'contains', 'between', 'includes')
  return fc
    .tuple(operators, path(), fc.array(scalar, { maxLength: 2 }))
    .map(([operator, name, values]) => ({ [operator]: [{ var: name }, ...values] }))
}

const runs = { numRuns: 150 }

async function neverFails(send: (caller: Caller) => Promise<{ status: number; text: string }>) {
  for (const caller of callers) {
    const { status, text: answer } = await send(caller)
    expect([status < 500, answer.slice(0, 500)]).toEqual([true, expect.anything()])
  }
}

describe('whatever is asked', () => {
  it('by a body, is answered or refused', async () => {
    const body = fc.record(
      {
        where: fc.oneof(where(), comparison()),
        select: fc.array(path(), { maxLength: 3 }),
        sort: fc.array(
          fc.tuple(fc.constantFrom('', '-'), path()).map(([sign, name]) => sign + name),
          { maxLength: 3 },
        ),
        limit: fc.integer({ min: -1, max: 1001 }),
        count: fc.constantFrom('none', 'estimate', 'exact'),
        q: text,
        cursor: text,
      },
      { requiredKeys: [] },
    )
    const send = (asked: unknown) => (caller: Caller) =>
      caller.post('/api/v1/records/account/query', asked)
    await fc.assert(
      fc.asyncProperty(body, (asked) => neverFails(send(asked))),
      runs,
    )
  }, 120_000)

  it('by parameters, is answered or refused', async () => {
    const operator = fc.constantFrom(...FILTER_OPERATORS, 'like', '')
    const parameter = fc
      .tuple(path(), fc.option(operator), text)
      .map(([name, chosen, value]) => [
        `filter[${name}]${chosen === null ? '' : `[${chosen}]`}`,
        value,
      ])
    const url = fc
      .array(parameter, { minLength: 1, maxLength: 3 })
      .map((parameters) => `/api/v1/records/account?${new URLSearchParams(parameters).toString()}`)
    await fc.assert(
      fc.asyncProperty(url, (asked) => neverFails((caller) => caller.get(asked))),
      runs,
    )
  }, 120_000)

  it('of groups, is answered or refused', async () => {
    const fn = fc.constantFrom('count', 'count_distinct', 'sum', 'avg', 'min', 'max')
    const bucket = fc.constantFrom('day', 'week', 'month', 'quarter', 'year')
    const group = fc.oneof(
      path(),
      fc.record({ field: path(), bucket }, { requiredKeys: ['field'] }),
    )
    const body = fc.record(
      {
        where: comparison(),
        group_by: fc.array(group, { maxLength: 2 }),
        measures: fc.tuple(fc.record({ fn, field: path(), as: fc.constant('m') })),
        having: fc.constantFrom({ '>': [{ var: 'm' }, 0] }, { '==': [{ var: 'm' }, 'x'] }),
        sort: fc.constantFrom(['-m'], ['m', 'name'], []),
      },
      { requiredKeys: ['measures'] },
    )
    const send = (asked: unknown) => (caller: Caller) =>
      caller.post('/api/v1/records/account/aggregate', asked)
    await fc.assert(
      fc.asyncProperty(body, (asked) => neverFails(send(asked))),
      runs,
    )
  }, 120_000)
})
