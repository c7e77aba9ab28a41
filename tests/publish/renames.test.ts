import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine, installPackages, readPackage } from '../../server/src/catalog/index.ts'
import {
  type Answer,
  type Caller,
  type Put,
  ROOT_DIR,
  runCrm,
  stagePieces,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

let server: TestServer
let admin: Caller

const META = '/api/v1/meta'
const RECORDS = '/api/v1/records'

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  expect((await publish(...WORLD)).status).toBe(200)
})
afterAll(async () => {
  await expectNoDrift()
  await server.stop()
})

async function expectNoDrift(): Promise<void> {
  const { database } = server.test
  expect(await examine(database, 'main', server.foundation.target.fieldTypes)).toEqual([])
}

const openSet = (...puts: Put[]): Promise<string> => stagePieces(admin, puts)

const publishSet = async (set: string): Promise<Answer> =>
  admin.post(`${META}/changesets/${set}/publish`, {})

async function publish(...puts: Put[]): Promise<Answer> {
  const answer = await publishSet(await openSet(...puts))
  if (answer.status !== 200) expect(answer.body).toEqual({})
  return answer
}

async function rename(kind: string, name: string, to: string): Promise<string> {
  const set = await openSet()
  const answer = await admin.post(`${META}/changesets/${set}/rename/${kind}/${name}`, { to })
  expect(answer.body.problems).toEqual([])
  return set
}

const definitionOf = async (kind: string, name: string): Promise<Record<string, unknown>> =>
  (await admin.get(`${META}/${kind}/${name}`)).body.definition

const v = (name: string): object => ({ var: name })

/** Sites with visits: every kind of component speaks of their fields. */
const WORLD: Put[] = [
  ['object', 'site__c', { label: 'Site', icon: 'map', highlights: ['size__c'] }],
  ['field', 'site__c.size__c', { type: 'number', label: 'Size', scale: 1, index: true }],
  [
    'field',
    'site__c.level__c',
    { type: 'picklist', label: 'Level', values: [{ code: 'a' }, { code: 'b' }], history: true },
  ],
  ['field', 'site__c.code__c', { type: 'text', label: 'Code', unique: true }],
  [
    'field',
    'site__c.account__c',
    {
      type: 'lookup',
      label: 'Account',
      target: 'account',
      relationship: { name: 'sites__c', label: 'Sites' },
    },
  ],
  ['object', 'visit__c', { label: 'Visit', icon: 'footprints' }],
  [
    'field',
    'visit__c.site__c',
    {
      type: 'master_detail',
      label: 'Site',
      target: 'site__c',
      relationship: { name: 'visits__c', label: 'Visits' },
    },
  ],
  ['field', 'visit__c.hours__c', { type: 'number', label: 'Hours', scale: 1 }],
  [
    'field',
    'visit__c.effort__c',
    {
      type: 'formula',
      label: 'Effort',
      result: 'number',
      scale: 2,
      formula: 'hours__c * site__c.size__c /* per size__c */',
    },
  ],
  [
    'field',
    'site__c.total__c',
    {
      type: 'roll_up',
      label: 'Total',
      via: 'visits__c',
      fn: 'sum',
      field: 'hours__c',
      where: { '>': [v('hours__c'), 0] },
    },
  ],
  [
    'field',
    'site__c.twice__c',
    {
      type: 'formula',
      label: 'Twice',
      result: 'number',
      stored: true,
      formula: 'IF(ISBLANK(Size__c), 0, size__c + size__c)',
    },
  ],
  [
    'validation_rule',
    'site__c.size_positive__c',
    { error_if: { '<': [v('size__c'), 0] }, at: ['size__c'], message: 'Size must not be negative' },
  ],
  [
    'list_view',
    'site__c.big__c',
    {
      label: 'Big',
      where: { '>': [v('size__c'), 10] },
      columns: ['name', 'size__c', 'level__c'],
      sort: [{ field: 'size__c', direction: 'desc' }],
    },
  ],
  ['list_view', 'visit__c.by_size__c', { label: 'By size', columns: ['name', 'site__c.size__c'] }],
  [
    'page_layout',
    'site__c.main__c',
    { sections: [{ name: 'main', fields: [{ field: 'name' }, { field: 'size__c' }] }] },
  ],
  [
    'record_page',
    'site__c.main__c',
    {
      highlights: ['size__c'],
      facts: [
        {
          name: 'hours',
          label: 'Hours',
          relationship: 'visits__c',
          measure: { fn: 'sum', field: 'hours__c' },
        },
      ],
      tabs: [
        {
          name: 'visits',
          components: [
            {
              type: 'related_list',
              relationship: 'visits__c',
              columns: ['name', 'hours__c', 'site__c.size__c'],
            },
          ],
        },
      ],
    },
  ],
  [
    'duplicate_rule',
    'site__c.same_size__c',
    {
      match: [{ field: 'size__c', method: 'exact' }],
      on_create: 'warn',
      message: 'There is one of this size',
    },
  ],
  [
    'permission_set',
    'site_clerk__c',
    {
      label: 'Clerk',
      objects: { site__c: { read: true, read_scope: 'all', fields: { size__c: 'none' } } },
    },
  ],
  [
    'approval_process',
    'site_size__c',
    {
      label: 'Size',
      object: 'site__c',
      entry: { '>': [v('size__c'), 100] },
      steps: [
        {
          name: 'first',
          label: 'First',
          criteria: { '>': [v('size__c'), 1] },
          approvers: [{ by: 'field', field: 'owner' }],
          if_submitter: 'keep',
        },
      ],
      on_approve: { size__c: { '+': [v('size__c'), 1] } },
    },
  ],
  [
    'template',
    'site_print__c',
    {
      label: 'Print',
      object: 'site__c',
      type: 'print',
      related: [{ relationship: 'visits__c', fields: ['hours__c'] }],
      body: '<p>{{label "size__c"}} {{number size__c 1}}</p>{{#each visits__c}}{{hours__c}}/{{../size__c}}{{/each}} size__c',
    },
  ],
  [
    'dashboard',
    'sites__c',
    {
      label: 'Sites',
      tiles: [
        {
          name: 'sizes',
          label: 'Sizes',
          type: 'bar',
          object: 'site__c',
          group_by: [{ field: 'level__c' }],
          measure: { fn: 'sum', field: 'size__c' },
        },
      ],
    },
  ],
]

