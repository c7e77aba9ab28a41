import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PAPERS, picture, publishFileWorld, upload, uploaded } from '../support/file-world.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { sendForm } from '../support/upload.ts'

let server: TestServer
let clerk: Caller
let other: Caller
let reader: Caller

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  await publishFileWorld(server)
  const signIn = async (set: string): Promise<Caller> =>
    server.signIn(await server.createUser({ sets: [set] }))
  clerk = await signIn('clerk__c')
  other = await signIn('clerk__c')
  reader = await signIn('reader__c')
}, 120_000)
afterAll(() => server.stop())

const save = (values: object, by = clerk): Promise<Answer> =>
  by.post(PAPERS, { name: 'Paper', ...values })
const url = (id: string): string => `/api/v1/files/${id}`
/** An answer as it went out, without what every answer has of its own. */
const plain = ({ status, headers, text }: Answer): unknown => {
  const { date: _date, 'x-request-id': id, ...rest } = headers
  return { status, rest, text: text.replaceAll(String(id), '') }
}
const NOBODY = '01990000-0000-7000-8000-000000000000'

describe('the name of an upload', () => {
  it.each([
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['/absolute/path.txt', 'path.txt'],
    ['C:\\Users\\a\\b.txt', 'b.txt'],
    ['..', 'file'],
    ['   .   ', 'file'],
    ['.htaccess', 'htaccess'],
    ['a\u0000b.txt', 'ab.txt'],
    ['a\r\nx-header: 1.txt', 'a'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['a"; filename="b.txt', 'a_; filename=_b.txt'],
    ['=cmd|calc.csv', '=cmd_calc.csv'],
    [`${'长'.repeat(300)}.txt`, expect.stringMatching(/^长+$|^长+\.txt$/)],
  ])('%j is kept as %j, never as a path (SuiteCRM 7.11.19)', async (given, kept) => {
    // The name goes as the bytes that it is, as no browser would send it.
    const name = Buffer.from(given.replaceAll('"', '\\"')).toString('latin1')
    const form = `--x\r\ncontent-disposition: form-data; name="file"; filename="${name.replaceAll('\\', '\\\\').replaceAll('\\\\"', '\\"')}"\r\n\r\nx\r\n--x--\r\n`
    const answer = await clerk.send({
      method: 'POST',
      url: '/api/v1/files',
      payload: Buffer.from(form, 'latin1'),
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    })
    // A header with a line break in it is no header: the form is refused, or the name is mended.
    if (answer.status === 400) return
    expect(answer.status, answer.text).toBe(201)
    expect(answer.body.name).toEqual(kept)
    const got = await clerk.get(url(answer.body.id))
    expect(got.status).toBe(200)
    expect(String(got.headers['content-disposition'])).toMatch(
      /^attachment; filename="[\u0020-\u007e]*"; filename\*=UTF-8''[\w%.!~-]*$/,
    )
  })

  it('does not end as what its bytes are not, if they are a picture', async () => {
    const forged = await upload(clerk, picture(), 'invoice.html')
    expect(forged.body).toMatchObject({ name: 'invoice.html.png', type: 'image/png' })
  })
})

describe('what acts in a browser', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  const png = Buffer.from(picture())
  it.each([
    ['a.svg', svg, 'image/svg+xml'],
    ['b.svg', `<?xml version="1.0"?><!-- x -->${svg}`, 'image/svg+xml'],
    ['a.png', `\n\n  ${svg}`, 'image/svg+xml'],
    ['a.html', '<!DOCTYPE html><script>alert(1)</script>', 'text/html'],
    ['a.jpg', '<html><body onload=alert(1)>', 'text/html'],
    ['a.txt', 'x <ScRiPt >alert(1)</script>', 'text/html'],
    ['a.xml', '<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xml'],
    ['a.pdf', '%PDF-1.7\n/JavaScript (app.alert(1))', 'application/pdf'],
    ['a.gif', 'GIF89a/*<svg*/=1;alert(1)', null],
    ['cut.png', png.subarray(0, 20), 'application/octet-stream'],
    ['a.js', 'alert(1)', 'text/plain'],
    ['a.css', 'body{background:url(//x)}', 'text/plain'],
    ['x.html', Buffer.from([0, 1, 2, 3]), 'application/octet-stream'],
  ])(
    '%s is downloaded and not executed (Twenty GHSA-x7hp-f23m-66mj, EspoCRM CVE-2021-3539)',
    async (name, body, type) => {
      const bytes = typeof body === 'string' ? body : new Uint8Array(body)
      const made = await upload(clerk, bytes, name)
      expect(made.status, made.text).toBe(201)
      if (type !== null) expect(made.body.type).toBe(type)
      const got = await clerk.get(`${url(made.body.id)}?inline`)
      expect(got.headers).toMatchObject({
        'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
      })
      const sent = String(got.headers['content-type'])
      expect(sent).not.toMatch(/html|svg|xml|script|css/)
      if (!sent.startsWith('image/gif')) {
        expect(String(got.headers['content-disposition'])).toMatch(/^attachment/)
      }
      const asImage = await save({ photo__c: made.body.id })
      expect(asImage.status).toBe(type === null ? asImage.status : 422)
    },
  )
})

