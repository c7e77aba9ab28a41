import type { ListQuery, RecordPage, SortSpec } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { READ_MODEL } from '../../../tests/support/read-world-model.ts'
import { createReadWorld, type ReadWorld } from '../../../tests/support/read-world.ts'
import { RequestError } from '../errors.ts'
import { listRecords, listToJson } from './list-records.ts'

const USER = '01900000-0000-7000-8000-000000000001'
const cursorKey = Buffer.alloc(32, 7)
const idOf = (group: number, n: number): string =>
  `01900000-0000-7000-8000-${String(group * 10_000 + n).padStart(12, '0')}`

// A real database on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 })

let world: ReadWorld
let groups = 10
beforeAll(async () => {
  world = await createReadWorld(READ_MODEL)
  await world.insert('user', [{ id: USER, name: 'Ann', owner: USER, email: 'ann@example.com' }])
  await world.insert('account', [
    { id: idOf(0, 1), name: '华为', owner: USER, industry: 'tech' },
    { id: idOf(0, 2), name: 'é', owner: USER, industry: null },
  ])
}, 60_000)
afterAll(() => world?.test.drop())

const FIELDS = [
  'name',
  'amount',
  'close_date',
  'met_at',
  'hot',
  'stage',
  'created_at',
  'account',
  'account.industry',
  'id',
] as const

const row = fc.record({
  name: fc.constantFrom('a', 'A', 'b', '张三', '李四', 'é', '😀', 'ﷺ', '_', '%'),
  amount: fc.constantFrom(null, '0.00', '-1.50', '99.99', '9999999999999.99'),
  close_date: fc.constantFrom(null, '2026-11-01', '1999-12-31'),
  met_at: fc.constantFrom(null, '2026-11-01T00:00:00.123456Z', '2026-11-01T00:00:00.123457Z'),
  hot: fc.boolean(),
  stage: fc.constantFrom('open', 'won', 'lost'),
  created_at: fc.constantFrom('2026-11-01T00:00:00Z', '2026-11-02T00:00:00.000001Z'),
  account: fc.constantFrom(null, idOf(0, 1), idOf(0, 2)),
})
const sort: fc.Arbitrary<SortSpec[]> = fc.array(
  fc.record({
    field: fc.constantFrom(...FIELDS),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
  }),
  { minLength: 0, maxLength: 4 },
)

async function page(query: ListQuery, userId = USER): Promise<RecordPage> {
  const context = world.context({ id: userId, sets: ['admin'] })
  const object = context.release.model.objects.get('deal')
  if (!object) throw new Error('deal')
  return JSON.parse(
    listToJson(
      await listRecords(context, {
        object,
        asked: { query, filters: [], failures: [] },
        cursorKey,
      }),
    ),
  ) as RecordPage
}

async function walk(
  query: ListQuery,
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  for (let number = 0; number < 100; number++) {
    const { records, next_cursor } = await page({
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    })
    seen.push(...records.map((record) => record.id))
    if (next_cursor === null) return seen
    cursor = next_cursor
    await between(number)
  }
  throw new Error('Never ends')
}

describe('pages', () => {
  it('put together are the whole list, in every order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 14 }),
        sort,
        fc.integer({ min: 1, max: 6 }),
        async (rows, keys, limit) => {
          const group = groups++
          await world.insert(
            'deal',
            rows.map((one, n) => ({ ...one, id: idOf(group, n), owner: USER, margin: group })),
          )
          const query: ListQuery = {
            where: { '==': [{ var: 'margin' }, group] },
            sort: keys,
            select: [],
          }
          const whole = await page({ ...query, limit: 1000 })
          expect(whole.records).toHaveLength(rows.length)
          expect(await walk({ ...query, limit })).toEqual(whole.records.map((record) => record.id))
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)

  it('show every row that stays once, whatever comes and goes meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 6, maxLength: 12 }),
        fc.array(row, { maxLength: 6 }),
        sort,
        async (rows, later, keys) => {
          const group = groups++
          await world.insert(
            'deal',
            rows.map((one, n) => ({ ...one, id: idOf(group, n), owner: USER, margin: group })),
          )
          const gone = new Set<string>()
          const seen = await walk(
            { where: { '==': [{ var: 'margin' }, group] }, sort: keys, select: [], limit: 2 },
            async (number) => {
              const more = later[number]
              if (more) {
                await world.insert('deal', [
                  { ...more, id: idOf(group, 100 + number), owner: USER, margin: group },
                ])
              }
              const leaves = idOf(group, (number * 3) % rows.length)
              gone.add(leaves)
              await world.test.database.execute(
                'update main.deal set deleted_at = now() where id = $1',
                [leaves],
              )
            },
          )
          expect(new Set(seen).size).toBe(seen.length)
          const staying = rows.map((_, n) => idOf(group, n)).filter((id) => !gone.has(id))
          expect(staying.filter((id) => !seen.includes(id))).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  }, 60_000)

  it('hold only for the question they were made for', async () => {
    await world.insert(
      'deal',
      [1, 2, 3].map((n) => ({
        id: idOf(5, n),
        name: `x${n}`,
        owner: USER,
        stage: 'open',
        hot: false,
        margin: 5,
      })),
    )
    const query: ListQuery = { where: { '==': [{ var: 'margin' }, 5] }, sort: ['name'], limit: 1 }
    const cursor = (await page(query)).next_cursor ?? ''
    expect((await page({ ...query, cursor, select: ['stage'], limit: 2 })).records).toHaveLength(2)
    const [payload = '', seal = ''] = cursor.split('.')
    const forged = [
      page({ ...query, cursor, sort: ['-name'] }),
      page({ ...query, cursor, where: { '==': [{ var: 'margin' }, 6] } }),
      page({ ...query, cursor, q: 'x' }),
      page({ ...query, cursor }, idOf(0, 9)),
      page({ ...query, cursor: `${payload}x.${seal}` }),
      page({ ...query, cursor: `${payload}.` }),
      page({ ...query, cursor: '' }),
      page({ ...query, cursor: 'x'.repeat(200_000) }),
      page({ ...query, cursor: `${cursor}.` }),
    ]
    for (const one of forged) {
      await expect(one).rejects.toSatisfy(
        (error) => error instanceof RequestError && error.code === 'invalid_cursor',
      )
    }
  })
})