describe('renaming a field', () => {
  let site: string
  let release: number

  it('is told as renamed, touches no table, and rewrites whatever names it', async () => {
    site = (await admin.post(`${RECORDS}/site__c`, { name: 'North', size__c: 12.5 })).body.id
    await admin.patch(`${RECORDS}/site__c/${site}`, { size__c: 14 })
    await admin.post(`${RECORDS}/visit__c`, { name: 'V1', site__c: site, hours__c: 2 })
    release = (await admin.get(`${META}/releases`)).body.releases[0].release
    const set = await rename('field', 'site__c.size__c', 'area__c')
    const plan = (await admin.post(`${META}/changesets/${set}/plan`, {})).body
    expect(plan).toMatchObject({ publishable: true, steps: [], problems: [] })
    expect(plan.changes).toContainEqual(
      expect.objectContaining({
        kind: 'field',
        name: 'site__c.area__c',
        op: 'renamed',
        from: 'site__c.size__c',
        summary: 'field Size (site__c.area__c): renamed from site__c.size__c',
      }),
    )
    expect(plan.changes).toContainEqual(
      expect.objectContaining({
        kind: 'list_view',
        name: 'site__c.big__c',
        op: 'changed',
        follows: true,
        summary: 'list view Big (site__c.big__c): follows the new names',
      }),
    )
    expect(plan.changes.map(({ op }: { op: string }) => op)).not.toContain('removed')
    expect(plan.changes.map(({ op }: { op: string }) => op)).not.toContain('added')
    const answer = await publishSet(set)
    expect(answer.status).toBe(200)
    const [last] = (await admin.get(`${META}/releases`)).body.releases
    const own = last.changes.filter((one: { follows?: true }) => !one.follows)
    expect(own.map((one: { summary: string }) => one.summary)).toEqual([
      'field site__c.area__c: renamed from site__c.size__c',
    ])
    const texts = await Promise.all(
      WORLD.filter(([, name]) => name !== 'site__c.size__c').map(async ([kind, name]) => [
        `${kind} ${name}`,
        JSON.stringify(await definitionOf(kind, name)),
      ]),
    )
    const left = texts.filter(([, text]) => text?.includes('size__c'))
    // A comment in a formula and plain text in a template are no references.
    expect(left.map(([key]) => key)).toEqual(['field visit__c.effort__c', 'template site_print__c'])
    expect(await definitionOf('field', 'visit__c.effort__c')).toMatchObject({
      formula: 'hours__c * site__c.area__c /* per size__c */',
    })
    expect(await definitionOf('field', 'site__c.twice__c')).toMatchObject({
      formula: 'IF(ISBLANK(area__c), 0, area__c + area__c)',
    })
    expect(await definitionOf('template', 'site_print__c')).toMatchObject({
      body: '<p>{{label "area__c"}} {{number area__c 1}}</p>{{#each visits__c}}{{hours__c}}/{{../area__c}}{{/each}} size__c',
    })
    expect(await definitionOf('permission_set', 'site_clerk__c')).toMatchObject({
      objects: { site__c: { fields: { area__c: 'none' } } },
    })
    await expectNoDrift()
  })

  it('is in the API under the new name at once, with its values, computed ones and history', async () => {
    const record = (await admin.get(`${RECORDS}/site__c/${site}`)).body
    expect(record).toMatchObject({ area__c: 14, total__c: 2, twice__c: 28 })
    expect(record).not.toHaveProperty('size__c')
    const visits = await admin.get(`${RECORDS}/visit__c?filter[site__c.area__c]=14`)
    expect(visits.body.records).toMatchObject([{ effort__c: 28 }])
    const history = (await admin.get(`${RECORDS}/site__c/${site}/history`)).body
    expect(JSON.stringify(history)).toContain('"area__c"')
    expect(JSON.stringify(history)).not.toContain('"size__c"')
    const views = await admin.get(`${RECORDS}/site__c?view=big__c`)
    expect(views.body.records).toMatchObject([{ area__c: 14 }])
  })

  it('still answers to the old name, with a warning', async () => {
    const one = await admin.get(`${RECORDS}/site__c/${site}?select=name,size__c`)
    expect(one.body).toMatchObject({ name: 'North', size__c: 14, area__c: 14 })
    expect(one.headers['warning']).toBe('299 - "size__c is called area__c now"')
    const list = await admin.get(
      `${RECORDS}/site__c?filter[size__c][gt]=13&sort=-size__c&select=size__c`,
    )
    expect(list.body.records).toMatchObject([{ size__c: 14 }])
    const where = await admin.post(`${RECORDS}/visit__c/query`, {
      where: { '==': [{ var: 'site__c.size__c' }, 14] },
      select: ['name', 'site__c.size__c'],
    })
    expect(where.body.records).toMatchObject([{ name: 'V1', site__c: { size__c: 14 } }])
    const groups = await admin.post(`${RECORDS}/site__c/aggregate`, {
      group_by: ['size__c'],
      measures: [{ fn: 'sum', field: 'size__c', as: 'total' }],
    })
    expect(groups.body.groups).toEqual([{ area__c: 14, size__c: 14, total: 14 }])
    const saved = await admin.patch(`${RECORDS}/site__c/${site}`, { size__c: 15 })
    expect(saved.body).toMatchObject({ area__c: 15, size__c: 15 })
    const refused = await admin.patch(`${RECORDS}/site__c/${site}`, { size__c: -1 })
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([{ path: 'size__c' }])
    const batch = await admin.post(`${RECORDS}/site__c/batch`, {
      operations: [{ op: 'update', id: site, record: { size__c: 14 } }],
    })
    expect(batch.body.results).toMatchObject([{ status: 200 }])
    const current = await admin.get(`${RECORDS}/site__c/${site}`)
    expect(current.headers['warning']).toBeUndefined()
  })

  it('refuses two names with two values, and names that nothing ever had', async () => {
    const both = await admin.patch(`${RECORDS}/site__c/${site}`, { size__c: 1, area__c: 2 })
    expect(both.status).toBe(400)
    expect((await admin.patch(`${RECORDS}/site__c/${site}`, { siize__c: 1 })).status).toBe(422)
  })

  it('says nothing of the name to those who may not read the field', async () => {
    const clerk = await server.signIn(await server.createUser({ sets: ['site_clerk__c'] }))
    const hidden = await clerk.get(`${RECORDS}/site__c?select=name,size__c`)
    expect(hidden.status).toBe(400)
    expect(hidden.headers['warning']).toBeUndefined()
    expect(hidden.text).not.toContain('area__c')
  })

  it('goes back to the old name with a roll back, and loses nothing', async () => {
    const back = await admin.post(`${META}/releases/${release}/rollback`, {})
    expect(back.status).toBe(200)
    expect(back.body.changes).toContainEqual(
      expect.objectContaining({ op: 'renamed', name: 'site__c.size__c', from: 'site__c.area__c' }),
    )
    expect((await admin.get(`${RECORDS}/site__c/${site}`)).body).toMatchObject({ size__c: 14 })
    const history = (await admin.get(`${RECORDS}/site__c/${site}/history`)).body
    expect(JSON.stringify(history)).not.toContain('area__c')
    await expectNoDrift()
  })
})

