import {
  type EvaluationContext,
  type FieldModel,
  formulaValue,
  type ObjectModel,
  type RawComponent,
  type RecordPage,
} from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createReadWorld, NOW, type ReadWorld } from '../../../tests/support/read-world.ts'
import { toStored } from '../records/apply-values.ts'
import { listRecords, listToJson } from './list-records.ts'
import { parseListParameters } from './parse-list-parameters.ts'

vi.setConfig({ testTimeout: 120_000 })

const FORMULAS: Readonly<Record<string, readonly [result: string, text: string, more?: object]>> = {
  sum: ['currency', 'a + b * 2'],
  ratio: ['number', 'a / b', { scale: 8 }],
  blank_sum: ['number', 'a + b', { blanks: 'blank', scale: 3 }],
  share: ['percent', 'IF(a = 0, p, b / a)'],
  grown: ['number', 'a * a * a * a', { scale: 0 }],
  power: ['number', 'ROUND(b ^ 3, 1)', { scale: 2 }],
  text: ['text', 'UPPER(LEFT(t, 3)) & "-" & TEXT(a) & SUBSTITUTE(up.t, "a", "")'],
  nothing: ['text', 'TRIM(t)'],
  kind: ['text', 'CASE(k, "x", "one", "y", up.t, "")'],
  flag: ['checkbox', 'OR(a > b, ISBLANK(t), CONTAINS(t, "a"))'],
  later: ['date', 'ADDMONTHS(d, n)'],
  moment: ['datetime', 'm + 0.5'],
  days: ['number', 'd - DATEVALUE(m)'],
  age: ['number', 'TODAY() - d'],
  above: ['number', 'up.a + up.up.a'],
  over_above: ['currency', 'IF(up.flag, up.sum, sum / 3)'],
  over_share: ['percent', 'share * 2 + up.share'],
  over_over: ['text', 'IF(over_above > 10, up.text, kind) & IF(up.up.flag, "!", "")'],
}

const WORLD: readonly RawComponent[] = [
  { kind: 'object', name: 'user', definition: { label: 'User' } },
  { kind: 'object', name: 'node', definition: { label: 'Node' } },
  ...Object.entries({
    a: { type: 'number', scale: 4 },
    b: { type: 'currency' },
    p: { type: 'percent' },
    n: { type: 'number' },
    t: { type: 'text' },
    k: { type: 'picklist', values: [{ code: 'x' }, { code: 'y' }, { code: 'z' }] },
    d: { type: 'date' },
    m: { type: 'datetime' },
    up: { type: 'lookup', target: 'node', relationship: { name: 'below' } },
    ...Object.fromEntries(
      Object.entries(FORMULAS).map(([name, [result, formula, more]]) => [
        name,
        { type: 'formula', result, formula, ...more },
      ]),
    ),
  }).map(([name, definition]) => ({
    kind: 'field',
    name: `node.${name}`,
    definition: { label: name, ...definition },
  })),
  {
    kind: 'permission_set',
    name: 'admin',
    definition: { label: 'Admin', system: ['modify_all_data'] },
  },
]

const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
const USER = id(1)

let world: ReadWorld
beforeAll(async () => {
  world = await createReadWorld(WORLD)
  await world.insert('user', [{ id: USER, name: 'Ann', owner: USER }])
})
afterAll(() => world.test.drop())

type Row = Readonly<Record<string, unknown>> & { id: string; up: string | null }

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(arbitrary, { freq: 3, nil: null })
const decimal = (scale: number, most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most, max: most }).map((whole) => whole / 10 ** scale)
const day = fc
  .integer({ min: -20_000, max: 20_000 })
  .map((days) => new Date(NOW.getTime() + days * 86_400_000).toISOString())

const rowOf = (index: number): fc.Arbitrary<Row> =>
  fc.record({
    id: fc.constant(id(100 + index)),
    name: fc.constant(`N${index}`),
    owner: fc.constant(USER),
    a: maybe(fc.oneof(fc.constant(0), decimal(4, 50_000), decimal(4, 999_999_999))),
    b: maybe(fc.oneof(fc.constant(0), decimal(2, 9000))),
    p: maybe(decimal(2, 20_000)),
    n: maybe(fc.integer({ min: -40, max: 40 })),
    t: maybe(fc.constantFrom('a', 'abc', 'Äb😀c', ' ', 'x a', '中文')),
    k: maybe(fc.constantFrom('x', 'y', 'z')),
    d: maybe(day.map((moment) => moment.slice(0, 10))),
    m: maybe(day),
    up: maybe(fc.integer({ min: 0, max: Math.max(0, index - 1) }).map((n) => id(100 + n))),
  }) as fc.Arbitrary<Row>

const rows: fc.Arbitrary<Row[]> = fc
  .tuple(...Array.from({ length: 40 }, (_, index) => rowOf(index)))
  .map((all) => all.map((row) => (row.up === row.id ? { ...row, up: null } : row)))

/** A record as its evaluator reads it: its columns and those of the records that it refers to. */
function contextOf(row: Row, all: ReadonlyMap<string, Row>): EvaluationContext {
  const read = (path: string): unknown => {
    let at: Row | undefined = row
    const names = path.split('.')
    for (const hop of names.slice(0, -1)) at = all.get(String(at?.[hop]))
    return at?.[names.at(-1) ?? ''] ?? null
  }
  return { record: read, now: NOW.toISOString(), timeZone: 'Asia/Shanghai', user: {} }
}

function nodeOf({ release }: ReadWorld): ObjectModel {
  const object = release.model.objects.get('node')
  if (!object) throw new Error('No node')
  return object
}

async function list(query: Record<string, string>): Promise<RecordPage> {
  const context = world.context({ id: USER, sets: ['admin'] })
  const object = nodeOf(world)
  const asked = parseListParameters(context, object, query)
  const answer = await listRecords(context, { object, asked, cursorKey: Buffer.alloc(32, 7) })
  return JSON.parse(listToJson(answer)) as RecordPage
}

describe('formulas in lists', () => {
  it('have the values that JavaScript computes, and order and filter by them', async () => {
    const fields = Object.keys(FORMULAS).map((name) =>
      nodeOf(world).fields.get(name),
    ) as FieldModel[]
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        await world.test.database.execute('truncate main.node cascade')
        await world.insert('node', all)
        const byId = new Map(all.map((row) => [row.id, row]))
        const { records } = await list({ select: Object.keys(FORMULAS).join(), limit: '100' })
        expect(records).toHaveLength(all.length)
        const found = new Map(records.map((one) => [String(one['id']), one]))
        for (const row of all) {
          const values = fields.map((field) => [
            field.name,
            toStored(field, formulaValue(field, contextOf(row, byId))),
          ])
          expect(found.get(row.id)).toMatchObject(Object.fromEntries(values) as object)
        }
        for (const name of ['ratio', 'over_over', 'later']) {
          const sorted = await list({ select: name, sort: name, limit: '100' })
          expect(sorted.records.map((one) => one[name]).filter((one) => one !== null)).toEqual(
            [...found.values()]
              .map((one) => one[name])
              .filter((one) => one !== null)
              .toSorted(byValue),
          )
        }
      }),
      { numRuns: 12 },
    )
  })
})

function byValue(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}
