import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'

import { installPackages, type PackageFiles, readPackage } from '../../server/src/catalog/index.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { sendForm } from '../support/upload.ts'

const META = '/api/v1/meta'
const PACKAGE = `${META}/package`

type Edit = [kind: string, name: string, definition?: object]

async function openSet(by: Caller, ...edits: Edit[]): Promise<string> {
  const set = (await by.post(`${META}/changesets`, { label: 'x' })).body.id
  for (const [kind, name, definition] of edits) {
    const path = `${META}/changesets/${set}/${kind}/${name}`
    const answer = await (definition ? by.put(path, definition) : by.delete(path))
    expect(answer.status, answer.text).toBeLessThan(300)
  }
  return set
}

async function publish(by: Caller, set: string): Promise<Answer> {
  const answer = await by.post(`${META}/changesets/${set}/publish`, {})
  expect(answer.status, answer.text).toBe(200)
  return answer
}

const definitionOf = async (by: Caller, kind: string, name: string): Promise<Answer['body']> =>
  (await by.get(`${META}/${kind}/${name}`)).body

const upload = (by: Caller, file: Buffer, fields: object = {}): Promise<Answer> =>
  sendForm(by, PACKAGE, {
    file: new Uint8Array(file),
    fileName: 'sales.zip',
    fields: { ...fields },
  })

