import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine } from '../../server/src/catalog/index.ts'
import { ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

describe('kill -9 while publishing', { timeout: 300_000 }, () => {
  it('leaves nothing behind at any statement, and the publish can simply be done again', async () => {
    const { admin, test, foundation } = server
    const set = (await admin.post('/api/v1/meta/changesets', { label: 'big' })).body.id
    const put = (kind: string, name: string, definition: object) =>
      admin.put(`/api/v1/meta/changesets/${set}/${kind}/${name}`, definition)
    await put('object', 'machine__c', { label: 'Machine' })
    await put('field', 'machine__c.serial__c', { type: 'text', label: 'Serial', unique: true })
    await put('field', 'machine__c.account__c', {
      type: 'lookup',
      label: 'Account',
      target: 'account',
    })
    await put('field', 'account.machines__c', { type: 'number', label: 'Machines' })

    const run = (at: number) =>
      spawnSync(
        process.execPath,
        [join(ROOT_DIR, 'tests/publish/publish-and-die.ts'), test.url, set, String(at)],
        { encoding: 'utf8' },
      )
    let deaths = 0
    for (let at = 1; ; at++) {
      const child = run(at)
      if (child.signal !== 'SIGKILL') {
        expect(child.stderr).toBe('')
        expect(child.status).toBe(0)
        break
      }
      deaths += 1
      expect(await examine(test.database, 'main', foundation.target.fieldTypes)).toEqual([])
      const [newest] = (await admin.get('/api/v1/meta/releases')).body.releases
      expect(newest.release).toBe(1)
    }
    expect(deaths).toBeGreaterThan(15)
    expect(await examine(test.database, 'main', foundation.target.fieldTypes)).toEqual([])
    await expect.poll(() => server.currentModel.release.number, { timeout: 5000 }).toBe(2)
    expect(
      (await admin.post('/api/v1/records/machine__c', { name: 'M1', serial__c: 'S-1' })).status,
    ).toBe(201)
  })
})