describe('a field that is renamed and then taken away', () => {
  it('comes back with its data, under the name of the release that is gone back to', async () => {
    const definition = { type: 'text', label: 'Note' }
    await publish(['field', 'visit__c.note__c', definition])
    const { release } = (await admin.get(`${META}/releases`)).body.releases[0]
    const made = await admin.post(`${RECORDS}/visit__c`, {
      name: 'Noted',
      site__c: (await admin.get(`${RECORDS}/site__c`)).body.records[0].id,
      note__c: 'kept',
    })
    expect((await publishSet(await rename('field', 'visit__c.note__c', 'remark__c'))).status).toBe(
      200,
    )
    const set = await openSet()
    await admin.delete(`${META}/changesets/${set}/field/visit__c.remark__c`)
    expect((await publishSet(set)).status).toBe(200)
    expect((await admin.post(`${META}/releases/${release}/rollback`, {})).status).toBe(200)
    const { body } = await admin.get(`${RECORDS}/visit__c/${made.body.id}`)
    expect(body.note__c).toBe('kept')
    await expectNoDrift()
  })
})

describe('renaming an object', () => {
  it('takes its parts, its records and what is kept beside them along', async () => {
    const site = (await admin.post(`${RECORDS}/site__c`, { name: 'Depot', size__c: 150 })).body.id
    await admin.patch(`${RECORDS}/site__c/${site}`, { level__c: 'b' })
    const clerk = await server.createUser({ sets: ['site_clerk__c'] })
    const asked = await admin.post('/api/v1/approvals', { object: 'site__c', record: site })
    expect(asked.status).toBe(201)
    const set = await rename('object', 'site__c', 'place__c')
    const plan = (await admin.post(`${META}/changesets/${set}/plan`, {})).body
    expect(plan).toMatchObject({ publishable: true, steps: [], problems: [] })
    const told = plan.changes.map(
      ({ op, kind, name }: Record<string, string>) => `${op} ${kind} ${name}`,
    )
    expect(told).toContain('renamed object place__c')
    expect(told).toContain('changed field visit__c.site__c')
    expect(told.filter((one: string) => /^(added|removed)/.test(one))).toEqual([])
    expect((await publishSet(set)).status).toBe(200)
    await expectNoDrift()

    const record = (await admin.get(`${RECORDS}/place__c/${site}`)).body
    expect(record).toMatchObject({ size__c: 150, level__c: 'b', locked: true })
    const { body: history } = await admin.get(`${RECORDS}/place__c/${site}/history`)
    expect(JSON.stringify(history)).toContain('"level__c"')
    const reader = await server.signIn(clerk)
    expect((await reader.get(`${RECORDS}/place__c`)).body.records).toHaveLength(2)
    const item = (await admin.get('/api/v1/approvals?box=to_do')).body.approvals[0]
    expect(item).toMatchObject({ object: 'place__c' })
    const decided = await admin.post(`/api/v1/work-items/${item.waiting_for[0].work_item}/approve`)
    expect(decided.status).toBe(200)
    expect((await admin.get(`${RECORDS}/place__c/${site}`)).body).toMatchObject({ size__c: 151 })
  })

  it('answers under the old name, with a warning', async () => {
    const list = await admin.get(`${RECORDS}/site__c?filter[size__c][gt]=100`)
    expect(list.body.records).toMatchObject([{ name: 'Depot' }])
    expect(list.headers['warning']).toBe('299 - "site__c is called place__c now"')
    const made = await admin.post(`${RECORDS}/site__c`, { name: 'New', size__c: 7 })
    expect(made.status).toBe(201)
    expect((await admin.get(`${RECORDS}/sites__c`)).status).toBe(404)
  })

  it('can be done again together with a field, and taken back in one', async () => {
    const before = (await admin.get(`${META}/releases`)).body.releases[0].release
    const set = await rename('object', 'place__c', 'location__c')
    const field = await admin.post(`${META}/changesets/${set}/rename/field/location__c.size__c`, {
      to: 'area__c',
    })
    expect(field.body.problems).toEqual([])
    expect((await publishSet(set)).status).toBe(200)
    const list = await admin.get(`${RECORDS}/site__c?filter[size__c][gt]=100&select=size__c`)
    expect(list.body.records).toMatchObject([{ size__c: 151, area__c: 151 }])
    await expectNoDrift()
    expect((await admin.post(`${META}/releases/${before}/rollback`, {})).status).toBe(200)
    expect(
      (await admin.get(`${RECORDS}/place__c?filter[size__c][gt]=100`)).body.records,
    ).toHaveLength(1)
    await expectNoDrift()
  })
})

