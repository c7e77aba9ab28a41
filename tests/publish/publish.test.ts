import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { canonicalJson } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  CurrentModel,
  examine,
  installPackages,
  layersInForce,
  readPackages,
} from '../../server/src/catalog/index.ts'
import {
  type Answer,
  type Caller,
  publishPieces,
  type Put,
  ROOT_DIR,
  stagePieces,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

let server: TestServer
let admin: Caller

const META = '/api/v1/meta'

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
})
afterAll(async () => {
  expect(await examine(server.test.database, 'main', server.foundation.target.fieldTypes)).toEqual(
    [],
  )
  await server.stop()
})

const openSet = (...puts: Put[]): Promise<string> => stagePieces(admin, puts)

const publish = (...puts: Put[]): Promise<Answer> => publishPieces(admin, puts)

async function plan(...puts: Put[]): Promise<Answer['body']> {
  return (await admin.post(`${META}/changesets/${await openSet(...puts)}/plan`, {})).body
}

const definitionOf = async (kind: string, name: string): Promise<Record<string, unknown>> =>
  (await admin.get(`${META}/${kind}/${name}`)).body.definition

describe('a new field on a table with data', () => {
  it('is in the description, the list, the filter, the form and the API at once, without a restart', async () => {
    const { body: account } = await admin.post('/api/v1/records/account', { name: '有数据的客户' })
    const answer = await publish([
      'field',
      'account.sector__c',
      {
        type: 'picklist',
        label: { 'zh-CN': '板块', 'en-US': 'Sector' },
        values: [{ code: 'retail' }, { code: 'media' }],
      },
    ])
    expect(answer.status).toBe(200)
    const described = (await admin.get(`${META}/objects/account`)).body
    expect(described.fields).toContainEqual(
      expect.objectContaining({ name: 'sector__c', type: 'picklist', label: 'Sector' }),
    )
    expect((await admin.get(`/api/v1/records/account/${account.id}`)).body).toMatchObject({
      sector__c: null,
    })
    expect(
      (await admin.patch(`/api/v1/records/account/${account.id}`, { sector__c: 'media' })).body,
    ).toMatchObject({ sector__c: 'media' })
    const found = await admin.get(
      '/api/v1/records/account?filter[sector__c]=media&select=name,sector__c',
    )
    expect(found.body.records).toEqual([
      expect.objectContaining({ id: account.id, sector__c: 'media' }),
    ])
    const openapi = (await admin.get('/api/v1/openapi.json')).text
    expect(openapi).toContain('sector__c')
  })

  it('reaches another process by itself', async () => {
    const other = new CurrentModel(
      server.test.database,
      'main',
      server.foundation.target.fieldTypes,
    )
    await other.start()
    try {
      const { body } = await publish([
        'field',
        'account.seen_elsewhere__c',
        { type: 'text', label: 'Seen' },
      ])
      await expect.poll(() => other.release.number, { timeout: 5000 }).toBe(body.release)
      expect(other.release.model.objects.get('account')?.fields.has('seen_elsewhere__c')).toBe(true)
    } finally {
      await other.stop()
    }
  })
})

