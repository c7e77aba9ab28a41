import { setTimeout as delay } from 'node:timers/promises'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { eraseExpired } from '../../server/src/records/erase-records.ts'
import {
  type Answer,
  type Caller,
  makeRecord,
  publishWorld,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const at = (object: string): string => `/api/v1/records/${object}__c`
const FILE = at('file')

let server: TestServer
let admin: Caller
let clerk: Caller
let clerkId: string

const OWN = { create: true, read: true, edit: true, delete: true }
const WORLD: Readonly<Record<string, object>> = {
  'object/file__c': { label: 'File', features: { recycle_bin_days: 30 } },
  'field/file__c.mail__c': { type: 'email', label: 'E-mail' },
  'field/file__c.since__c': { type: 'datetime', label: 'Since' },
  'field/file__c.fee__c': { type: 'currency', label: 'Fee' },
  'field/file__c.twice__c': {
    type: 'currency',
    label: 'Twice',
    derive: { '*': [{ var: 'fee__c' }, 2] },
  },
  'field/file__c.note__c': { type: 'text', label: 'Note', history: false },
  'field/file__c.secret__c': { type: 'text', label: 'Secret' },
  'field/file__c.link__c': {
    type: 'lookup',
    label: 'Link',
    target: 'file__c',
    relationship: { name: 'links__c' },
  },
  'object/page__c': { label: 'Page' },
  'field/page__c.file__c': {
    type: 'master_detail',
    label: 'File',
    target: 'file__c',
    relationship: { name: 'pages__c' },
  },
  'field/page__c.code__c': { type: 'text', label: 'Code', unique: true },
  'object/shelf__c': { label: 'Shelf' },
  'field/page__c.shelf__c': {
    type: 'lookup',
    label: 'Shelf',
    target: 'shelf__c',
    relationship: { name: 'pages__c' },
  },
  'object/spot__c': { label: 'Spot' },
  'field/spot__c.first__c': {
    type: 'master_detail',
    label: 'File',
    target: 'file__c',
    relationship: { name: 'spots__c' },
  },
  'field/spot__c.second__c': {
    type: 'master_detail',
    label: 'Shelf',
    target: 'shelf__c',
    relationship: { name: 'spots__c' },
  },
  'object/hold__c': { label: 'Hold' },
  'field/hold__c.file__c': {
    type: 'lookup',
    label: 'File',
    target: 'file__c',
    required: true,
    on_delete: 'restrict',
    relationship: { name: 'holds__c' },
  },
  'permission_set/clerk': {
    label: 'Clerk',
    objects: {
      file__c: { ...OWN, fields: { secret__c: 'none' } },
      page__c: OWN,
      shelf__c: OWN,
      spot__c: OWN,
    },
  },
  'permission_set/eraser': { label: 'Eraser', system: ['erase'], objects: { file__c: OWN } },
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  await publishWorld(admin, WORLD)
  const user = await server.createUser({ sets: ['clerk'], name: 'Clerk' })
  clerkId = user.id
  clerk = await server.signIn(user)
})
afterAll(() => server.stop())

const make = (path: string, values: object, by = admin): Promise<string> =>
  makeRecord(by, path, values)
/** A moment that neither what was before nor what comes after it has. */
async function aMomentLater(): Promise<string> {
  await delay(2)
  const moment = new Date().toISOString()
  await delay(2)
  return moment
}
const codeOf = ({ status, body }: Answer): unknown[] => [status, body?.code]
const asOf = async (id: string, moment: string, by = admin) =>
  by.get(`${FILE}/${id}/as-of?at=${encodeURIComponent(moment)}`)
const count = async (table: string, where: string, id: string): Promise<number> => {
  const [row] = await server.test.database.query<{ n: number }>({
    text: `select count(*)::int as n from main.${table} where ${where}`,
    values: [id],
  })
  return row?.n ?? -1
}

/** What joins a file and a shelf. */
async function makeSpot(): Promise<{ file: string; shelf: string; spot: string }> {
  const [file, shelf] = [await make(FILE, {}), await make(at('shelf'), {})]
  const spot = await make(at('spot'), { first__c: file, second__c: shelf })
  return { file, shelf, spot }
}
async function lock(table: string, id: string, locked = true): Promise<void> {
  await server.test.database.execute({
    text: `update main.${table} set locked = $2 where id = $1`,
    values: [id, locked],
  })
}