describe('a rename that is taken back before it is published', () => {
  it('leaves nothing behind, and what else was changed stays', async () => {
    const set = await rename('field', 'place__c.level__c', 'rank__c')
    const back = (to: string): Promise<Answer> =>
      admin.post(`${META}/changesets/${set}/rename/field/place__c.rank__c`, { to })
    expect((await back('level__c')).body).toMatchObject({ items: [], problems: [] })
    await admin.post(`${META}/changesets/${set}/rename/field/place__c.level__c`, { to: 'rank__c' })
    const definition = { ...(await definitionOf('field', 'place__c.level__c')), label: 'Rank' }
    const put = `${META}/changesets/${set}/field/place__c.rank__c`
    await admin.put(put, { ...definition, former_names: ['level__c'] })
    expect((await back('level__c')).body.items).toMatchObject([
      { kind: 'field', name: 'place__c.level__c', op: 'put', definition: { label: 'Rank' } },
    ])
  })
})

describe('a rename that is refused', () => {
  const refusal = async (kind: string, name: string, to: string): Promise<number> => {
    const set = await openSet()
    return (await admin.post(`${META}/changesets/${set}/rename/${kind}/${name}`, { to })).status
  }

  it('is of what a package names, of what is neither object nor field, or to what is taken or no name', async () => {
    expect(await refusal('field', 'account.industry', 'sector')).toBe(409)
    expect(await refusal('list_view', 'place__c.big__c', 'large__c')).toBe(409)
    expect(await refusal('field', 'place__c.level__c', 'code__c')).toBe(409)
    expect(await refusal('field', 'place__c.level__c', 'No Name')).toBe(400)
    expect(await refusal('field', 'place__c.none__c', 'some__c')).toBe(404)
  })

  it('is a problem where a former name means something else by now', async () => {
    const set = await openSet([
      'field',
      'place__c.other__c',
      { type: 'text', label: 'Other', former_names: ['code__c'] },
    ])
    const { problems } = (await admin.get(`${META}/changesets/${set}`)).body
    expect(problems).toMatchObject([{ code: 'former_name_taken', path: 'former_names.0' }])
  })

  it('is refused to edits of others that still know the old name', async () => {
    const mine = await openSet([
      'field',
      'place__c.code__c',
      { ...(await definitionOf('field', 'place__c.code__c')), label: 'Number' },
    ])
    expect((await publishSet(await rename('field', 'place__c.code__c', 'mark__c'))).status).toBe(
      200,
    )
    expect((await publishSet(mine)).status).toBe(409)
  })
})

