import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  makeRecord,
  publishWorld,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const at = (object: string): string => `/api/v1/records/${object}__c`
const FIRM = at('firm')

let server: TestServer
let admin: Caller
let seller: Caller
let clerk: Caller
let sellerId: string
let clerkId: string

const text = (more: object = {}): object => ({ type: 'text', label: 'Text', ...more })
const lookup = (target: string, name: string, more: object = {}): object => ({
  type: 'lookup',
  label: 'Reference',
  target,
  relationship: { name },
  ...more,
})
const rollUp = (via: string, fn: string, field?: string): object => ({
  type: 'roll_up',
  label: 'Roll-up',
  via,
  fn,
  ...(field === undefined ? {} : { field }),
})
const master = (target: string, name: string): object => ({
  type: 'master_detail',
  label: 'Master',
  target,
  relationship: { name },
})
const OWN = { create: true, read: true, edit: true, delete: true }

const WORLD: Readonly<Record<string, object>> = {
  'object/firm__c': { label: 'Firm' },
  'field/firm__c.phone__c': text(),
  'field/firm__c.code__c': text({ unique: true }),
  'field/firm__c.secret__c': text(),
  'field/firm__c.since__c': { type: 'datetime', label: 'Since' },
  'field/firm__c.tags__c': {
    type: 'multi_picklist',
    label: 'Tags',
    values: [{ code: 'a' }, { code: 'b' }],
  },
  'field/firm__c.limit__c': { type: 'currency', label: 'Limit' },
  'field/firm__c.parent__c': lookup('firm__c', 'children__c', { acyclic: true }),
  'object/deal__c': { label: 'Deal' },
  'field/deal__c.firm__c': lookup('firm__c', 'deals__c'),
  'field/deal__c.amount__c': { type: 'currency', label: 'Amount' },
  'field/firm__c.total__c': rollUp('deals__c', 'sum', 'amount__c'),
  'object/part__c': { label: 'Part' },
  'field/part__c.firm__c': master('firm__c', 'parts__c'),
  'field/firm__c.parts_count__c': rollUp('parts__c', 'count'),
  'object/fair__c': { label: 'Fair' },
  'object/stand__c': {
    label: 'Stand',
    indexes: [{ fields: ['firm__c', 'fair__c'], unique: true }],
  },
  'field/stand__c.firm__c': master('firm__c', 'fairs__c'),
  'field/stand__c.fair__c': master('fair__c', 'firms__c'),
  'field/stand__c.note__c': text(),
  'field/fair__c.count__c': rollUp('firms__c', 'count'),
  'object/poster__c': { label: 'Poster' },
  'field/poster__c.stand__c': master('stand__c', 'posters__c'),
  'field/poster__c.near__c': lookup('stand__c', 'posters_near__c', { on_delete: 'restrict' }),
  'object/deputy__c': { label: 'Deputy', indexes: [{ fields: ['firm__c'], unique: true }] },
  'field/deputy__c.firm__c': lookup('firm__c', 'deputies__c'),
  'validation_rule/firm__c.limit': {
    error_if: { '>': [{ var: 'total__c' }, { var: 'limit__c' }] },
    message: 'Beyond the limit',
  },
  'permission_set/seller': {
    label: 'Seller',
    objects: {
      firm__c: { ...OWN, fields: { secret__c: 'none', code__c: 'read' } },
      deal__c: OWN,
      part__c: OWN,
    },
  },
  'permission_set/clerk': { label: 'Clerk', objects: { firm__c: { read: true, edit: true } } },
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  await publishWorld(admin, WORLD)
  const one = await server.createUser({ sets: ['seller'], name: 'Seller' })
  const other = await server.createUser({ sets: ['clerk'], name: 'Clerk' })
  ;[sellerId, clerkId] = [one.id, other.id]
  seller = await server.signIn(one)
  clerk = await server.signIn(other)
})
afterAll(() => server.stop())

const make = (path: string, values: object, by = admin): Promise<string> =>
  makeRecord(by, path, values)
const firm = (values: object = {}, by = admin): Promise<string> => make(FIRM, values, by)
const merge = (id: string, others: readonly string[], more: object = {}, by = admin) =>
  by.post(`${FIRM}/${id}/merge`, { merge: others.map((other) => ({ id: other })), ...more })
const read = async (path: string, by = admin) => (await by.get(path)).body
const codeOf = ({ status, body }: Answer): [number, string] => [status, body.code]