describe('a plan', () => {
  it('tells each step with its SQL, lock and class, and changes nothing', async () => {
    const before = (await admin.get(`${META}/releases`)).body.releases[0].release
    const body = await plan(
      ['object', 'project__c', { label: 'Project', icon: 'folder' }],
      ['field', 'project__c.budget__c', { type: 'currency', label: 'Budget' }],
      [
        'field',
        'project__c.account__c',
        {
          type: 'lookup',
          label: 'Account',
          target: 'account',
          relationship: { name: 'projects__c', label: 'Projects' },
        },
      ],
    )
    expect(body.publishable).toBe(true)
    expect(body.steps.map((step: { kind: string }) => step.kind)).toEqual(
      expect.arrayContaining(['create_table', 'add_foreign_key', 'create_index']),
    )
    expect(body.steps[0].sql[0]).toContain('"budget__c" numeric(15,2)')
    for (const step of body.steps) {
      expect(Object.keys(step)).toEqual(
        expect.arrayContaining([
          'kind',
          'object',
          'title',
          'sql',
          'lock',
          'class',
          'rows',
          'reversible',
          'undo',
        ]),
      )
    }
    expect((await admin.get(`${META}/releases`)).body.releases[0].release).toBe(before)
    expect((await admin.get('/api/v1/records/project__c')).status).toBe(404)
  })

  it('finds what live data has against it, with counts and samples', async () => {
    for (let n = 0; n < 2; n++) {
      await admin.post('/api/v1/records/account?allow_duplicates=true', { name: '同名' })
    }
    const object = await definitionOf('object', 'account')
    const website = await definitionOf('field', 'account.website')
    const status = await definitionOf('field', 'account.status')
    const values = (status['values'] as { code: string }[]).filter(
      (value) => value.code !== 'prospect',
    )
    const body = await plan(
      ['object', 'account', { ...object, name_field: { type: 'text', unique: true } }],
      ['field', 'account.website', { ...website, required: true }],
      ['field', 'account.status', { ...status, values, default: values[0]?.code }],
      [
        'validation_rule',
        'account.needs_phone',
        { error_if: { is_blank: [{ var: 'phone' }] }, message: 'Phone', existing: 'block' },
      ],
    )
    expect(body.problems.filter((one: { severity: string }) => one.severity === 'error')).toEqual(
      [],
    )
    expect(body.publishable).toBe(false)
    const findings = new Map<string, { count: number; samples?: unknown[]; severity: string }>(
      body.findings.map((one: { code: string }) => [one.code, one]),
    )
    expect([...findings.keys()]).toEqual(
      expect.arrayContaining([
        'duplicate_values',
        'empty_values',
        'value_in_use',
        'rows_break_rule',
      ]),
    )
    expect(findings.get('duplicate_values')).toMatchObject({ count: 2, severity: 'error' })
    expect(findings.get('empty_values')?.samples?.length).toBeGreaterThan(0)
    expect(findings.get('rows_break_rule')).toMatchObject({ severity: 'error' })
  })

  it('refuses to publish what live data stands against, and nothing is half done', async () => {
    const website = await definitionOf('field', 'account.website')
    const answer = await publish(
      ['field', 'account.website', { ...website, required: true }],
      ['field', 'account.half__c', { type: 'text', label: 'Half' }],
    )
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0]).toMatchObject({
      code: 'empty_values',
      path: 'field account.website',
    })
    expect((await admin.get(`${META}/objects/account`)).text).not.toContain('half__c')
  })
})

describe('one check for files, API and studio', () => {
  it('reports every problem at once, each with its place, and publishes nothing', async () => {
    const long = `x${'y'.repeat(70)}__c`
    const set = await openSet(
      ['field', 'account.bad__c', { tpye: 'text', type: 'text', label: 'Bad' }],
      ['field', 'account.lost__c', { type: 'lookup', label: 'Lost', target: 'acount' }],
      [
        'field',
        'account.a__c',
        { type: 'number', label: 'A', derive: { '+': [{ var: 'b__c' }, 1] } },
      ],
      [
        'field',
        'account.b__c',
        { type: 'number', label: 'B', derive: { '+': [{ var: 'a__c' }, 1] } },
      ],
      ['field', `account.${long}`, { type: 'text', label: 'Long' }],
      ['field', 'account.plain', { type: 'text', label: 'Plain' }],
      [
        'validation_rule',
        'account.nothing',
        { error_if: { '>': [{ var: 'nothing_here' }, 5] }, message: 'No' },
      ],
      ['list_view', 'account.gone', { label: 'Gone', columns: ['name', 'not_there'] }],
    )
    const answer = await admin.post(`${META}/changesets/${set}/publish`, {})
    expect(answer.status).toBe(422)
    const codes = (await admin.get(`${META}/changesets/${set}`)).body.problems.map(
      (one: { code: string; name: string }) => `${one.code} ${one.name}`,
    )
    expect(codes).toEqual(
      expect.arrayContaining([
        'unknown_key account.bad__c',
        'unknown_object account.lost__c',
        `name_too_long account.${long}`,
        'customer_name account.plain',
        'unknown_field account.nothing',
        'unknown_field account.gone',
      ]),
    )
    expect(codes.some((code: string) => code.startsWith('circular'))).toBe(true)
    const problems = (await admin.get(`${META}/changesets/${set}`)).body.problems
    expect(problems.find((one: { code: string }) => one.code === 'unknown_object')).toMatchObject({
      suggestion: 'account',
      path: 'target',
    })
    expect((await admin.get(`${META}/objects/account`)).text).not.toContain('lost__c')
  })

  it('refuses to remove what is used, and names the users', async () => {
    const uses = (await admin.get(`${META}/where-used/field/account.level`)).body.uses
    expect(uses.length).toBeGreaterThan(1)
    const set = (await admin.post(`${META}/changesets`, {})).body.id
    await admin.delete(`${META}/changesets/${set}/field/account.level`)
    const answer = await admin.post(`${META}/changesets/${set}/publish`, {})
    expect(answer.status).toBe(422)
    expect(answer.body.errors.length).toBe(uses.length)
  })
})