describe('a record with two masters', () => {
  it('is not in the bin by itself while either of them is there too', async () => {
    const bin = async (): Promise<string[]> =>
      (await admin.get(`${at('spot')}/bin`)).body.records.map(({ id }: { id: string }) => id)
    const { file, shelf, spot } = await makeSpot()
    await admin.delete(`${at('shelf')}/${shelf}`)
    expect(await bin()).not.toContain(spot)
    await admin.post(`${at('shelf')}/${shelf}/restore`, {})
    await admin.delete(`${FILE}/${file}`)
    expect(await bin()).not.toContain(spot)
    await admin.post(`${FILE}/${file}/restore`, {})
    await admin.delete(`${at('spot')}/${spot}`)
    expect(await bin()).toContain(spot)
  })

  it.each(['file', 'shelf'] as const)(
    'is neither taken away nor brought back nor changed while its %s is locked',
    async (name) => {
      const made = await makeSpot()
      const [table, id] = [`${name}__c`, made[name]]
      const spot = `${at('spot')}/${made.spot}`
      await lock(table, id)
      expect(codeOf(await admin.patch(spot, { name: 'Y' }))).toEqual([423, 'locked'])
      expect(codeOf(await admin.delete(spot))).toEqual([423, 'locked'])
      await lock(table, id, false)
      expect((await admin.delete(spot)).status).toBe(204)
      await lock(table, id)
      expect(codeOf(await admin.post(`${spot}/restore`, {}))).toEqual([423, 'locked'])
      await lock(table, id, false)
      expect((await admin.post(`${spot}/restore`, {})).status).toBe(200)
    },
  )

  it('is not changed while a master is locked that its editor does not see', async () => {
    const { shelf, spot } = await makeSpot()
    const file = (await admin.get(`${at('spot')}/${spot}`)).body.first__c.id
    await admin.patch(`${FILE}/${file}`, { owner: clerkId })
    expect((await clerk.patch(`${at('spot')}/${spot}`, { name: 'Z' })).status).toBe(200)
    await lock('shelf__c', shelf)
    expect(codeOf(await clerk.patch(`${at('spot')}/${spot}`, { name: 'Q' }))).toEqual([
      423,
      'locked',
    ])
  })
})

describe('a record that others begin to refer to as it is deleted', () => {
  it.each([
    ['page', 'file__c'],
    ['hold', 'file__c'],
    ['file', 'link__c'],
  ])('is not referred to afterwards: %s', async (object, field) => {
    const tries = Array.from({ length: 12 }, async (_, n) => {
      const file = await make(FILE, {})
      const [made, deleted] = await Promise.all([
        admin.post(at(object), { name: 'X', [field]: file }),
        delay(n % 6).then(() => admin.delete(`${FILE}/${file}`)),
      ])
      if (made.status !== 201 || deleted.status !== 204) return
      const left = await admin.get(
        `${at(object)}?filter[id]=${made.body.id}&filter[${field}]=${file}`,
      )
      expect(left.body.records).toEqual([])
    })
    await Promise.all(tries)
  })
})

describe('a detail of a locked record', () => {
  it('does not lose what it refers to', async () => {
    const [file, link] = [await make(FILE, {}), await make(at('shelf'), {})]
    const page = await make(at('page'), { file__c: file, shelf__c: link })
    await lock('file__c', file)
    const refused = await admin.delete(`${at('shelf')}/${link}`)
    expect(codeOf(refused)).toEqual([423, 'locked'])
    await lock('file__c', file, false)
    expect((await admin.delete(`${at('shelf')}/${link}`)).status).toBe(204)
    expect((await admin.get(`${at('page')}/${page}`)).body.shelf__c).toBeNull()
  })
})