describe('a new version of a package that renames', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trellis-rename-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const install = async (from: string): Promise<string[]> => {
    const { conflicts } = await installPackages(
      server.foundation.target,
      [await readPackage(from, 'crm')],
      { by: null, now: new Date(), label: 'Version 2' },
    )
    await server.currentModel.refresh()
    return conflicts.map(({ kind, name, path }) => `${kind} ${name} ${path}`)
  }

  it('is made in its files by one command, and leaves no reference behind', async () => {
    cpSync(join(ROOT_DIR, 'metadata'), folder, { recursive: true })
    const crm = join(folder, 'crm')
    const order = ['field', 'account.industry', 'sector']
    const { code, text } = await runCrm(['rename', crm, ...order], {})
    expect(text).toContain('objects/account/fields/sector.json')
    expect(code).toBe(0)
    const { components } = await readPackage(crm, 'crm')
    const texts = components
      .filter(({ name }) => name !== 'account.sector')
      .map(({ definition }) => JSON.stringify(definition))
    expect(texts.filter((one) => one.includes('account.industry'))).toEqual([])
  })

  it('takes the data, the customer’s changes and what the customer made along', async () => {
    const industry = await definitionOf('field', 'account.industry')
    await publish(
      ['field', 'account.industry', { ...industry, help: 'Mine' }],
      [
        'list_view',
        'account.by_industry__c',
        { label: 'By industry', columns: ['name', 'industry'] },
      ],
      [
        'validation_rule',
        'account.needs_industry__c',
        { error_if: { is_blank: v('industry') }, existing: 'ignore', message: 'Industry!' },
      ],
    )
    const { fields } = (await admin.get(`${META}/objects/account`)).body
    const [{ code }] = fields.find(({ name }: { name: string }) => name === 'industry').values
    const account = await admin.post(`${RECORDS}/account`, { name: 'Kept', industry: code })
    expect(account.status).toBe(201)
    expect(await install(join(folder, 'crm'))).toEqual([])
    expect(await definitionOf('field', 'account.sector')).toMatchObject({
      help: 'Mine',
      former_names: ['industry'],
    })
    expect(await definitionOf('list_view', 'account.by_industry__c')).toMatchObject({
      columns: ['name', 'sector'],
    })
    const record = (await admin.get(`${RECORDS}/account/${account.body.id}`)).body
    expect(record.sector).toBe(code)
    expect((await admin.post(`${RECORDS}/account`, { name: 'Bare' })).status).toBe(422)
    await expectNoDrift()
    const releases = (await admin.get(`${META}/releases`)).body.releases
    await install(join(folder, 'crm'))
    expect((await admin.get(`${META}/releases`)).body.releases).toEqual(releases)
  })

  it('can be gone back from, to the version before', async () => {
    expect(await install(join(ROOT_DIR, 'metadata/crm'))).toEqual([])
    expect(await definitionOf('field', 'account.industry')).toMatchObject({ help: 'Mine' })
    expect(await definitionOf('list_view', 'account.by_industry__c')).toMatchObject({
      columns: ['name', 'industry'],
    })
    await expectNoDrift()
  })
})