describe('two publishers', () => {
  it('lets one win and answers 409 to the other where both touch the same component', async () => {
    const [first, second] = await Promise.all([
      openSet(['field', 'account.race__c', { type: 'text', label: 'One' }]),
      openSet(['field', 'account.race__c', { type: 'text', label: 'Two' }]),
    ])
    const answers = await Promise.all(
      [first, second].map((set) => admin.post(`${META}/changesets/${set}/publish`, {})),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409])
    const loser = answers.find((answer) => answer.status === 409)
    expect(loser?.body).toMatchObject({
      code: 'stale_release',
      errors: [{ path: 'field account.race__c' }],
    })
  })

  it('lets both publish where nothing overlaps', async () => {
    const sets = await Promise.all(
      ['left__c', 'right__c'].map((name) =>
        openSet(['field', `account.${name}`, { type: 'text', label: name }]),
      ),
    )
    const answers = await Promise.all(
      sets.map((set) => admin.post(`${META}/changesets/${set}/publish`, {})),
    )
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    const { fields } = (await admin.get(`${META}/objects/account`)).body
    expect(fields.map((field: { name: string }) => field.name)).toEqual(
      expect.arrayContaining(['left__c', 'right__c']),
    )
  })

  it('publishes a change set once, however often it is asked at the same time', async () => {
    const set = await openSet(['field', 'account.once__c', { type: 'text', label: 'Once' }])
    const answers = await Promise.all(
      [1, 2, 3].map(() => admin.post(`${META}/changesets/${set}/publish`, {})),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409, 409])
  })
})

describe('a customer’s change to a packaged component', () => {
  it('is a patch: the package stays untouched, comes again, and the patch still holds', async () => {
    const account = await definitionOf('field', 'opportunity.account')
    const { required: _required, ...optional } = account
    expect(
      (await publish(['field', 'opportunity.account', { ...optional, on_delete: 'set_null' }]))
        .body,
    ).toMatchObject({ release: expect.any(Number) })
    expect(
      (
        await admin.post('/api/v1/records/opportunity', {
          name: 'Without account',
          close_date: '2099-01-01',
        })
      ).status,
    ).toBe(201)
    const layers = await layersInForce(server.test.database, 'main')
    expect(layers.packaged.find((one) => one.name === 'opportunity.account')?.definition).toEqual(
      account,
    )
    expect(layers.patches.map((patch) => patch.path)).toContain('required')

    const packages = await readPackages(
      ['platform', 'crm'].map((app) => ({ app, folder: `${ROOT_DIR}/metadata/${app}` })),
    )
    const again = await installPackages(server.foundation.target, packages, {
      by: null,
      now: new Date(),
      label: 'again',
    })
    expect(again.changes).toEqual([])
    expect(
      (await admin.get(`${META}/objects/opportunity`)).body.fields.find(
        (field: { name: string }) => field.name === 'account',
      ).required,
    ).toBe(false)
  })
})