describe('what a record in the bin refers to', () => {
  it('is not there with it if it was deleted since, and has to come first if it must be there', async () => {
    const [target, needed] = [await make(FILE, {}), await make(FILE, {})]
    const own = await make(FILE, { link__c: target })
    const hold = await make(at('hold'), { file__c: needed })
    for (const [object, id] of [
      ['file', own],
      ['hold', hold],
      ['file', target],
      ['file', needed],
    ]) {
      expect((await admin.delete(`${at(String(object))}/${id}`)).status).toBe(204)
    }
    const back = await admin.post(`${FILE}/${own}/restore`, {})
    expect([back.status, back.body.link__c]).toEqual([200, null])
    const linked = await admin.get(`${FILE}?filter[id]=${own}&filter[link__c][is_null]=true`)
    expect(linked.body.records).toHaveLength(1)
    expect(codeOf(await admin.post(`${at('hold')}/${hold}/restore`, {}))).toEqual([409, 'conflict'])
    expect((await admin.post(`${FILE}/${needed}/restore`, {})).status).toBe(200)
    expect((await admin.post(`${at('hold')}/${hold}/restore`, {})).body.file__c.id).toBe(needed)
  })
})

describe('a detail whose master is in the bin', () => {
  it('keeps it there while its place is taken, and says which', async () => {
    const file = await make(FILE, {})
    await make(at('page'), { file__c: file, code__c: 'P-1' })
    await admin.delete(`${FILE}/${file}`)
    const taker = await make(at('page'), { file__c: await make(FILE, {}), code__c: 'p-1' })
    const refused = await admin.post(`${FILE}/${file}/restore`, {})
    expect(codeOf(refused)).toEqual([409, 'duplicate'])
    expect(refused.body.errors).toEqual([
      {
        path: '',
        code: 'duplicate',
        message: 'Page, Code: Another record has this value already',
      },
    ])
    await admin.delete(`${at('page')}/${taker}`)
    expect((await admin.post(`${FILE}/${file}/restore`, {})).status).toBe(200)
  })

  it('is not there by itself for anybody, also not to be erased', async () => {
    const { file, spot } = await makeSpot()
    await admin.delete(`${FILE}/${file}`)
    expect((await admin.post(`${at('spot')}/${spot}/erase`, {})).status).toBe(404)
    expect((await admin.post(`${FILE}/${file}/restore`, {})).status).toBe(200)
    expect((await admin.get(`${at('spot')}/${spot}`)).status).toBe(200)
  })
})

