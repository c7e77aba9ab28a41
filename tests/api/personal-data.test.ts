import { setTimeout as delay } from 'node:timers/promises'

import type { ImportJob } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  sendForm,
  startTestServer,
  type TestForm,
  type TestServer,
} from '../support/index.ts'

const META = '/api/v1/meta/changesets'
const PEOPLE = '/api/v1/records/person__c'
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let server: TestServer
let admin: Caller
let stopJobs: Stop

const text = (label: string, more: object = {}): object => ({ type: 'text', label, ...more })
const OWN = { create: true, read: true, edit: true, delete: true }
const WORLD: Readonly<Record<string, object>> = {
  'object/person__c': { label: 'Person', name_field: { type: 'text', personal: true } },
  'field/person__c.mail__c': {
    type: 'email',
    label: 'E-mail',
    personal: true,
    unique: true,
    searchable: true,
  },
  'field/person__c.phone__c': {
    type: 'phone',
    label: 'Phone',
    personal: true,
    required_when: { '==': [1, 1] },
  },
  'field/person__c.code__c': text('Code', { personal: true, required: true, unique: true }),
  'field/person__c.consent__c': { type: 'checkbox', label: 'Consent', personal: true },
  'field/person__c.photo__c': { type: 'image', label: 'Photo', personal: true },
  'field/person__c.secret__c': { type: 'encrypted_text', label: 'Secret', personal: true },
  'field/person__c.line__c': text('Line', {
    derive: { concat: [{ var: 'name' }, ' ', { var: 'mail__c' }] },
  }),
  'field/person__c.note__c': text('Note'),
  'object/visit__c': { label: 'Visit' },
  'field/visit__c.person__c': {
    type: 'lookup',
    label: 'Person',
    target: 'person__c',
    relationship: { name: 'visits__c' },
  },
  'field/visit__c.whom__c': {
    type: 'formula',
    label: 'Whom',
    formula: 'person__r.mail__c',
    result: 'text',
    stored: true,
  },
  'object/thing__c': { label: 'Thing' },
  'duplicate_rule/person__c.note': {
    match: [{ field: 'note__c', method: 'exact' }],
    on_create: 'warn',
    message: 'Alike',
  },
  'permission_set/clerk': { label: 'Clerk', objects: { person__c: OWN } },
  'permission_set/eraser': {
    label: 'Eraser',
    system: ['erase'],
    objects: { person__c: { ...OWN, fields: { phone__c: 'none' } } },
  },
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  stopJobs = await startJobs(server.foundation)
  await publish(WORLD)
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

async function publish(components: Readonly<Record<string, object>>): Promise<void> {
  const set = (await admin.post(META, { label: 'World' })).body.id
  for (const [path, definition] of Object.entries(components)) {
    const put = await admin.put(`${META}/${set}/${path}`, definition)
    if (put.status !== 200) throw new Error(`${path}: ${put.text}`)
  }
  const published = await admin.post(`${META}/${set}/publish`, {})
  if (published.status !== 200) throw new Error(published.text)
}

let count = 0
async function person(values: object = {}): Promise<string> {
  count += 1
  const made = await admin.post(`${PEOPLE}?allow_duplicates=true`, {
    name: 'Wang Xiaoming',
    mail__c: `xiaoming${count}@mail.example`,
    phone__c: `1380013800${count}`,
    code__c: `Code-${count}`,
    consent__c: true,
    note__c: 'A note that stays',
    ...values,
  })
  if (made.status !== 201) throw new Error(made.text)
  return made.body.id
}
const erase = (id: string, by = admin, headers: Record<string, string> = {}): Promise<Answer> =>
  by.send({ method: 'POST', url: `${PEOPLE}/${id}/erase-personal-data`, headers })
const codeOf = ({ status, body }: Answer): unknown[] => [status, body?.code]

async function ended(id: string): Promise<ImportJob> {
  const find = async (): Promise<ImportJob> => (await admin.get(`/api/v1/imports/${id}`)).body
  await expect
    .poll(async () => /pending|running/.test((await find()).status), { timeout: 20_000 })
    .toBe(false)
  return find()
}
async function imported(form: TestForm): Promise<ImportJob> {
  const sent = await sendForm(admin, '/api/v1/imports', form)
  expect(sent.status, sent.text).toBe(202)
  return ended(sent.body.id)
}

/** Everything that is in the database, but for what metadata say. */
async function dump(): Promise<string> {
  const tables = await server.test.database.query<{ name: string }>({
    text: `select tablename as name from pg_tables where schemaname = 'main'
      and tablename not in ('_component', '_release', '_change_set_item', '_patch')`,
    values: [],
  })
  const parts: string[] = []
  for (const { name } of tables) {
    const [row] = await server.test.database.query<{ all: string | null }>({
      text: `select string_agg(t::text, chr(10)) as all from main."${name}" as t`,
      values: [],
    })
    parts.push(`${name}: ${row?.all ?? ''}`)
  }
  return parts.join('\n')
}

describe('erasing the personal data of a record', () => {
  it('leaves the record, and nothing of them anywhere', async () => {
    const photo = await sendForm(admin, '/api/v1/files', { file: PIXEL, fileName: 'xiaoming.png' })
    expect(photo.status, photo.text).toBe(201)
    const id = await person({ photo__c: photo.body.id, secret__c: 'G1234567' })
    const visit = (await admin.post('/api/v1/records/visit__c', { name: 'V', person__c: id })).body
    expect(visit.whom__c).toMatch(/^xiaoming/)
    const twin = await person()
    expect((await admin.post(`${PEOPLE}/${id}/merge`, { merge: [{ id: twin }] })).status).toBe(200)
    const changed = await admin.send({
      method: 'PATCH',
      url: `${PEOPLE}/${id}`,
      payload: JSON.stringify({ mail__c: 'xiaoming.new@mail.example', note__c: 'Another note' }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
    })
    expect(changed.status, changed.text).toBe(200)
    const form = {
      fields: { object: 'person__c', mode: 'upsert', match_field: 'code__c' },
      file: 'Name,Code,E-mail\nWang Xiaoming,Code-1,xiaoming.imported@mail.example\n',
    }
    expect(await imported(form)).toMatchObject({ status: 'done', updated: 1 })
    const before = new Date().toISOString()
    // A change of the same millisecond would still belong to that moment.
    await delay(2)

    const erased = await erase(id)
    expect(erased.status, erased.text).toBe(200)
    expect(erased.body).toMatchObject({
      name: '已清除 / Erased',
      mail__c: null,
      phone__c: null,
      consent__c: false,
      photo__c: null,
      secret__c: null,
      note__c: 'Another note',
    })
    const all = await dump()
    for (const one of ['xiaoming', 'Xiaoming', '1380013800', 'Code-1', 'Code-2']) {
      const at = all.indexOf(one)
      expect([one, at < 0 ? '' : all.slice(Math.max(0, at - 300), at + 60)]).toEqual([one, ''])
    }
    expect((await admin.get(`/api/v1/files/${photo.body.id}`)).status).toBe(404)
    expect((await admin.get(`/api/v1/records/visit__c/${visit.id}`)).body.whom__c).toBeNull()

    const { entries } = (await admin.get(`${PEOPLE}/${id}/history`)).body
    expect(entries[0]).toMatchObject({ action: 'erased', field: null, old: null })
    expect(entries[0].new).toContain('mail__c')
    const fields = entries.map(({ field }: { field: string | null }) => field)
    expect([fields.includes('note__c'), fields.includes('mail__c')]).toEqual([true, false])
    const past = (await admin.get(`${PEOPLE}/${id}/as-of?at=${encodeURIComponent(before)}`)).body
    expect(past.record).toMatchObject({ note__c: 'Another note' })
    expect(past.record).not.toHaveProperty('mail__c')
    expect(past.unknown).toEqual(
      expect.arrayContaining(['name', 'mail__c', 'phone__c', 'photo__c']),
    )
    const [entry] = (await admin.get('/api/v1/audit?action=erase')).body.entries
    expect(entry).toMatchObject({ object: 'person__c', record: { id } })
    expect(entry.details.personal).toContain('phone__c')
    expect((await server.admin.get('/api/v1/search?q=xiaoming')).text).not.toContain(id)
  })

  it('is taken back by no undo of an import, and is the same when it is asked for twice', async () => {
    const id = await person({ code__c: 'Code-undo' })
    const form = {
      fields: { object: 'person__c', mode: 'upsert', match_field: 'code__c' },
      file: 'Name,Code,Note\nWang Wu,Code-undo,Imported\n',
    }
    const job = await imported(form)
    const [first, second] = await Promise.all([erase(id), erase(id)])
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body.version).toBe(first.body.version)
    await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect((await ended(job.id)).status).toBe('undone')
    const left = (await admin.get(`${PEOPLE}/${id}`)).body
    expect(left).toMatchObject({ name: '已清除 / Erased', phone__c: null })
  })

  it('takes the right to erase and to edit, not that to each field; and the version that was seen', async () => {
    const id = await person()
    const clerk = await server.signIn(await server.createUser({ sets: ['clerk'] }))
    expect(codeOf(await erase(id, clerk))).toEqual([403, 'forbidden'])
    const user = await server.createUser({ sets: ['eraser'] })
    const eraser = await server.signIn(user)
    expect(codeOf(await erase(id, eraser))).toEqual([404, 'not_found'])
    await admin.patch(`${PEOPLE}/${id}`, { owner: user.id })
    expect(codeOf(await erase(id, eraser, { 'if-match': '"1"' }))).toEqual([412, 'stale_version'])
    const erased = await erase(id, eraser, { 'if-match': '"2"' })
    expect([erased.status, 'phone__c' in erased.body]).toEqual([200, false])
    expect((await admin.get(`${PEOPLE}/${id}`)).body.phone__c).toBeNull()
    const { entries } = (await eraser.get(`${PEOPLE}/${id}/history`)).body
    expect(entries[0].new).not.toContain('phone__c')
  })

  it('is refused where the record is locked, in the bin, or has nothing that is personal', async () => {
    const id = await person()
    const lock = (locked: boolean): Promise<unknown> =>
      server.test.database.execute('update main.person__c set locked = $2 where id = $1', [
        id,
        locked,
      ])
    await lock(true)
    expect(codeOf(await erase(id))).toEqual([423, 'locked'])
    await lock(false)
    await admin.delete(`${PEOPLE}/${id}`)
    expect(codeOf(await erase(id))).toEqual([404, 'not_found'])
    const thing = (await admin.post('/api/v1/records/thing__c', { name: 'T' })).body.id
    const none = await admin.post(`/api/v1/records/thing__c/${thing}/erase-personal-data`)
    expect(codeOf(none)).toEqual([409, 'conflict'])
    const { body } = await admin.get('/api/v1/records/user?limit=1')
    const own = await admin.post(`/api/v1/records/user/${body.records[0].id}/erase-personal-data`)
    expect(codeOf(own)).toEqual([409, 'conflict'])
    expect((await admin.post(`${PEOPLE}/${id}/erase-personal-data`, { now: true })).status).toBe(
      400,
    )
  })

  it('is offered on the record page to who may, and marked in the model', async () => {
    const id = await person()
    const offered = async (by: Caller): Promise<boolean> =>
      (await by.get(`${PEOPLE}/${id}/overview`)).body.actions.includes('erase_personal_data')
    expect(await offered(admin)).toBe(true)
    const { objects } = (await admin.get('/api/v1/meta/objects')).body
    const described = objects.find(({ name }: { name: string }) => name === 'person__c')
    const marked = described.fields.filter(({ personal }: { personal?: boolean }) => personal)
    expect(marked.map(({ name }: { name: string }) => name)).toContain('name')
  })

  it('is marked on no field that cannot be empty', async () => {
    const set = (await admin.post(META, { label: 'Bad' })).body.id
    await admin.put(`${META}/${set}/field/person__c.since__c`, {
      type: 'date',
      label: 'Since',
      required: true,
      personal: true,
    })
    const checked = await admin.post(`${META}/${set}/publish`, {})
    expect(checked.text).toContain('Personal data must be able to be erased')
  })
})

describe('erasing a record for good', () => {
  it('leaves nothing of it anywhere, whatever was done with it before', async () => {
    const photo = await sendForm(admin, '/api/v1/files', { file: PIXEL, fileName: 'marker-q7.png' })
    const marked = {
      name: 'Marker-Q7',
      mail__c: 'marker-q7@mail.example',
      note__c: 'Marker-Q7 note',
      code__c: 'Marker-Q7-code',
    }
    const id = await person({ ...marked, photo__c: photo.body.id })
    const repeat = (url: string, body: object, key: string): Promise<Answer> =>
      admin.with({ 'idempotency-key': `q7-${key}` }).post(url, body)
    const where = { '==': [{ var: 'id' }, id] }
    const asked = await repeat(`${PEOPLE}/query`, { where, select: ['name', 'mail__c'] }, 'query')
    expect(asked.body.records).toMatchObject([{ name: 'Marker-Q7' }])
    const { code__c, ...record } = marked
    const operations = [{ op: 'upsert', by: { code__c }, record }]
    const batch = await repeat(`${PEOPLE}/batch?allow_duplicates=true`, { operations }, 'batch')
    expect(batch.body.results).toMatchObject([{ status: 200 }])
    await repeat(`${PEOPLE}/${id}/preview`, { note__c: 'Marker-Q7 again' }, 'preview')
    await repeat(PEOPLE, { ...marked, name: 'Marker-Q7 twin' }, 'refused')
    const merged = await person({ ...marked, mail__c: 'marker-q7b@mail.example', code__c: 'q7b' })
    const merge = await repeat(`${PEOPLE}/${id}/merge`, { merge: [{ id: merged }] }, 'merge')
    expect(merge.status, merge.text).toBe(200)
    const search = await admin.post('/api/v1/duplicate-searches', { object: 'person__c' })
    expect(search.status, search.text).toBe(202)
    await admin.get('/api/v1/search?q=Marker-Q7')
    expect((await admin.delete(`${PEOPLE}/${id}`)).status).toBe(204)
    expect((await admin.post(`${PEOPLE}/${id}/erase`)).status).toBe(204)
    const left = await admin.post(`${PEOPLE}/${merged}/erase`)
    expect([204, 404]).toContain(left.status)
    const lines = (await dump()).split('\n').filter((line) => /marker-q7/i.test(line))
    expect(lines.map((line) => line.slice(0, 400))).toEqual([])
  })
})