describe('rolling back', () => {
  it('brings an older release back as a new one, with the data of a field that was removed', async () => {
    const added = (await publish(['field', 'account.memo__c', { type: 'text', label: 'Memo' }]))
      .body.release
    const { body: record } = await admin.post('/api/v1/records/account', {
      name: 'With memo',
      memo__c: 'kept',
    })
    const set = (await admin.post(`${META}/changesets`, {})).body.id
    await admin.delete(`${META}/changesets/${set}/field/account.memo__c`)
    const removal = await admin.post(`${META}/changesets/${set}/plan`, {})
    expect(removal.body.findings).toContainEqual(
      expect.objectContaining({ code: 'data_hidden', count: 1 }),
    )
    expect((await admin.post(`${META}/changesets/${set}/publish`, {})).status).toBe(200)
    expect((await admin.get(`/api/v1/records/account/${record.id}`)).body).not.toHaveProperty(
      'memo__c',
    )

    const back = await admin.post(`${META}/releases/${added}/rollback`, {})
    expect(back.status).toBe(200)
    expect((await admin.get(`/api/v1/records/account/${record.id}`)).body).toMatchObject({
      memo__c: 'kept',
    })
    const [newest] = (await admin.get(`${META}/releases`)).body.releases
    expect(newest).toMatchObject({ release: back.body.release, rolled_back_to: added })
  })

  it('does not hand the data of a removed field to a new field of the same name', async () => {
    await publish(['field', 'account.secret__c', { type: 'text', label: 'Old' }])
    const { body: record } = await admin.post('/api/v1/records/account', {
      name: 'Secret',
      secret__c: 'old value',
    })
    const set = (await admin.post(`${META}/changesets`, {})).body.id
    await admin.delete(`${META}/changesets/${set}/field/account.secret__c`)
    await admin.post(`${META}/changesets/${set}/publish`, {})
    expect(
      (await publish(['field', 'account.secret__c', { type: 'text', label: 'New' }])).status,
    ).toBe(200)
    expect((await admin.get(`/api/v1/records/account/${record.id}`)).body).toMatchObject({
      secret__c: null,
    })
  })

  it('answers 404 for a release that is not older', async () => {
    expect((await admin.post(`${META}/releases/99999/rollback`, {})).status).toBe(404)
  })
})

describe('a field of another type on a table that is small', () => {
  it('takes the values along in one transaction, and goes back to what they were', async () => {
    await publish(['field', 'account.staff__c', { type: 'text', label: 'Staff' }])
    const made = await Promise.all(
      ['1,200', '￥35', ' 7 '].map((staff__c, n) =>
        admin.post('/api/v1/records/account?allow_duplicates=true', {
          name: `职员 ${n}`,
          staff__c,
        }),
      ),
    )
    const number = { type: 'number', label: 'Staff' }
    const { status, body } = await publish(['field', 'account.staff__c', number])
    expect(status).toBe(200)
    const read = async (): Promise<unknown[]> =>
      Promise.all(
        made.map(
          async (one) => (await admin.get(`/api/v1/records/account/${one.body.id}`)).body.staff__c,
        ),
      )
    expect(await read()).toEqual([1200, 35, 7])
    await admin.patch(`/api/v1/records/account/${made[2]?.body.id}`, { staff__c: 8 })
    const back = await admin.post(`${META}/releases/${body.release - 1}/rollback`, {})
    expect(back.status).toBe(200)
    expect(await read()).toEqual(['1,200', '￥35', '8'])
    expect(await publish(['field', 'account.staff__c', number])).toMatchObject({ status: 200 })
    expect(await read()).toEqual([1200, 35, 8])
  })

  it('is refused between types whose values have nothing in common', async () => {
    const answer = await publish(['field', 'account.staff__c', { type: 'date', label: 'Staff' }])
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('type_change')
  })
})