describe('a file', () => {
  it('of somebody else is as none: not read, not put into a record (Odoo CVE-2018-15631, Directus CVE-2026-35412)', async () => {
    const mine = await uploaded(clerk)
    const none = await other.get(url(NOBODY))
    expect(none.status).toBe(404)
    for (const caller of [other, reader, server.admin]) {
      expect(plain(await caller.get(url(mine)))).toEqual(plain(none))
    }
    const strange = await save({ any__c: mine }, other)
    const missing = await save({ any__c: NOBODY }, other)
    expect([strange.status, strange.body.errors]).toEqual([422, missing.body.errors])
    // Nor when it has been saved, under whatever record, field or door.
    const home = (await save({ any__c: mine })).body.id
    const away = (await save({}, other)).body.id
    const admin = server.admin
    const tries = [
      save({ any__c: mine }, other),
      save({ any__c: mine }),
      save({ any__c: mine }, admin),
      other.patch(`${PAPERS}/${away}`, { any__c: { id: mine, name: 'x', size: 1, type: 'x' } }),
      clerk.patch(`${PAPERS}/${home}`, { must__c: mine }),
      clerk.post(`${PAPERS}/${home}/preview`, { must__c: mine }),
    ]
    for (const answer of await Promise.all(tries)) {
      expect(answer.text).toContain('unknown_file')
    }
    expect((await clerk.patch(`${PAPERS}/${home}`, { any__c: mine })).status).toBe(200)
  })

  it('is read by who may read the record and the field, and answers others as none, byte for byte (Payload #13336, #13721)', async () => {
    const [any, scan, photo] = [
      await uploaded(clerk),
      await uploaded(clerk, '%PDF-1.7\n', 'scan.pdf'),
      await uploaded(clerk, picture(), 'photo.png'),
    ]
    const record = await save({ any__c: any, scan__c: scan, photo__c: photo })
    expect(record.status, record.text).toBe(201)
    const { id } = record.body
    expect((await reader.get(url(any))).status).toBe(200)
    const none = plain(await reader.get(url(NOBODY)))
    // Masked, hidden, and of a record that is not theirs.
    for (const file of [scan, photo]) {
      expect(plain(await reader.get(url(file)))).toEqual(none)
      expect(plain(await reader.get(`${url(file)}?inline`))).not.toMatchObject({ status: 200 })
      const ranged = await reader.with({ range: 'bytes=0-1' }).get(url(file))
      expect(plain(ranged)).toEqual(none)
      const cached = await reader.with({ 'if-none-match': '*' }).get(url(file))
      expect(plain(cached)).toEqual(none)
    }
    for (const file of [any, scan, photo]) expect((await other.get(url(file))).status).toBe(404)
    const seen = (await reader.get(`${PAPERS}/${id}`)).body
    expect(seen.scan__c).toEqual({ masked: '****' })
    expect(seen).not.toHaveProperty('photo__c')
    // History tells no name of a file in a field that is masked or hidden.
    await clerk.patch(`${PAPERS}/${id}`, { scan__c: null, photo__c: null })
    const history = await reader.get(`${PAPERS}/${id}/history`)
    expect(history.text).not.toMatch(/scan\.pdf|photo\.png/)
    const timeline = await reader.get(`${PAPERS}/${id}/timeline`)
    expect(timeline.text).not.toMatch(/scan\.pdf|photo\.png/)
  })

  it('of a deleted record is as none, and is there again with it', async () => {
    const file = await uploaded(clerk)
    const { id } = (await save({ any__c: file })).body
    await clerk.delete(`${PAPERS}/${id}`)
    for (const caller of [clerk, reader, server.admin]) {
      expect((await caller.get(url(file))).status).toBe(404)
    }
    await clerk.post(`${PAPERS}/${id}/restore`)
    expect((await clerk.get(url(file))).status).toBe(200)
  })

  it('is not reached by what is no id, and not changed by a second upload (Squidex CVE-2026-41177, Payload #15458)', async () => {
    const file = await uploaded(clerk)
    const ids = [
      '..%2f..%2fetc%2fpasswd',
      '%2e%2e',
      `${file}%00`,
      `${file}%2f..`,
      'file:',
      '*',
      '0',
    ]
    for (const id of ids) expect([404, 400]).toContain((await clerk.get(url(id))).status)
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST'] as const) {
      expect((await clerk.send({ method, url: url(file) })).status).toBeGreaterThanOrEqual(404)
    }
    for (const fields of [{ id: file }, { path: '/etc/x' }, { url: 'file:///etc/passwd' }]) {
      expect((await sendForm(clerk, '/api/v1/files', { fields, file: 'evil' })).status).toBe(400)
    }
    expect((await clerk.get(url(file))).text).toBe('hello')
    const paths = ['../../etc/passwd', 'file:///etc/passwd', 'http://127.0.0.1/x', `${file}/..`]
    for (const value of paths) expect((await save({ any__c: value })).status).toBe(422)
  })

  it('takes no value by a formula, a default or a system column (EspoCRM CVE-2026-33656)', async () => {
    const meta = '/api/v1/meta/changesets'
    const set = (await server.admin.post(meta, { label: 'x' })).body.id
    const process = {
      label: 'P',
      object: 'paper__c',
      steps: [{ name: 'one', label: 'One', approvers: [{ by: 'manager' }] }],
      on_approve: { any__c: NOBODY },
    }
    const put = await server.admin.put(`${meta}/${set}/approval_process/p__c`, process)
    expect(JSON.stringify(put.body.problems)).toContain('not_settable')
    await server.admin.delete(`${meta}/${set}`)
    expect((await save({ _file: NOBODY, sha256: 'x' })).status).toBe(422)
  })

  it('needs a session and its token', async () => {
    const file = await uploaded(clerk)
    expect((await server.stranger.get(url(file))).status).toBe(401)
    const { cookie = '' } = clerk.headers
    const bare = await server.stranger
      .with({ cookie, 'content-type': 'multipart/form-data; boundary=x' })
      .send({ method: 'POST', url: '/api/v1/files', payload: '--x--' })
    expect(bare.status).toBe(403)
  })

  it('that nobody saves is bounded for each person', async () => {
    const hoarder = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
    const me = (await hoarder.get('/api/v1/me')).body.user.id
    await server.foundation.db.execute(
      `insert into main._file (id, name, size, type, sha256, uploaded_by, uploaded_at, touched_at)
       select gen_random_uuid(), 'x', 1, 'text/plain', '', $1, now(), now() from generate_series(1, 200)`,
      [me],
    )
    const answer = await upload(hoarder, 'x')
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3600'])
  })
})