describe('a name behind a lookup', () => {
  const lookup = (target: string, name: string, more: object = {}): object => ({
    type: 'lookup',
    label: target,
    target,
    relationship: { name },
    ...more,
  })

  it('is rewritten in its filter and in paths through one of several objects', async () => {
    const answer = await publish(
      ['object', 'dock__c', { label: 'Dock' }],
      ['object', 'berth__c', { label: 'Berth' }],
      ['field', 'berth__c.dock__c', lookup('dock__c', 'berths__c')],
      ['field', 'berth__c.depth__c', { type: 'number', label: 'Depth' }],
      ['object', 'call__c', { label: 'Call' }],
      ['field', 'call__c.dock__c', lookup('dock__c', 'calls__c')],
      [
        'field',
        'call__c.berth__c',
        lookup('berth__c', 'berthings__c', {
          lookup_filter: {
            where: {
              and: [{ '==': [v('dock__c'), v('$record.dock__c')] }, { '>': [v('depth__c'), 2] }],
            },
          },
        }),
      ],
      [
        'field',
        'call__c.about__c',
        {
          type: 'polymorphic_lookup',
          label: 'About',
          targets: ['dock__c', 'berth__c'],
          relationship: { name: 'about_calls__c' },
        },
      ],
      [
        'validation_rule',
        'call__c.deep__c',
        { error_if: { '<': [v('about__c.berth__c.depth__c'), 1] }, message: 'Too shallow' },
      ],
    )
    expect(answer.status).toBe(200)
    const set = await rename('field', 'berth__c.depth__c', 'draught__c')
    for (const [name, to] of [
      ['berth__c.dock__c', 'harbour__c'],
      ['call__c.dock__c', 'port__c'],
    ] as const) {
      const renamed = await admin.post(`${META}/changesets/${set}/rename/field/${name}`, { to })
      expect(renamed.body.problems).toEqual([])
    }
    expect((await publishSet(set)).status).toBe(200)
    expect(await definitionOf('field', 'call__c.berth__c')).toMatchObject({
      lookup_filter: {
        where: {
          and: [{ '==': [v('harbour__c'), v('$record.port__c')] }, { '>': [v('draught__c'), 2] }],
        },
      },
    })
    expect(await definitionOf('validation_rule', 'call__c.deep__c')).toMatchObject({
      error_if: { '<': [v('about__c.berth__c.draught__c'), 1] },
    })
    const dock = (await admin.post(`${RECORDS}/dock__c`, { name: 'North' })).body.id
    const berth = { name: 'N1', harbour__c: dock, draught__c: 3 }
    const { id } = (await admin.post(`${RECORDS}/berth__c`, berth)).body
    const call = await admin.post(`${RECORDS}/call__c`, { name: 'A', port__c: dock, berth__c: id })
    expect(call.status, call.text).toBe(201)
    const other = await admin.post(`${RECORDS}/call__c`, { name: 'B', berth__c: id })
    expect(other.status).toBe(422)
  })
})