describe('a picklist value that goes', () => {
  it('leaves the one that takes its place on every record', async () => {
    const values = (...codes: string[]): object => ({
      type: 'picklist',
      label: 'Grade',
      values: codes.map((code) => ({ code })),
    })
    await publish(['field', 'account.grade__c', values('gold', 'silver', 'tin')])
    const { body: record } = await admin.post('/api/v1/records/account', {
      name: '锡级客户',
      grade__c: 'tin',
    })
    const wrong = { ...values('gold', 'silver'), replaced_values: { tin: 'iron' } }
    expect((await publish(['field', 'account.grade__c', wrong])).status).toBe(422)
    const right = { ...values('gold', 'silver'), replaced_values: { tin: 'silver' } }
    expect((await publish(['field', 'account.grade__c', right])).status).toBe(200)
    const read = (await admin.get(`/api/v1/records/account/${record.id}`)).body
    expect(read).toMatchObject({ grade__c: 'silver', version: record.version + 1 })
  })
})

describe('a package with faults', () => {
  it('is refused with every problem at its file, and nothing changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trellis-package-'))
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    write('app.json', '{"label": "Faulty", "version": "1.0.0"}')
    write('objects/gadget/object.json', '{"label": "Gadget", "highlites": ["size"]}')
    write(
      'objects/gadget/fields/size.json',
      '{"type": "lookup", "label": "Size", "target": "nothing"}',
    )
    write('objects/gadget/fields/half.json', '{"type": "text", ')
    write('objects/gadget/oddments/x.json', '{}')
    try {
      const before = (await admin.get(`${META}/releases`)).body.releases[0].release
      const packages = await readPackages([{ app: 'faulty', folder }])
      const order = { by: null, now: new Date(), label: 'faulty' }
      const refusal = await installPackages(server.foundation.target, packages, order).catch(
        (error: unknown) => error,
      )
      expect(refusal).toMatchObject({ code: 'invalid_metadata' })
      const { failures } = (refusal as { details: { failures: { path: string; code: string }[] } })
        .details
      expect(failures.map((one) => `${one.path} ${one.code}`)).toEqual(
        expect.arrayContaining([
          'objects/gadget/object.json: highlites unknown_key',
          'objects/gadget/fields/half.json not_json',
          'objects/gadget/oddments/x.json unknown_file',
        ]),
      )
      expect((await admin.get(`${META}/releases`)).body.releases[0].release).toBe(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('what a release says', () => {
  it('is the same to whoever has followed it as to whoever reads it anew', async () => {
    const website = await definitionOf('field', 'account.website')
    const added = await publish(['field', 'account.followed__c', { type: 'text', label: 'F' }])
    await publish(
      ['field', 'account.followed__c', null],
      ['field', 'account.website', { ...website, help: 'Where they are' }],
    )
    await publish(['field', 'account.followed_too__c', { type: 'text', label: 'Too' }])
    const back = await admin.post(`${META}/releases/${added.body.release}/rollback`, {})
    expect(back.status, back.text).toBe(200)

    const { packaged, own, patches } = await layersInForce(server.test.database, 'main')
    const stored = (table: string, columns: string): Promise<object[]> =>
      server.test.database.query(`select ${columns} from main.${table} where until is null`)
    const inOrder = (rows: readonly object[]): string[] =>
      rows.map((row) => canonicalJson(row)).toSorted()
    expect(inOrder([...packaged, ...own.map((one) => ({ ...one, layer: 'customer' }))])).toEqual(
      inOrder(await stored('_component', 'layer, kind, name, definition')),
    )
    expect(inOrder(patches.map((one) => ({ ...one, value: one.value ?? null })))).toEqual(
      inOrder(await stored('_patch', 'kind, name, path, value, base')),
    )
    expect(own.map(({ name }) => name)).toContain('account.followed__c')
  })
})

describe('export', () => {
  it('hands everything in force out as a zip', async () => {
    const answer = await admin.get(`${META}/package`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/zip'])
    expect(answer.text.slice(0, 2)).toBe('PK')
    expect(answer.text).toContain('objects/account/fields/level.json')
  })
})

describe('rights', () => {
  it('lets only those customize who may', async () => {
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    const answers = [
      await rep.get(`${META}/field`),
      await rep.post(`${META}/changesets`, {}),
      await rep.post(`${META}/releases/1/rollback`, {}),
      await rep.get(`${META}/releases`),
    ]
    expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403])
  })
})