async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), path)
  zip.end()
  const parts: Buffer[] = []
  for await (const part of zip.outputStream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

describe('a package of one environment in another', () => {
  let test: TestServer
  let production: TestServer

  beforeAll(async () => {
    ;[test, production] = await Promise.all([startTestServer(), startTestServer()])
    const { definition } = await definitionOf(test.admin, 'field', 'account.industry')
    await publish(
      test.admin,
      await openSet(
        test.admin,
        ['object', 'visit__c', { label: { 'zh-CN': '拜访“😀”', 'en-US': 'Visit' } }],
        ['field', 'visit__c.day__c', { type: 'date', label: 'Day' }],
        ['field', 'account.industry', { ...definition, help: 'What they make' }],
        ['list_view', 'lead.all'],
      ),
    )
    await publish(
      production.admin,
      await openSet(production.admin, ['object', 'old__c', { label: 'Old' }]),
    )
  }, 120_000)
  afterAll(async () => {
    await Promise.all([test.stop(), production.stop()])
  })

  it('becomes a change set with a plan of its own, and in the end the same', async () => {
    const exported = await test.admin.get(PACKAGE)
    expect(exported.headers['content-type']).toBe('application/zip')
    const before = await production.admin.get(PACKAGE)
    expect(before.headers['etag']).not.toBe(exported.headers['etag'])
    const made = await upload(production.admin, exported.bytes, { others: 'remove', label: 'Go' })
    expect(made.status, made.text).toBe(201)
    const { id, label, items, problems } = made.body
    expect(made.headers['location']).toBe(`${META}/changesets/${id}`)
    expect([label, problems]).toEqual(['Go', []])
    const edits = items.map((one: { op: string; kind: string; name: string }) =>
      [one.op, one.kind, one.name].join(' '),
    )
    expect(edits).toEqual([
      'put field account.industry',
      'put field visit__c.day__c',
      'delete list_view lead.all',
      'delete object old__c',
      'put object visit__c',
    ])
    expect((await production.admin.get(PACKAGE)).headers['etag']).toBe(before.headers['etag'])
    const plan = await production.admin.post(`${META}/changesets/${id}/plan`, {})
    expect(plan.body).toMatchObject({ publishable: true })
    await publish(production.admin, id)
    const after = await production.admin.get(PACKAGE)
    expect(after.headers['etag']).toBe(exported.headers['etag'])
    expect(after.bytes.equals(exported.bytes)).toBe(true)
    const again = await upload(production.admin, exported.bytes, { others: 'remove' })
    expect(again.body.items).toEqual([])
  })

  it('keeps what the package does not have, if nobody says otherwise', async () => {
    const files = { 'objects/room__c/object.json': '{"label": "Room"}' }
    const { body } = await upload(production.admin, await zipOf(files))
    expect(body).toMatchObject({ label: 'sales.zip', items: [{ op: 'put', name: 'room__c' }] })
    expect(body.items).toHaveLength(1)
  })

  it('is refused file by file where a file is no component', async () => {
    const files = {
      'objects/room__c/object.json': '{"label": ',
      'objects/room__c/feelds/size__c.json': '{}',
      'outside.json': '{}',
      'README.md': 'beside',
      'demo/rows.json': '[]',
    }
    const answer = await upload(production.admin, await zipOf(files))
    expect(answer.status).toBe(422)
    const told = answer.body.errors.map((one: { path: string; code: string }) => [
      one.path,
      one.code,
    ])
    expect(told).toEqual([
      ['objects/room__c/object.json', 'not_json'],
      ['objects/room__c/feelds/size__c.json', 'unknown_file'],
      ['outside.json', 'unknown_file'],
    ])
  })

  it.each([
    ['no zip at all', Buffer.from('PK but no zip')],
    ['an empty file', Buffer.alloc(0)],
  ])('is refused if it is %s', async (_what, bytes) => {
    const answer = await upload(production.admin, bytes)
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed'])
  })

  it('is refused if it is cut off, or unpacks to too much', async () => {
    const whole = (await test.admin.get(PACKAGE)).bytes
    const cut = await upload(production.admin, whole.subarray(0, whole.length / 2))
    expect(cut.status).toBe(400)
    const bomb = await zipOf({ 'objects/bomb__c/object.json': Buffer.alloc(110_000_000, ' ') })
    expect(bomb.length).toBeLessThan(1_000_000)
    expect((await upload(production.admin, bomb)).status).toBe(413)
    const sets = await production.admin.get(`${META}/changesets`)
    expect(sets.text).not.toContain('bomb')
  })

  it('is for those who customize, and says which words it takes', async () => {
    const rep = await production.signIn(await production.createUser({ sets: ['sales_rep'] }))
    const bytes = await zipOf({ 'objects/room__c/object.json': '{"label": "Room"}' })
    expect((await upload(rep, bytes)).status).toBe(403)
    const wrong = await upload(production.admin, bytes, { others: 'burn', label: ' ' })
    expect(wrong.status).toBe(400)
    expect(wrong.body.errors.map((one: { path: string }) => one.path)).toEqual(['others', 'label'])
    expect((await upload(production.admin, bytes, { colour: 'x' })).status).toBe(400)
    expect((await production.admin.post(PACKAGE, {})).status).toBe(415)
  })
})

describe('a new version of a package', () => {
  let server: TestServer
  let shipped: PackageFiles

  beforeAll(async () => {
    server = await startTestServer()
    shipped = await readPackage(join(ROOT_DIR, 'metadata/crm'), 'crm')
    const industry = await definitionOf(server.admin, 'field', 'account.industry')
    const level = await definitionOf(server.admin, 'field', 'account.level')
    await publish(
      server.admin,
      await openSet(
        server.admin,
        ['field', 'account.industry', { ...industry.definition, help: 'Mine', index: false }],
        ['field', 'account.level', { ...level.definition, help: 'Level of mine' }],
      ),
    )
  }, 120_000)
  afterAll(() => server.stop())

  async function upgrade(changes: Readonly<Record<string, object | null>>): Promise<string[]> {
    const components = shipped.components.flatMap((one) => {
      const change = changes[`${one.kind} ${one.name}`]
      if (change === null) return []
      return [{ ...one, definition: { ...(one.definition as object), ...change } }]
    })
    const { conflicts } = await installPackages(
      server.foundation.target,
      [{ ...shipped, components }],
      { by: null, now: new Date(), label: 'Version 2' },
    )
    await server.currentModel.refresh()
    return conflicts.map(({ kind, name, path }) => `${kind} ${name} ${path}`)
  }

  it('takes what only the vendor changed, keeps what only the customer changed, tells what both did', async () => {
    const told = await upgrade({
      'field account.industry': { help: 'Theirs', description: 'New' },
      'field account.address': { help: 'Only theirs' },
    })
    expect(told).toEqual(['field account.industry help'])
    const industry = await definitionOf(server.admin, 'field', 'account.industry')
    expect(industry.definition).toMatchObject({ help: 'Mine', description: 'New', index: false })
    expect(industry.patches).toContainEqual({ path: 'help', vendor: 'Theirs', mine: 'Mine' })
    const level = await definitionOf(server.admin, 'field', 'account.level')
    expect(level.definition.help).toBe('Level of mine')
    const address = await definitionOf(server.admin, 'field', 'account.address')
    expect(address.definition.help).toBe('Only theirs')
    const { body } = await server.admin.get(`${META}/conflicts`)
    expect(body.conflicts).toMatchObject([
      { kind: 'field', name: 'account.industry', path: 'help', theirs: 'Theirs', mine: 'Mine' },
    ])
    expect(await upgrade({ 'field account.industry': { help: 'Mine' } })).toEqual([])
    await upgrade({ 'field account.industry': { help: 'Theirs' } })
  })

  const settle = async (choices: object): Promise<Answer> => {
    const set = await openSet(server.admin)
    const path = `${META}/changesets/${set}/settle/field/account.industry`
    const answer = await server.admin.post(path, { choices })
    if (answer.status === 200) await publish(server.admin, set)
    return answer
  }

  it('has nothing to decide about what is not there', async () => {
    const set = await openSet(server.admin)
    for (const name of ['field/account.nowhere', 'nothing/x']) {
      const path = `${META}/changesets/${set}/settle/${name}`
      const answer = await server.admin.post(path, { choices: {} })
      expect(answer.status, answer.text).toBe(404)
    }
    expect((await server.admin.get(`${META}/changesets/${set}`)).body.items).toEqual([])
    const nobody = `${META}/changesets/nobody/settle/field/account.industry`
    expect((await server.admin.post(nobody, { choices: { help: 'mine' } })).status).toBe(404)
  })

  it('is decided on top of what the change set makes of the component', async () => {
    const { definition } = await definitionOf(server.admin, 'field', 'account.industry')
    const label = { 'zh-CN': '所属行业', 'en-US': 'Line of business' }
    const set = await openSet(server.admin, ['field', 'account.industry', { ...definition, label }])
    const path = `${META}/changesets/${set}/settle/field/account.industry`
    const { body } = await server.admin.post(path, { choices: { help: 'theirs' } })
    expect(body.definition).toMatchObject({ label, help: 'Theirs' })
    await server.admin.delete(`${META}/changesets/${set}`)
  })

  it('leaves the decision to people, property by property', async () => {
    const open = await settle({})
    expect(open.body.errors).toMatchObject([{ path: 'choices.help', code: 'required' }])
    const other = await settle({ help: 'mine', index: 'theirs' })
    expect(other.body.errors).toMatchObject([{ path: 'choices.index', code: 'unknown' }])
    expect((await settle({ help: 'mine' })).status).toBe(200)
    expect((await server.admin.get(`${META}/conflicts`)).body.conflicts).toEqual([])
    const kept = await definitionOf(server.admin, 'field', 'account.industry')
    expect(kept.definition.help).toBe('Mine')
    await upgrade({ 'field account.industry': { help: 'Once more' } })
    expect((await settle({ help: 'theirs' })).status).toBe(200)
    const taken = await definitionOf(server.admin, 'field', 'account.industry')
    expect(taken.definition).toMatchObject({ help: 'Once more', index: false })
  })

  it('goes back to what the vendor says', async () => {
    const set = await openSet(server.admin)
    const path = `${META}/changesets/${set}/field/account.industry?reset=true`
    expect((await server.admin.delete(path)).status).toBe(200)
    await publish(server.admin, set)
    const industry = await definitionOf(server.admin, 'field', 'account.industry')
    expect(industry.patches).toEqual([])
    expect(industry.definition.help).toBe('Once more')
    const own = await openSet(server.admin, [
      'field',
      'account.own__c',
      { type: 'date', label: 'x' },
    ])
    const reset = `${META}/changesets/${own}/field/account.own__c?reset=true`
    expect((await server.admin.delete(reset)).status).toBe(409)
  })

  it('that takes a component away which the customer has changed says so', async () => {
    const file = join(ROOT_DIR, 'metadata/crm/objects/task/list-views/overdue.json')
    const definition = JSON.parse(await readFile(file, 'utf8')) as object
    await publish(
      server.admin,
      await openSet(server.admin, ['list_view', 'task.overdue', { ...definition, label: 'Late' }]),
    )
    expect(await upgrade({ 'list_view task.overdue': null })).toEqual([
      'list_view task.overdue label',
    ])
    const { conflicts } = (await server.admin.get(`${META}/conflicts`)).body
    expect(conflicts).toMatchObject([{ gone: true, theirs: null, mine: 'Late' }])
  })
})
