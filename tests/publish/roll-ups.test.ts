import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine } from '../../server/src/catalog/index.ts'
import { type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { type Piece, publishPieces } from '../support/publish.ts'
import { ROLL_UP_WORLD } from '../support/roll-up-world.ts'

let server: TestServer
let admin: Caller
const sites: string[] = []

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const bare = ROLL_UP_WORLD.filter(([, definition]) => !isComputed(definition))
  const published = await publishPieces(
    admin,
    bare.filter(([name]) => !name.startsWith('validation')),
  )
  expect(published.status, published.text).toBe(200)
  for (const name of ['A', 'B', 'C']) sites.push((await create('site', { name })).id)
  const [a, b] = sites
  await create('line', { site__c: a, amount__c: 1.5, status__c: 'confirmed', pieces__c: 4 })
  await create('line', { site__c: a, amount__c: 2, status__c: 'open', pieces__c: 1 })
  await create('line', { site__c: b, amount__c: 8, status__c: 'confirmed', day__c: '2026-05-01' })
  const { id } = await create('line', { site__c: b, amount__c: 16, status__c: 'confirmed' })
  await admin.delete(`/api/v1/records/line__c/${id}`)
})
afterAll(() => server.stop())

function isComputed(definition: object | null): boolean {
  return (
    definition !== null &&
    'type' in definition &&
    ['roll_up', 'formula'].includes(String(definition.type))
  )
}

async function create(object: string, values: object): Promise<{ id: string }> {
  const made = await admin.post(`/api/v1/records/${object}__c`, { name: 'N', ...values })
  expect(made.status, made.text).toBe(201)
  return made.body
}

async function valuesOf(field: string): Promise<unknown[]> {
  const { body } = await admin.get('/api/v1/records/site__c?sort=name')
  return body.records.map((record: Record<string, unknown>) => record[field])
}

const rollUp = (fn: string, more: object = {}): object => ({
  type: 'roll_up',
  label: 'Rolled up',
  via: 'lines__c',
  fn,
  ...more,
})
const field = (name: string, definition: object): Piece => [`field/site__c.${name}`, definition]
const doctor = (): ReturnType<typeof examine> =>
  examine(server.test.database, 'main', server.foundation.target.fieldTypes)

async function problemsOf(pieces: readonly Piece[]): Promise<string[]> {
  const answer = await publishPieces(admin, pieces)
  expect(answer.status, answer.text).toBe(422)
  return answer.body.errors.map(
    ({ path, code }: { path: string; code: string }) => `${path} ${code}`,
  )
}

describe('a roll-up that would be wrong', () => {
  it.each<[string, object, string]>([
    [
      'an unknown relationship',
      rollUp('count', { via: 'liness__c' }),
      ': via unknown_relationship',
    ],
    [
      'a relationship of another object',
      rollUp('count', { via: 'sites__c' }),
      ': via unknown_relationship',
    ],
    ['no field', rollUp('sum'), ': field missing_key'],
    ['a field of a count', rollUp('count', { field: 'amount__c' }), ': field not_allowed_here'],
    ['an unknown field', rollUp('sum', { field: 'amonut__c' }), ': field unknown_field'],
    ['a sum of days', rollUp('sum', { field: 'day__c' }), ': field wrong_type'],
    ['the greatest text', rollUp('max', { field: 'code__c' }), ': field wrong_type'],
    ['what every save changes', rollUp('max', { field: 'updated_at' }), ': field not_allowed_here'],
    ['a constant condition', rollUp('count', { where: true }), ': where inert'],
    [
      'a condition on another record',
      rollUp('count', { where: { '>': [{ var: 'site__c.limit__c' }, 1] } }),
      ': where crosses_relation',
    ],
    [
      'the time',
      rollUp('count', { where: { '<': [{ var: 'day__c' }, { today: [] }] } }),
      ': where goes_stale',
    ],
    [
      'the user',
      rollUp('count', { where: { '==': [{ var: 'owner' }, { var: '$user.id' }] } }),
      ': where goes_stale',
    ],
    ['what is saved', rollUp('count', { where: { changed: [{ var: 'day__c' }] } }), ': where'],
    [
      'a text for a number',
      rollUp('count', { where: { '>': [{ var: 'amount__c' }, 'x'] } }),
      ': where',
    ],
    ['required', rollUp('count', { required: true }), ': required unknown_key'],
    ['a default', rollUp('count', { default: 5 }), ': default unknown_key'],
    ['unique', rollUp('count', { unique: true }), ': unique unknown_key'],
    ['searchable', rollUp('count', { searchable: true }), ': searchable inert'],
    ['an unknown function', rollUp('median', { field: 'amount__c' }), ': fn'],
  ])('because of %s', async (_, definition, problem) => {
    const problems = await problemsOf([field('bad__c', definition)])
    expect(
      problems.some((one) => one.startsWith(`field site__c.bad__c${problem}`)),
      problems.join(),
    ).toBe(true)
  })

  it('because it would be made of itself, over objects too', async () => {
    const ring: Piece[] = [
      [
        'field/site__c.parent__c',
        { type: 'lookup', label: 'Parent', target: 'site__c', relationship: { name: 'below__c' } },
      ],
      field('self__c', rollUp('sum', { via: 'below__c', field: 'self__c' })),
    ]
    expect((await problemsOf(ring)).some((one) => one.endsWith(' circular'))).toBe(true)
    const long: Piece[] = [
      [
        'field/region__c.sum__c',
        { type: 'roll_up', label: 'Sum', via: 'sites__c', fn: 'sum', field: 'sum__c' },
      ],
      [
        'field/region__c.site__c',
        { type: 'lookup', label: 'Site', target: 'site__c', relationship: { name: 'regions__c' } },
      ],
      field('sum__c', rollUp('sum', { via: 'regions__c', field: 'sum__c' })),
    ]
    expect((await problemsOf(long)).some((one) => one.endsWith(' circular'))).toBe(true)
  })
})