describe('a record at a past moment', () => {
  it('is what its history tells, and says of which fields it tells nothing', async () => {
    const target = await make(FILE, { name: 'Target' })
    const id = await make(FILE, { name: 'Old', since__c: '2026-01-02T03:04:05.678Z', fee__c: 1.5 })
    const first = await aMomentLater()
    await admin.patch(`${FILE}/${id}`, { name: 'New', mail__c: 'a@b.cn', link__c: target })
    const second = await aMomentLater()
    await admin.patch(`${FILE}/${id}`, {
      since__c: null,
      fee__c: 2,
      mail__c: null,
      link__c: null,
      owner: clerkId,
      note__c: 'n',
    })
    expect((await asOf(id, first)).body).toEqual({
      at: first,
      state: 'there',
      record: {
        id,
        name: 'Old',
        owner: expect.objectContaining({ id: expect.any(String) }),
        mail__c: null,
        since__c: '2026-01-02T03:04:05.678Z',
        fee__c: 1.5,
        secret__c: null,
        link__c: null,
      },
      unknown: ['note__c', 'twice__c'],
    })
    expect((await asOf(id, second)).body.record).toMatchObject({
      name: 'New',
      mail__c: 'a@b.cn',
      link__c: { id: target, name: 'Target' },
    })
    expect((await asOf(id, new Date().toISOString())).body.record).toMatchObject({
      since__c: null,
      fee__c: 2,
      owner: { id: clerkId },
    })
    expect((await asOf(id, '2020-01-01T00:00:00Z')).body).toMatchObject({
      state: 'not_made',
      record: null,
    })
    const seen = (await asOf(id, second, clerk)).body
    expect([seen.record.secret__c, seen.unknown.includes('secret__c')]).toEqual([undefined, false])
  })

  it('is told by the fields of today: those that came, went, or have another type since', async () => {
    const OLD = at('paper')
    const text = (label: string): object => ({ type: 'text', label })
    const field = (name: string): string => `field/paper__c.${name}__c`
    await publishWorld(admin, {
      'object/paper__c': { label: 'Paper' },
      [field('pages')]: text('Pages'),
      [field('size')]: { type: 'number', label: 'Size' },
      [field('gone')]: text('Gone'),
      [field('kind')]: { type: 'picklist', label: 'Kind', values: [{ code: 'a' }, { code: 'b' }] },
    })
    const id = await make(OLD, { pages__c: '12', size__c: 4, gone__c: 'g', kind__c: 'a' })
    const words = await make(OLD, { pages__c: 'twelve' })
    const moment = await aMomentLater()
    const changed = { pages__c: '13', size__c: 5, gone__c: 'h', kind__c: 'b' }
    expect((await admin.patch(`${OLD}/${id}`, changed)).status).toBe(200)
    expect((await admin.patch(`${OLD}/${words}`, { pages__c: '1' })).status).toBe(200)
    await publishWorld(
      admin,
      Object.entries({
        [field('pages')]: { type: 'number', label: 'Pages' },
        [field('size')]: text('Size'),
        [field('gone')]: null,
        [field('kind')]: { type: 'picklist', label: 'Kind', values: [{ code: 'b' }] },
        [field('later')]: { type: 'checkbox', label: 'Later' },
      }),
    )
    const of = async (record: string) =>
      (await admin.get(`${OLD}/${record}/as-of?at=${encodeURIComponent(moment)}`)).body
    const { record, unknown } = await of(id)
    expect(record).toMatchObject({ pages__c: 12, size__c: '4', kind__c: 'a', later__c: false })
    expect([record.gone__c, unknown]).toEqual([undefined, []])
    // It was no number: nothing that the field could hold today says so.
    const other = await of(words)
    expect([other.record.pages__c, other.unknown]).toEqual([undefined, ['pages__c']])
  })

  it('is what was answered at that moment, after any changes', async () => {
    const change = fc.record(
      {
        name: fc.constantFrom('A', 'B', 'C'),
        mail__c: fc.constantFrom(null, 'a@b.cn', 'c@d.cn'),
        fee__c: fc.option(fc.integer({ min: -99, max: 99 })),
        since__c: fc.constantFrom(null, '2026-01-01T00:00:00.000Z', '2026-06-01T10:20:30.400Z'),
      },
      { requiredKeys: [] },
    )
    const asked = fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (all) => {
        const id = await make(FILE, {})
        const seen: [string, Record<string, unknown>][] = []
        for (const values of all) {
          const { body } = await admin.patch(`${FILE}/${id}`, values)
          seen.push([await aMomentLater(), body])
        }
        for (const [moment, { name, mail__c, fee__c, since__c }] of seen) {
          const { record } = (await asOf(id, moment)).body
          expect(record).toMatchObject({ name, mail__c, fee__c, since__c })
        }
      },
    )
    await fc.assert(asked, { numRuns: 12 })
  })

  it('was in the recycle bin, or is not for the reader', async () => {
    const id = await make(FILE, {})
    await admin.delete(`${FILE}/${id}`)
    const between = new Date().toISOString()
    expect((await asOf(id, between)).status).toBe(404)
    await admin.post(`${FILE}/${id}/restore`, {})
    expect((await asOf(id, between)).body.state).toBe('deleted')
    expect((await asOf(id, between, clerk)).status).toBe(404)
    expect((await asOf(id, 'yesterday')).status).toBe(400)
    expect((await admin.get(`${FILE}/${id}/as-of`)).status).toBe(400)
  })
})

describe('the recycle bin', () => {
  it('lists what the reader could delete, page by page, and what it was merged into', async () => {
    const [mine, theirs] = [await make(FILE, { name: 'Mine' }, clerk), await make(FILE, {})]
    const [kept, lost] = [await make(FILE, { name: 'Kept' }), await make(FILE, { name: 'Lost' })]
    const page = await make(at('page'), { file__c: mine }, clerk)
    await clerk.delete(`${FILE}/${mine}`)
    await admin.delete(`${FILE}/${theirs}`)
    await admin.post(`${FILE}/${kept}/merge`, { merge: [{ id: lost }] })
    expect((await clerk.get(`${FILE}/bin`)).body.records).toEqual([
      {
        id: mine,
        name: 'Mine',
        deleted_at: expect.any(String),
        deleted_by: { id: clerkId, name: null },
        merged_into: null,
      },
    ])
    expect((await clerk.get(`${at('page')}/bin`)).body.records).toEqual([])
    const first = (await admin.get(`${FILE}/bin?limit=1`)).body
    expect(first.records).toMatchObject([{ id: lost, merged_into: { id: kept, name: 'Kept' } }])
    const next = (await admin.get(`${FILE}/bin?limit=2&cursor=${first.next_cursor}`)).body
    expect(next.records.map(({ id }: { id: string }) => id)).toEqual([theirs, mine])
    await clerk.post(`${FILE}/${mine}/restore`, {})
    expect((await clerk.get(`${at('page')}/${page}`)).status).toBe(200)
  })
})

