import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** One part of a form, with its headers. */
function part(disposition: string, text: string, type?: string): string {
  const typeLine = type === undefined ? '' : `\r\nContent-Type: ${type}`
  return `--edge\r\nContent-Disposition: form-data; ${disposition}${typeLine}\r\n\r\n${text}\r\n`
}

const FILE = part('name="file"; filename="rows.csv"', 'Who\n形状有限公司\n', 'text/csv')
const OBJECT = part('name="object"', 'account')
const END = '--edge--\r\n'

function send(...parts: readonly string[]): Promise<Answer> {
  return server.admin.send({
    method: 'POST',
    url: '/api/v1/imports',
    payload: Buffer.from(parts.join('')),
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  })
}

describe('a part of a form', () => {
  it('that is sent as JSON is taken like one that is sent as text', async () => {
    const mapping = JSON.stringify({ Who: 'name' })
    for (const type of [undefined, 'text/plain', 'application/json']) {
      const answer = await send(OBJECT, part('name="mapping"', mapping, type), FILE, END)
      expect([type, answer.status, answer.text]).toEqual([type, 202, expect.anything()])
    }
    const flag = part('name="dry_run"', 'true', 'application/json')
    const dryRun = await send(OBJECT, part('name="mapping"', mapping), flag, FILE, END)
    expect(dryRun.body).toMatchObject({ dry_run: true })
  })

  it.each([
    ['says it is JSON and is not', [OBJECT, part('name="mapping"', '{', 'application/json'), FILE]],
    ['is JSON with __proto__', [part('name="mapping"', '{"__proto__":1}', 'application/json')]],
    ['has the name of a property of all objects', [part('name="constructor"', 'x'), FILE]],
    ['has no name', [OBJECT, part('filename="x"', 'x')]],
  ])('that %s is refused', async (_what, parts) => {
    const answer = await send(...parts, END)
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed'])
  })

  it.each([
    ['in the middle of a field', [OBJECT, '--edge\r\nContent-Disposition: form-data; name="mode"']],
    ['in the middle of the file', [OBJECT, FILE.slice(0, -10)]],
    ['before its last line', [OBJECT, FILE]],
    ['before it begins', []],
  ])('is not waited for when the form ends %s', async (_what, parts) => {
    const answer = await send(...parts)
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed'])
  })
})