describe('merging', () => {
  it('keeps the chosen values, leads every reference to the survivor, and makes its roll-ups exact', async () => {
    const group = await firm({ name: 'Group' })
    const kept = await firm({ name: 'Kept', phone__c: '1', code__c: 'K1', parent__c: group })
    const lost = await firm({
      name: 'Lost',
      phone__c: '2',
      code__c: 'L1',
      since__c: '2026-01-02T03:04:05.678Z',
      tags__c: ['a', 'b'],
      limit__c: 1234.56,
    })
    const third = await firm({ name: 'Third', phone__c: '3' })
    const child = await firm({ name: 'Child', parent__c: lost })
    await make(at('deal'), { firm__c: kept, amount__c: 1 })
    const deal = await make(at('deal'), { firm__c: lost, amount__c: 10 })
    const inBin = await make(at('deal'), { firm__c: third, amount__c: 100 })
    await admin.delete(`${at('deal')}/${inBin}`)
    const part = await make(at('part'), { firm__c: third })

    const merged = await merge(kept, [lost, third], {
      fields: { code__c: lost, since__c: lost, tags__c: lost, limit__c: lost, phone__c: third },
    })
    expect(merged.status).toBe(200)
    expect(merged.body).toMatchObject({
      id: kept,
      name: 'Kept',
      phone__c: '3',
      code__c: 'L1',
      since__c: '2026-01-02T03:04:05.678Z',
      tags__c: ['a', 'b'],
      limit__c: 1234.56,
      parent__c: { id: group },
      total__c: 11,
      parts_count__c: 1,
    })
    for (const path of [`${at('deal')}/${deal}`, `${at('part')}/${part}`]) {
      expect(await read(path)).toMatchObject({ firm__c: { id: kept }, version: 2 })
    }
    expect(await read(`${FIRM}/${child}`)).toMatchObject({ parent__c: { id: kept } })
    await admin.post(`${at('deal')}/${inBin}/restore`, {})
    expect(await read(`${FIRM}/${kept}`)).toMatchObject({ total__c: 111 })
    const { entries } = await read(`${at('deal')}/${deal}/history`)
    expect(entries[0]).toMatchObject({
      action: 'updated',
      cause: 'merge',
      field: 'firm__c',
      old: { id: lost },
      new: { id: kept, name: 'Kept' },
    })
  })

  it('is told by history and the audit log, and history goes on with what was merged', async () => {
    const [kept, lost] = [await firm({ name: 'A' }), await firm({ name: 'B', phone__c: '1' })]
    await admin.patch(`${FIRM}/${lost}`, { phone__c: '2' })
    await merge(kept, [lost], { fields: { phone__c: lost } })
    const { entries } = await read(`${FIRM}/${kept}/history`)
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'merged', cause: 'merge', new: { id: lost, name: 'B' } }),
    )
    expect(entries).toContainEqual(
      expect.objectContaining({
        field: 'phone__c',
        old: '1',
        new: '2',
        of: { id: lost, name: 'B' },
      }),
    )
    expect(entries).toContainEqual(
      expect.objectContaining({ field: 'phone__c', old: null, new: '2', cause: 'merge', of: null }),
    )
    const [audit] = (await read('/api/v1/audit?action=merge')).entries
    expect(audit).toMatchObject({
      record: { id: kept },
      details: { merged: [lost], fields: { phone__c: lost } },
    })
  })

  it('lets old ids answer to the survivor, over several merges', async () => {
    const [first, second, third] = [await firm({ name: '1' }), await firm(), await firm()]
    await merge(second, [third])
    await merge(first, [second])
    for (const [id, rest] of [
      [third, ''],
      [second, '/history?limit=1'],
      [second.toUpperCase(), '/overview'],
    ]) {
      const led = await admin.get(`${FIRM}/${id}${rest}`)
      expect(led.status).toBe(308)
      expect(led.headers['location']).toBe(`${FIRM}/${first}${rest}`)
    }
    const write = await admin.patch(`${FIRM}/${third}`, { phone__c: '5' })
    expect([write.status, write.body.id]).toEqual([200, first])
    const share = await admin.post(`${FIRM}/${third}/shares`, {
      cause: 'manual',
      principal: { type: 'user', id: clerkId },
      access: 'read',
    })
    expect([share.status, share.headers['location']]).toEqual([308, `${FIRM}/${first}/shares`])
    const stale = await admin
      .with({ 'if-match': '"1"' })
      .patch(`${FIRM}/${third}`, { phone__c: '5' })
    expect(codeOf(stale)).toEqual([412, 'stale_version'])
    expect(stale.body.record).toMatchObject({ id: first })
    expect(codeOf(await admin.delete(`${FIRM}/${third}`))).toEqual([409, 'conflict'])
    expect(codeOf(await admin.post(`${FIRM}/${third}/restore`, {}))).toEqual([409, 'conflict'])
    const deal = await make(at('deal'), { firm__c: third })
    expect(await read(`${at('deal')}/${deal}`)).toMatchObject({ firm__c: { id: first } })
    const { results } = (
      await admin.post(`${FIRM}/batch`, {
        operations: [{ op: 'update', id: third, record: { phone__c: '6' } }],
      })
    ).body
    expect(results).toEqual([{ status: 200, id: first, version: 3 }])
  })

  it('empties a reference of the survivor to what it takes in', async () => {
    const lost = await firm({ name: 'Above' })
    const kept = await firm({ name: 'Below', parent__c: lost })
    expect((await merge(kept, [lost])).body).toMatchObject({ parent__c: null })
  })

  it('is refused as a whole where a tree would become a circle, or a rule of the survivor says no', async () => {
    const lost = await firm()
    const middle = await firm({ parent__c: lost })
    const kept = await firm({ parent__c: middle, limit__c: 5 })
    expect((await merge(kept, [lost])).body.errors).toMatchObject([{ code: 'circle' }])
    const rich = await firm()
    const deal = await make(at('deal'), { firm__c: rich, amount__c: 6 })
    const refused = await merge(kept, [rich])
    expect(refused.body.errors).toMatchObject([{ rule: 'limit' }])
    expect(await read(`${at('deal')}/${deal}`)).toMatchObject({ firm__c: { id: rich }, version: 1 })
    expect(await read(`${FIRM}/${kept}`)).toMatchObject({ total__c: 0, version: 1 })
  })

  it('takes the right to edit and delete each of them, and to change the fields that are taken', async () => {
    const [mine, other] = [
      await firm({}, seller),
      await firm({ secret__c: 's' }, seller).catch(() => ''),
    ]
    expect(other).toBe('')
    const own = await firm({}, seller)
    const foreign = await firm()
    expect(codeOf(await merge(mine, [foreign], {}, seller))).toEqual([404, 'not_found'])
    const shared = await admin.post(`${FIRM}/${foreign}/shares`, {
      cause: 'manual',
      principal: { type: 'user', id: sellerId },
      access: 'edit',
    })
    expect(shared.status).toBe(201)
    expect(codeOf(await merge(mine, [foreign], {}, seller))).toEqual([403, 'forbidden'])
    expect(codeOf(await merge(mine, [own], { fields: { code__c: own } }, seller))).toEqual([
      200,
      undefined,
    ])
    const more = await firm({ code__c: 'C9', owner: sellerId })
    expect(codeOf(await merge(mine, [more], { fields: { code__c: more } }, seller))).toEqual([
      403,
      'forbidden',
    ])
    expect((await merge(mine, [more], { fields: { secret__c: more } }, seller)).body).toMatchObject(
      {
        status: 400,
        errors: [{ path: 'fields.secret__c', code: 'unknown_field' }],
      },
    )
    const held = await firm({ owner: clerkId })
    const alsoHeld = await firm({ owner: clerkId })
    expect(codeOf(await merge(held, [alsoHeld], {}, clerk))).toEqual([403, 'forbidden'])
  })

  it('answers who may not see the survivor as if nothing had been there', async () => {
    const [kept, lost] = [await firm(), await firm({ owner: sellerId })]
    expect((await seller.get(`${FIRM}/${lost}`)).status).toBe(200)
    await merge(kept, [lost])
    const gone = await seller.get(`${FIRM}/${lost}`)
    const never = await seller.get(`${FIRM}/${kept.replace(/^.{8}/, '00000000')}`)
    const same = ({ body }: Answer): unknown => ({ ...body, instance: '' })
    expect(gone.status).toBe(404)
    expect(same(gone)).toEqual(same(never))
    const mine = await firm({}, seller)
    expect((await merge(mine, [lost], {}, seller)).status).toBe(404)
    const written = await seller.post(at('deal'), { name: 'D', firm__c: lost })
    expect(written.body.errors).toMatchObject([{ path: 'firm__c', code: 'unknown_reference' }])
  })

  it('refuses a stale version, a locked record, itself, and what is no merge', async () => {
    const [kept, lost] = [await firm(), await firm()]
    await admin.patch(`${FIRM}/${lost}`, { phone__c: '1' })
    const stale = await admin.post(`${FIRM}/${kept}/merge`, { merge: [{ id: lost, version: 1 }] })
    expect(codeOf(stale)).toEqual([412, 'stale_version'])
    const old = admin.with({ 'if-match': '"7"' })
    expect((await merge(kept, [lost], {}, old)).status).toBe(412)
    expect((await merge(kept, [kept])).status).toBe(400)
    expect((await merge(kept, [lost, lost])).status).toBe(400)
    expect((await merge(kept, [])).status).toBe(400)
    expect((await merge(kept, ['nonsense'])).status).toBe(400)
    const { database } = server.test
    for (const locked of [kept, lost]) {
      await database.execute('update main.firm__c set locked = (id = $1) where id in ($2, $3)', [
        locked,
        kept,
        lost,
      ])
      expect((await merge(kept, [lost])).status).toBe(423)
    }
  })

  it('counts once, sent twice or by two at the same moment, in either direction', async () => {
    const [kept, lost] = [await firm({ code__c: 'D1' }), await firm({ code__c: 'D2' })]
    await make(at('deal'), { firm__c: lost, amount__c: 3 })
    const both = await Promise.all([merge(kept, [lost]), merge(kept, [lost])])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(
      (await read(`${FIRM}/${kept}/history`)).entries.filter(
        (one: { action: string }) => one.action === 'merged',
      ),
    ).toHaveLength(1)
    const [one, other] = [await firm(), await firm()]
    const across = await Promise.all([merge(one, [other]), merge(other, [one])])
    expect(across.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })

  it('leads on what is made of a merged record at the very moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [kept, lost] = [await firm(), await firm()]
      const made = Promise.all(
        Array.from({ length: 6 }, () => make(at('deal'), { firm__c: lost, amount__c: 1 })),
      )
      const [deals] = await Promise.all([made, merge(kept, [lost])])
      for (const deal of deals) {
        expect(await read(`${at('deal')}/${deal}`)).toMatchObject({ firm__c: { id: kept } })
      }
      expect(await read(`${FIRM}/${kept}`)).toMatchObject({ total__c: 6 })
    }
  })

  it('takes teams along, and what was shared by hand if the owner stays', async () => {
    const [kept, lost] = [await firm(), await firm()]
    const share = (cause: string, id: string): Promise<Answer> =>
      admin.post(`${FIRM}/${lost}/shares`, {
        cause,
        principal: { type: 'user', id },
        access: 'read',
        ...(cause === 'team' ? { team_role: 'Sales' } : {}),
      })
    await share('team', sellerId)
    await share('manual', clerkId)
    await merge(kept, [lost])
    expect((await seller.get(`${FIRM}/${kept}`)).status).toBe(200)
    const { shares } = await read(`${FIRM}/${kept}/shares`)
    expect(shares.map(({ cause }: { cause: string }) => cause).toSorted()).toEqual([
      'manual',
      'team',
    ])
    const [foreign, theirs] = [await firm({ owner: clerkId }), await firm({ owner: sellerId })]
    await admin.post(`${FIRM}/${theirs}/shares`, {
      cause: 'manual',
      principal: { type: 'user', id: sellerId },
      access: 'read',
    })
    await merge(foreign, [theirs])
    expect((await seller.get(`${FIRM}/${foreign}`)).status).toBe(404)
  })

  it('joins the survivor once with what several of them were joined with', async () => {
    const [kept, lost, third] = [await firm(), await firm(), await firm()]
    const [fair, other] = [await make(at('fair'), {}), await make(at('fair'), {})]
    const stand = (firm__c: string, fair__c: string, note__c: string): Promise<string> =>
      make(at('stand'), { firm__c, fair__c, note__c })
    const own = await stand(kept, fair, 'own')
    const gone = [
      await stand(lost, fair, 'of the second'),
      await stand(third, fair, 'of the third'),
    ]
    const first = await stand(lost, other, 'first')
    gone.push(await stand(third, other, 'second'))
    // What hangs on a stand that gives way hangs on the one that stays.
    const poster = await make(at('poster'), { stand__c: gone[0], near__c: gone[1] })
    expect((await merge(kept, [lost, third])).status).toBe(200)
    const { records } = await read(`${FIRM}/${kept}/related/fairs__c?sort=note__c`)
    expect(records.map(({ id }: { id: string }) => id)).toEqual([first, own])
    expect(await read(`${at('poster')}/${poster}`)).toMatchObject({
      stand__c: { id: own },
      near__c: { id: own },
    })
    for (const id of [fair, other]) {
      expect(await read(`${at('fair')}/${id}`)).toMatchObject({ count__c: 1 })
    }
    const bin = (await read(`${at('stand')}/bin`)).records as { id: string }[]
    expect(bin.map(({ id }) => id).toSorted()).toEqual(gone.toSorted())
    expect((await admin.post(`${at('stand')}/${gone[0]}/restore`, {})).status).toBe(409)
  })

  it('is refused where two others may not refer to the same record, and tells by which field', async () => {
    const [kept, lost] = [await firm(), await firm()]
    for (const id of [kept, lost]) await make(at('deputy'), { firm__c: id })
    const refused = await merge(kept, [lost])
    expect([refused.status, refused.body.errors]).toMatchObject([
      409,
      [{ path: 'firm__c', code: 'duplicate' }],
    ])
  })

  it('refuses people and departments', async () => {
    const one = await server.createUser({ sets: ['seller'] })
    const merged = await admin.post(`/api/v1/records/user/${one.id}/merge`, {
      merge: [{ id: sellerId }],
    })
    expect(codeOf(merged)).toEqual([409, 'conflict'])
  })
})
