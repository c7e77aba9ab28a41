import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openFileStore, sweepFiles } from '../../server/src/files/index.ts'
import { PAPERS, picture, publishFileWorld, upload, uploaded } from '../support/file-world.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { sendForm, sendImport } from '../support/upload.ts'

let server: TestServer
let clerk: Caller
let other: Caller

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  await publishFileWorld(server)
  clerk = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
  other = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
}, 120_000)
afterAll(() => server.stop())

const save = (values: object, by = clerk): Promise<Answer> =>
  by.post(PAPERS, { name: 'Paper', ...values })
const faults = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path} ${one.code}`)

/** Sweeps as if so many days had gone by. */
function sweep(days = 2): Promise<number> {
  const { config, db } = server.foundation
  const store = openFileStore(config)
  return sweepFiles({ db, schema: 'main', store }, new Date(Date.now() + days * 86_400_000))
}

/** The names of all bytes that lie in the store. */
async function storedNames(): Promise<string[]> {
  const folder = join(server.foundation.config.dataDir, 'files', 'main')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

describe('a file', () => {
  it('is uploaded, saved in a record, read, replaced and told by the history', async () => {
    const made = await upload(clerk, '%PDF-1.7\n%scan', 'Contract 合同.pdf')
    expect(made.status, made.text).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      name: 'Contract 合同.pdf',
      size: 14,
      type: 'application/pdf',
    })
    expect(made.headers['location']).toBe(`/api/v1/files/${made.body.id}`)

    const record = await save({ scan__c: made.body.id })
    expect(record.status, record.text).toBe(201)
    expect(record.body.scan__c).toEqual(made.body)
    const { id } = record.body
    const listed = await clerk.get(`${PAPERS}?select=scan__c&filter[scan__c][is_null]=false`)
    expect(listed.body.records).toMatchObject([{ id, scan__c: made.body }])

    const bytes = await clerk.get(`/api/v1/files/${made.body.id}`)
    expect(bytes.status).toBe(200)
    expect(bytes.text).toBe('%PDF-1.7\n%scan')
    expect(bytes.headers['content-disposition']).toBe(
      `attachment; filename="Contract __.pdf"; filename*=UTF-8''Contract%20%E5%90%88%E5%90%8C.pdf`,
    )

    const next = await uploaded(clerk, picture(), 'page.png')
    const changed = await clerk.patch(`${PAPERS}/${id}`, { scan__c: { id: next } })
    expect(changed.body.scan__c).toMatchObject({ id: next, name: 'page.png', type: 'image/png' })
    expect((await clerk.get(`/api/v1/files/${made.body.id}`)).status).toBe(404)
    // The record as it was read is a record to write.
    expect((await clerk.patch(`${PAPERS}/${id}`, { scan__c: changed.body.scan__c })).status).toBe(
      200,
    )
    const emptied = await clerk.patch(`${PAPERS}/${id}`, { scan__c: null })
    expect(emptied.body.scan__c).toBeNull()

    await sweep()
    const { entries } = (await clerk.get(`${PAPERS}/${id}/history`)).body
    expect(entries.map(({ old, new: now }: { old: unknown; new: unknown }) => [old, now])).toEqual([
      [{ id: next, name: 'page.png' }, null],
      [
        { id: made.body.id, name: 'Contract 合同.pdf' },
        { id: next, name: 'page.png' },
      ],
      [null, null],
    ])
  })

  it('is required like every value', async () => {
    expect(faults(await save({ name: 'must' }))).toEqual(['must__c required'])
    expect((await save({ name: 'must', must__c: await uploaded(clerk) })).status).toBe(201)
  })

  it('is asked for parts, for news, and for its headers alone', async () => {
    const url = `/api/v1/files/${await uploaded(clerk, '0123456789', 'digits.csv')}`
    const part = await clerk.with({ range: 'bytes=2-4' }).get(url)
    expect([part.status, part.text, part.headers['content-range']]).toEqual([
      206,
      '234',
      'bytes 2-4/10',
    ])
    expect((await clerk.with({ range: 'bytes=-3' }).get(url)).text).toBe('789')
    expect((await clerk.with({ range: 'bytes=7-' }).get(url)).text).toBe('789')
    const beyond = await clerk.with({ range: 'bytes=10-' }).get(url)
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10'])
    for (const range of ['bytes=1-2,4-5', 'lines=1-2', 'bytes=4-2', 'bytes=-']) {
      expect((await clerk.with({ range }).get(url)).status).toBe(200)
    }
    const whole = await clerk.get(url)
    expect(whole.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'private, no-cache',
      'content-length': '10',
    })
    const etag = String(whole.headers['etag'])
    expect((await clerk.with({ 'if-none-match': etag }).get(url)).status).toBe(304)
    const stale = { range: 'bytes=0-0', 'if-range': '"other"' }
    expect((await clerk.with(stale).get(url)).status).toBe(200)
    const head = await clerk.send({ method: 'HEAD', url })
    expect([head.status, head.text, Number(head.headers['content-length'])]).toEqual([200, '', 10])
  })

  it('is shown in place if it is a picture', async () => {
    const photo = await uploaded(clerk, picture(), 'photo.png')
    const shown = await clerk.get(`/api/v1/files/${photo}?inline`)
    expect(shown.headers['content-type']).toBe('image/png')
    expect(String(shown.headers['content-disposition'])).toMatch(/^inline; filename="photo.png"/)
    expect((await clerk.get(`/api/v1/files/${photo}?inline=perhaps`)).status).toBe(400)
  })

  it('is refused by what the field says', async () => {
    const text = await uploaded(clerk, 'plain')
    const large = await uploaded(clerk, `%PDF-1.7\n${' '.repeat(1_100_000)}`, 'large.pdf')
    const wide = await uploaded(clerk, picture(65, 2), 'wide.png')
    expect(faults(await save({ scan__c: text }))).toEqual(['scan__c wrong_file_type'])
    expect(faults(await save({ scan__c: large }))).toEqual(['scan__c file_too_large'])
    expect(faults(await save({ photo__c: wide }))).toEqual(['photo__c image_too_large'])
    expect(faults(await save({ photo__c: text }))).toEqual(['photo__c wrong_file_type'])
    expect(faults(await save({ photo__c: 'photo.png', any__c: 7 }))).toEqual([
      'photo__c wrong_type',
      'any__c wrong_type',
    ])
  })

  it('is in one place only, whoever asks at the same moment', async () => {
    const file = await uploaded(clerk)
    const answers = await Promise.all([1, 2, 3, 4].map(() => save({ any__c: file })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422, 422, 422])
    const twice = await uploaded(clerk)
    expect(faults(await save({ any__c: twice, must__c: twice }))).toEqual(['must__c unknown_file'])
    const batch = await clerk.post(`${PAPERS}/batch`, {
      operations: [1, 2].map((one) => ({
        op: 'create',
        record: { name: `${one}`, any__c: twice },
      })),
    })
    expect(batch.body.results.map(({ status }: { status: number }) => status)).toEqual([201, 422])
  })

  it('goes with a merge to the record that stays, and follows its field under another name', async () => {
    const { admin } = server
    const [a, b] = [await uploaded(admin), await uploaded(admin, 'of b')]
    const kept = (await save({ any__c: a }, admin)).body.id
    const gone = (await save({ any__c: b }, admin)).body.id
    const merged = await admin.post(`${PAPERS}/${kept}/merge`, {
      merge: [{ id: gone }],
      fields: { any__c: gone },
    })
    expect(merged.status, merged.text).toBe(200)
    expect((await admin.get(`/api/v1/files/${b}`)).text).toBe('of b')
    expect((await admin.get(`/api/v1/files/${a}`)).status).toBe(404)
    await sweep()
    const meta = '/api/v1/meta/changesets'
    for (const [from, to] of [
      ['paper__c.any__c', 'whatever__c'],
      ['paper__c.whatever__c', 'any__c'],
    ]) {
      const set = (await admin.post(meta, { label: 'x' })).body.id
      const renamed = await admin.post(`${meta}/${set}/rename/field/${from}`, { to })
      expect(renamed.status, renamed.text).toBe(200)
      expect((await admin.post(`${meta}/${set}/publish`, {})).status).toBe(200)
      expect((await admin.get(`/api/v1/files/${b}`)).text).toBe('of b')
    }
  })

  it('is filtered by being there and by nothing else', async () => {
    const answer = await clerk.get(`${PAPERS}?filter[any__c][eq]=x&sort=photo__c`)
    expect(answer.status).toBe(400)
    expect(faults(answer).length).toBeGreaterThan(1)
  })

  it('does not come by import', async () => {
    const { status, body } = await sendImport(server.admin, 'Name,Scan\nA,x.pdf\n', {
      object: 'paper__c',
      mapping: { Name: 'name', Scan: 'scan__c' },
    })
    expect([status, body.errors[0].code]).toEqual([422, 'not_importable'])
  })

  it('is no default, no derived value and nothing that an approval sets', async () => {
    const set = (await server.admin.post('/api/v1/meta/changesets', { label: 'x' })).body.id
    const put = (name: string, definition: object): Promise<Answer> =>
      server.admin.put(`/api/v1/meta/changesets/${set}/${name}`, definition)
    const field = { type: 'file', label: 'File', default: 'x', derive: { var: 'any__c' } }
    const { body } = await put('field/paper__c.more__c', field)
    const paths = body.problems.map((one: { path: string }) => one.path)
    expect(paths).toEqual(expect.arrayContaining(['default', 'derive']))
    const formula = { type: 'formula', label: 'F', result: 'text', formula: 'any__c & "x"' }
    const refused = await put('field/paper__c.more__c', formula)
    expect(JSON.stringify(refused.body.problems)).toContain('found file')
    await server.admin.delete(`/api/v1/meta/changesets/${set}`)
  })

  it('is described by the OpenAPI document and by the metadata', async () => {
    const { components } = (await clerk.get('/api/v1/openapi.json')).body
    expect(JSON.stringify(components.schemas)).toContain('#/components/schemas/File"')
    const { fields } = (await clerk.get('/api/v1/meta/objects/paper__c')).body
    const scan = fields.find((one: { name: string }) => one.name === 'scan__c')
    expect(scan).toMatchObject({
      type: 'file',
      sortable: false,
      filter_operators: ['is_null'],
      options: { accept: ['pdf', 'image'], max_size: 1 },
    })
  })
})

describe('an upload', () => {
  it('is refused empty, too large, without a file or with more than one', async () => {
    const empty = await upload(clerk, '')
    expect([empty.status, faults(empty)]).toEqual([422, ['file validation_failed']])
    const announced = await clerk.send({
      method: 'POST',
      url: '/api/v1/files',
      payload: '',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '60000000' },
    })
    expect(announced.status).toBe(413)
    expect((await sendForm(clerk, '/api/v1/files', {})).status).toBe(400)
    const extra = { file: 'x', fields: { path: '/etc' } }
    expect(faults(await sendForm(clerk, '/api/v1/files', extra))).toEqual([
      'path unknown_parameter',
    ])
    expect((await clerk.post('/api/v1/files', {})).status).toBe(415)
    const part = 'content-disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
    const two = await clerk.send({
      method: 'POST',
      url: '/api/v1/files',
      payload: `--x\r\n${part}--x\r\n${part}--x--\r\n`,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    })
    expect(two.status).toBe(413)
  })

  it('too large is stopped on the way, and nothing of it stays', async () => {
    const before = await storedNames()
    const answer = await upload(clerk, new Uint8Array(50 * 1024 * 1024 + 1), 'large.bin')
    expect(answer.status).toBe(413)
    expect(await storedNames()).toEqual(before)
  }, 30_000)

  it('that is sent twice with one key is one file', async () => {
    const again = clerk.with({ 'idempotency-key': 'file-1' })
    const form =
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--x--\r\n'
    const send = (): Promise<Answer> =>
      again.send({
        method: 'POST',
        url: '/api/v1/files',
        payload: form,
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      })
    expect((await send()).body).toEqual((await send()).body)
  })
})

describe('what is left over', () => {
  it('goes after a day: what no record has, and nothing else', async () => {
    const loose = await uploaded(other)
    const kept = await uploaded(other)
    const binned = await uploaded(other)
    await save({ any__c: kept }, other)
    const bin = (await save({ any__c: binned }, other)).body.id
    await other.delete(`${PAPERS}/${bin}`)
    await sweep(0)
    expect((await other.get(`/api/v1/files/${loose}`)).status).toBe(200)
    await sweep()
    expect((await other.get(`/api/v1/files/${loose}`)).status).toBe(404)
    expect((await other.get(`/api/v1/files/${kept}`)).status).toBe(200)
    expect((await other.get(`/api/v1/files/${binned}`)).status).toBe(404)
    await other.post(`${PAPERS}/${bin}/restore`)
    expect((await other.get(`/api/v1/files/${binned}`)).status).toBe(200)
    const { db } = server.foundation
    await db.execute('delete from main.paper__c where id = $1', [bin])
    await sweep()
    expect(await db.query('select 1 from main._file where id = $1', [binned])).toEqual([])
    const names = await storedNames()
    expect(names).toContain(kept)
    expect(names).not.toContain(loose)
    expect(names).not.toContain(binned)
  })

  it('of a field that can still be taken back stays', async () => {
    const meta = '/api/v1/meta/changesets'
    const file = await uploaded(server.admin)
    const publish = async (change: (set: string) => Promise<Answer>): Promise<Answer> => {
      const set = (await server.admin.post(meta, { label: 'x' })).body.id
      await change(set)
      return server.admin.post(`${meta}/${set}/publish`, {})
    }
    const path = (set: string): string => `${meta}/${set}/field/paper__c.late__c`
    const field = { type: 'file', label: 'Late' }
    const made = await publish((set) => server.admin.put(path(set), field))
    expect(made.status).toBe(200)
    await server.admin.post(PAPERS, { name: 'Late', late__c: file })
    expect((await publish((set) => server.admin.delete(path(set)))).status).toBe(200)
    await sweep()
    expect((await server.admin.get(`/api/v1/files/${file}`)).status).toBe(404)
    await server.admin.post(`/api/v1/meta/releases/${made.body.release}/rollback`, {})
    expect((await server.admin.get(`/api/v1/files/${file}`)).text).toBe('hello')
  })

  it('by a process that died at any step answers no 500 and does not stay for ever', async () => {
    const { config, db } = server.foundation
    const store = openFileStore(config)
    // Dead after the row was committed: the bytes are still staged.
    const late = await uploaded(clerk, 'late')
    const shard = join(config.dataDir, 'files', 'main', late.slice(-2))
    await rename(join(shard, late), join(shard, `${late}.staged`))
    expect((await clerk.get(`/api/v1/files/${late}`)).text).toBe('late')
    // Dead before it: bytes without a row, staged or not, and a form that was never read to its end.
    const nameless = await uploaded(clerk, 'nameless')
    await db.execute('delete from main._file where id = $1', [nameless])
    await mkdir(join(await store.receiveIn(), 'trellis-upload-dead'))
    expect((await clerk.get(`/api/v1/files/${nameless}`)).status).toBe(404)
    // Dead in the sweep: the row is gone or marked, the bytes are not.
    const lost = await uploaded(clerk, 'lost')
    await store.remove(lost)
    expect((await clerk.get(`/api/v1/files/${lost}`)).status).toBe(404)
    await sweep()
    const names = await storedNames()
    expect(names.filter((name) => [late, nameless, lost].includes(name))).toEqual([])
    expect(await readdir(await store.receiveIn())).toEqual([])
  })
})