describe('erasing', () => {
  it('leaves nothing of the record but that it was erased, and the chain of the audit log whole', async () => {
    const id = await make(FILE, { name: 'Person', mail__c: 'p@q.cn' })
    const page = await make(at('page'), { file__c: id })
    const link = await make(FILE, { link__c: id })
    await admin.patch(`${FILE}/${id}`, { mail__c: 'r@s.cn' })
    await admin.post(`${FILE}/${id}/shares`, {
      cause: 'manual',
      principal: { type: 'user', id: clerkId },
      access: 'read',
    })
    await admin.delete(`${FILE}/${link}`)
    expect(codeOf(await admin.post(`${FILE}/${id}/erase`))).toEqual([409, 'conflict'])
    await admin.delete(`${FILE}/${id}`)
    expect((await admin.post(`${FILE}/${id}/erase`)).status).toBe(204)
    for (const [table, where] of [
      ['file__c', 'id = $1'],
      ['page__c', 'file__c = $1'],
      ['_history', 'record = $1'],
      ['_share', 'record = $1'],
    ] as const) {
      expect([table, await count(table, where, id)]).toEqual([table, 0])
    }
    expect(await count('_history', 'record = $1', page)).toBe(0)
    expect(codeOf(await admin.post(`${FILE}/${id}/erase`))).toEqual([404, 'not_found'])
    expect(codeOf(await admin.post(`${FILE}/${id}/restore`))).toEqual([404, 'not_found'])
    await admin.post(`${FILE}/${link}/restore`)
    expect((await admin.get(`${FILE}/${link}`)).body).toMatchObject({ link__c: null })
    const [entry] = (await admin.get('/api/v1/audit?action=erase')).body.entries
    expect(entry).toMatchObject({
      object: 'file__c',
      record: { id, name: null },
      details: { page__c: 1 },
    })
    expect(JSON.stringify(entry)).not.toContain('Person')
  })

  it('takes a right of its own, and the right to delete the record', async () => {
    const id = await make(FILE, {}, clerk)
    await clerk.delete(`${FILE}/${id}`)
    expect(codeOf(await clerk.post(`${FILE}/${id}/erase`))).toEqual([403, 'forbidden'])
    const eraser = await server.signIn(await server.createUser({ sets: ['eraser'] }))
    expect(codeOf(await eraser.post(`${FILE}/${id}/erase`))).toEqual([404, 'not_found'])
    const user = `/api/v1/records/user/${clerkId}`
    expect(codeOf(await admin.post(`${user}/erase`))).toEqual([409, 'conflict'])
  })

  it('is refused while a record that needs it is in the bin', async () => {
    const id = await make(FILE, {})
    const hold = await make(at('hold'), { file__c: id })
    expect((await admin.delete(`${FILE}/${id}`)).status).toBe(409)
    await admin.delete(`${at('hold')}/${hold}`)
    await admin.delete(`${FILE}/${id}`)
    expect(codeOf(await admin.post(`${FILE}/${id}/erase`))).toEqual([409, 'in_use'])
    expect(await count('_history', 'record = $1', id)).toBeGreaterThan(0)
    expect((await admin.post(`${at('hold')}/${hold}/erase`)).status).toBe(204)
    expect((await admin.post(`${FILE}/${id}/erase`)).status).toBe(204)
  })

  it('comes by itself after the days that the object keeps its bin', async () => {
    const [old, young] = [await make(FILE, {}), await make(FILE, {})]
    for (const id of [old, young]) await admin.delete(`${FILE}/${id}`)
    await server.test.database.execute(
      `update main.file__c set deleted_at = deleted_at - interval '31 days' where id = $1`,
      [old],
    )
    const { db, currentModel } = server.foundation
    await eraseExpired(db, currentModel.release, new Date())
    expect(await count('file__c', 'id = $1', old)).toBe(0)
    expect(await count('file__c', 'id = $1', young)).toBe(1)
    const [entry] = (await admin.get('/api/v1/audit?action=erase')).body.entries
    expect(entry).toMatchObject({ by: 'system', actor: null, record: { id: old } })
  })
})