describe('publishing', () => {
  it('computes a new roll-up for all records there are', async () => {
    const published = await publishPieces(admin, [
      field('count__c', rollUp('count')),
      field(
        'total__c',
        rollUp('sum', { field: 'amount__c', where: { '==': [{ var: 'status__c' }, 'confirmed'] } }),
      ),
      field('mean__c', rollUp('avg', { field: 'pieces__c' })),
      field('first__c', rollUp('min', { field: 'day__c' })),
      [
        'field/region__c.total__c',
        { type: 'roll_up', label: 'Total', via: 'sites__c', fn: 'sum', field: 'total__c' },
      ],
    ])
    expect(published.status, published.text).toBe(200)
    expect(await valuesOf('count__c')).toEqual([2, 1, 0])
    expect(await valuesOf('total__c')).toEqual([1.5, 8, 0])
    expect(await valuesOf('mean__c')).toEqual([2.5, null, null])
    expect(await valuesOf('first__c')).toEqual([null, '2026-05-01', null])
    expect(await doctor()).toEqual([])
  })

  it('computes it anew when its definition changes, and plans nothing the second time', async () => {
    const changed = field(
      'total__c',
      rollUp('sum', { field: 'amount__c', where: { '==': [{ var: 'status__c' }, 'open'] } }),
    )
    expect((await publishPieces(admin, [changed])).status).toBe(200)
    expect(await valuesOf('total__c')).toEqual([2, 0, 0])
    await create('line', { site__c: sites[2], amount__c: 4, status__c: 'open' })
    expect(await valuesOf('total__c')).toEqual([2, 0, 4])
    expect(await doctor()).toEqual([])
    const plan = await admin.post(
      `/api/v1/meta/changesets/${(await openSame(changed)).id}/plan`,
      {},
    )
    expect(plan.body.steps, plan.text).toEqual([])
  })

  it('has it right again after it was gone and came back', async () => {
    const before = server.currentModel.release.number
    const set = (await admin.post('/api/v1/meta/changesets', { label: 'Gone' })).body.id
    for (const name of ['region__c.total__c', 'site__c.total__c']) {
      await admin.delete(`/api/v1/meta/changesets/${set}/field/${name}`)
    }
    const gone = await admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
    expect(gone.status, gone.text).toBe(200)
    await create('line', { site__c: sites[1], amount__c: 32, status__c: 'open' })
    const back = await admin.post(`/api/v1/meta/releases/${before}/rollback`, {})
    expect(back.status, back.text).toBe(200)
    expect(await valuesOf('total__c')).toEqual([2, 32, 4])
    expect(await doctor()).toEqual([])
  })

  it('follows values that take the place of others', async () => {
    const { body } = await admin.get('/api/v1/meta/field/line__c.status__c')
    const { values, ...status } = body.definition
    const kept = values.filter(({ code }: { code: string }) => code !== 'confirmed')
    const published = await publishPieces(admin, [
      [
        'field/line__c.status__c',
        { ...status, values: kept, replaced_values: { confirmed: 'open' } },
      ],
    ])
    expect(published.status, published.text).toBe(200)
    expect(await valuesOf('total__c')).toEqual([3.5, 40, 4])
    expect(await doctor()).toEqual([])
  })

  it('keeps what requests of the release before write exact', async () => {
    const { release } = server.currentModel
    const published = await publishPieces(admin, [
      field('late__c', rollUp('max', { field: 'amount__c' })),
    ])
    expect(published.status, published.text).toBe(200)
    const newer = server.currentModel.release
    // A process that has not heard of the release yet.
    Object.defineProperty(server.currentModel, 'release', {
      get: () => release,
      configurable: true,
    })
    try {
      await create('line', { site__c: sites[2], amount__c: 99, status__c: 'open' })
    } finally {
      Reflect.deleteProperty(server.currentModel, 'release')
    }
    expect(server.currentModel.release).toBe(newer)
    expect(await valuesOf('late__c')).toEqual([2, 32, 99])
    expect(await doctor()).toEqual([])
  })
})

describe('the doctor', () => {
  it('names every roll-up that is not what its records make', async () => {
    await server.test.database.execute(
      `update main.site__c set count__c = 5, version = version where name in ('A', 'C')`,
    )
    expect(await doctor()).toMatchObject([
      {
        code: 'roll_up_drift',
        place: 'site__c.count__c',
        message: { 'en-US': expect.stringMatching(/^2 records .*: 5 ≠ 2; .*: 5 ≠ 2$/) },
      },
    ])
  })
})

async function openSame([name, definition]: Piece): Promise<{ id: string }> {
  const set = (await admin.post('/api/v1/meta/changesets', { label: 'Same' })).body
  await admin.put(`/api/v1/meta/changesets/${set.id}/${name}`, definition)
  return set
}
