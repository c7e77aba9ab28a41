import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ImportJob } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  type Piece,
  publishPieces,
  runCrm,
  runTestImport,
  sendImport,
  stagePieces,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const META = '/api/v1/meta/changesets'
const FIRM = '/api/v1/records/firm__c'
const LEAD = '/api/v1/records/prospect__c'

let server: TestServer
let stopJobs: Stop
let admin: Caller
let clerk: Caller

const text = (label: string): object => ({ type: 'text', label })
const message = { 'zh-CN': '可能重复', 'en-US': 'Looks like another' }
const warn = { on_create: 'warn', on_update: 'warn', message }
const block = { on_create: 'block', on_update: 'block', message }

const WORLD: readonly Piece[] = [
  ['object/firm__c', { label: 'Firm' }],
  ['field/firm__c.code__c', text('Code')],
  ['field/firm__c.area__c', text('Area')],
  ['field/firm__c.city__c', text('City')],
  ['field/firm__c.boss__c', text('Boss')],
  ['field/firm__c.secret__c', text('Secret')],
  ['field/firm__c.call__c', { type: 'phone', label: 'Phone' }],
  ['field/firm__c.mail__c', { type: 'email', label: 'E-mail' }],
  ['field/firm__c.born__c', { type: 'date', label: 'Founded' }],
  ['field/firm__c.size__c', { type: 'number', label: 'Size' }],
  ['duplicate_rule/firm__c.size', { ...warn, match: [{ field: 'size__c', method: 'exact' }] }],
  ['field/firm__c.off__c', { type: 'checkbox', label: 'Off' }],
  ['field/firm__c.sealed__c', { type: 'encrypted_text', label: 'Sealed' }],
  ['object/prospect__c', { label: 'Prospect' }],
  ['field/prospect__c.company__c', text('Company')],
  ['field/prospect__c.call__c', { type: 'phone', label: 'Phone' }],
  [
    'duplicate_rule/firm__c.company',
    { ...warn, match: [{ field: 'name', method: 'company_name' }] },
  ],
  [
    'duplicate_rule/firm__c.code',
    {
      ...block,
      match: [
        { field: 'code__c', method: 'normalised' },
        { field: 'area__c', method: 'exact', blank: 'same' },
      ],
    },
  ],
  [
    'duplicate_rule/firm__c.reach',
    {
      ...warn,
      match: [
        { field: 'call__c', method: 'phone' },
        { field: 'mail__c', method: 'email', blank: 'same' },
      ],
      when: { '!=': [{ var: 'off__c' }, true] },
    },
  ],
  ['duplicate_rule/firm__c.boss', { ...warn, match: [{ field: 'boss__c', method: 'pinyin' }] }],
  [
    'duplicate_rule/firm__c.city',
    {
      on_create: 'warn',
      message,
      match: [
        { field: 'city__c', method: 'fuzzy_text' },
        { field: 'born__c', method: 'fuzzy_date' },
      ],
    },
  ],
  ['duplicate_rule/firm__c.secret', { ...warn, match: [{ field: 'secret__c', method: 'exact' }] }],
  [
    'duplicate_rule/prospect__c.firm',
    {
      on_create: 'warn',
      message,
      among: 'firm__c',
      tells: 'existence',
      match: [{ field: 'company__c', with: 'name', method: 'company_name' }],
    },
  ],
  [
    'duplicate_rule/prospect__c.secret',
    {
      on_create: 'warn',
      message,
      among: 'firm__c',
      tells: 'existence',
      match: [{ field: 'company__c', with: 'secret__c', method: 'exact' }],
    },
  ],
  [
    'duplicate_rule/prospect__c.call',
    {
      on_update: 'warn',
      message,
      among: 'firm__c',
      match: [
        { field: 'company__c', with: 'name', method: 'normalised' },
        { field: 'call__c', method: 'phone' },
      ],
    },
  ],
  [
    'permission_set/desk',
    {
      label: 'Desk',
      objects: {
        firm__c: { create: true, read: true },
        prospect__c: {
          read: true,
          edit: true,
          read_scope: 'all',
          edit_scope: 'all',
          fields: { call__c: 'masked' },
        },
      },
    },
  ],
  [
    'permission_set/clerk',
    {
      label: 'Clerk',
      system: ['import'],
      objects: {
        firm__c: { create: true, read: true, edit: true, fields: { secret__c: 'none' } },
        prospect__c: { create: true, read: true },
      },
    },
  ],
]

const openSet = (puts: readonly Piece[]): Promise<string> => stagePieces(admin, puts)

const publish = (puts: readonly Piece[]): Promise<Answer> => publishPieces(admin, puts)

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  stopJobs = await startJobs(server.foundation)
  ;({ admin } = server)
  const published = await publish(WORLD)
  if (published.status !== 200) throw new Error(published.text)
  clerk = await server.signIn(await server.createUser({ sets: ['clerk'], name: 'Clerk' }))
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

const make = (values: object, by = admin): Promise<Answer> =>
  by.post(FIRM, { name: next(), ...values })
const insist = (values: object): Promise<Answer> =>
  admin.post(`${FIRM}?allow_duplicates=true`, { name: next(), ...values })
let count = 0
/** A name like no other. */
const next = (): string => {
  count += 1
  return `${String.fromCodePoint(0x4e00 + count * 37, 0x5000 + count * 91, 0x6000 + count * 13)} ${count}`
}
const rules = (answer: Answer): string[] =>
  (answer.body.errors ?? []).map((one: { rule: string; code: string }) => `${one.rule}:${one.code}`)

describe('a rule that warns', () => {
  it('finds equal values that are no texts', async () => {
    await make({ size__c: 4711 })
    const again = await make({ size__c: 4711 })
    expect([again.status, rules(again)]).toEqual([409, ['size:likely_duplicate']])
    expect((await make({ size__c: 4712 })).status).toBe(201)
  })

  it('refuses, tells of the record, and lets pass who has been told', async () => {
    const first = await make({ name: '深圳市腾讯计算机系统有限公司' })
    const again = await make({ name: '腾讯计算机系统（中国）股份有限公司' })
    expect([again.status, again.body.code, rules(again)]).toEqual([
      409,
      'duplicate',
      ['company:likely_duplicate'],
    ])
    expect(again.body.errors[0]).toMatchObject({
      path: 'name',
      message: 'Looks like another',
      matches: [{ object: 'firm__c', id: first.body.id, name: first.body.name }],
    })
    expect((await insist({ name: '腾讯计算机系统（中国）股份有限公司' })).status).toBe(201)
    const preview = await admin.post(`${FIRM}/preview`, { name: '腾讯计算机系统集团' })
    expect([preview.status, rules(preview)]).toEqual([200, ['company:likely_duplicate']])
  })

  it.each([
    ['Acme Widgets Co., Ltd.', 'ACME widgets Inc', true],
    ['Ａｃｍｅ　Ｆｕｌｌ GmbH', 'acme full', true],
    ['广东省深圳市海天精工集团有限公司', '海天精工', true],
    ['北京银行股份有限公司', '上海银行股份有限公司', false],
    ['天河科技有限公司', '天河科技(上海)有限公司', false],
    ['Ford Motor Company', 'Fords Motor Company', false],
  ])('takes %s and %s for the same company: %s', async (one, other, isSame) => {
    expect((await make({ name: one })).status).toBe(201)
    expect((await make({ name: other })).status).toBe(isSame ? 409 : 201)
  })

  it('compares phones and e-mail however they are written, under its condition', async () => {
    const given = { call__c: '+86 138-0013-8000', mail__c: 'Li@Example.cn' }
    expect((await make(given)).status).toBe(201)
    const same = { call__c: '13800138000', mail__c: 'li@example.cn' }
    expect(rules(await make(same))).toEqual(['reach:likely_duplicate'])
    expect((await make({ ...same, mail__c: null })).status).toBe(201)
    expect((await make({ ...same, mail__c: null })).status).toBe(409)
    expect((await make({ mail__c: 'li@example.cn' })).status).toBe(201)
    expect((await make({ ...same, off__c: true })).status).toBe(201)
    expect((await make({ call__c: '010-6552 9988' })).status).toBe(201)
    expect((await make({ call__c: '(86)10 65529988 转 801' })).status).toBe(409)
  })

  it('reads Chinese names as they are spoken', async () => {
    expect((await make({ boss__c: '张伟' })).status).toBe(201)
    expect(rules(await make({ boss__c: 'Zhang Wei' }))).toEqual(['boss:likely_duplicate'])
    expect(rules(await make({ boss__c: '章玮' }))).toEqual(['boss:likely_duplicate'])
    expect((await make({ boss__c: '张微微' })).status).toBe(201)
  })

  it('finds a slip of the keyboard, and a day nearly right', async () => {
    expect((await make({ city__c: 'Guangzhou', born__c: '2001-03-04' })).status).toBe(201)
    for (const city__c of ['Guangzhuo', 'guang-zou', 'Guangzhoux', 'Guangjhou']) {
      expect((await make({ city__c, born__c: '2001-04-03' })).status).toBe(409)
    }
    expect((await make({ city__c: 'Hangzhou', born__c: '2001-03-04' })).status).toBe(201)
    expect((await make({ city__c: 'Guangzhou', born__c: '1987-11-24' })).status).toBe(201)
    expect((await make({ city__c: 'Guangzhou' })).status).toBe(201)
  })

  it('looks only where a checked field has changed', async () => {
    const name = '长江航运有限公司'
    await make({ name })
    const twin = await insist({ name: `${name} ` })
    const at = `${FIRM}/${twin.body.id}`
    expect((await admin.patch(at, { city__c: 'Wuhan' })).status).toBe(200)
    expect((await admin.patch(at, { name })).status).toBe(409)
    expect((await admin.patch(`${at}?allow_duplicates=true`, { name })).status).toBe(200)
    expect((await admin.patch(`${at}?allow_duplicates=maybe`, { name })).status).toBe(400)
  })

  it('does not find what is in the recycle bin', async () => {
    const gone = await make({ name: '珠江啤酒有限公司' })
    await admin.delete(`${FIRM}/${gone.body.id}`)
    expect((await make({ name: '珠江啤酒集团' })).status).toBe(201)
  })
})

describe('a rule that blocks', () => {
  it('lets nobody pass, whatever they have been told', async () => {
    const first = await make({ code__c: 'AB-12' })
    expect(first.status).toBe(201)
    const again = await insist({ code__c: 'ab 12' })
    expect([again.status, rules(again)]).toEqual([409, ['code:duplicate']])
    expect(again.body.errors[0].matches).toMatchObject([{ id: first.body.id }])
    expect((await insist({ code__c: 'AB12', area__c: 'North' })).status).toBe(201)
    expect((await insist({ code__c: 'A-B12', area__c: 'North' })).status).toBe(409)
  })

  it('lets one of fifty at once pass', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => insist({ code__c: `RACE${'-'.repeat(at % 3)}7` })),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)])
  })

  it('keeps a record out of the recycle bin whose place is taken', async () => {
    const gone = await make({ code__c: 'BIN1' })
    await admin.delete(`${FIRM}/${gone.body.id}`)
    const taker = await make({ code__c: 'bin-1' })
    expect(taker.status).toBe(201)
    const restore = (): Promise<Answer> => admin.post(`${FIRM}/${gone.body.id}/restore`, {})
    expect((await restore()).status).toBe(409)
    await admin.delete(`${FIRM}/${taker.body.id}`)
    expect((await restore()).status).toBe(200)
    expect((await make({ code__c: 'BIN 1' })).status).toBe(409)
  })

  it('is not published over records that it would not have let in', async () => {
    for (const city__c of ['Xiamen', 'xia-men']) await make({ city__c })
    const put: Piece = [
      'duplicate_rule/firm__c.one_city',
      { ...block, match: [{ field: 'city__c', method: 'normalised' }] },
    ]
    const plan = await admin.post(`${META}/${await openSet([put])}/plan`, {})
    expect(plan.body.findings).toMatchObject([
      { code: 'duplicate_values', severity: 'error', kind: 'duplicate_rule' },
    ])
    expect((await publish([put])).status).toBe(422)
  })

  it('can be published only if it is certain, and has a key', async () => {
    const match = [{ field: 'name', method: 'exact' }]
    const wrong: readonly (readonly [object, string])[] = [
      [{ ...block, match: [{ field: 'name', method: 'pinyin' }] }, 'only_likely'],
      [{ on_create: 'block', message, match }, 'no_unique_key'],
      [{ ...block, match, when: { '==': [{ var: 'off__c' }, true] } }, 'no_unique_key'],
      [
        { ...block, match: [{ field: 'code__c', with: 'area__c', method: 'exact' }] },
        'no_unique_key',
      ],
      [{ message, match }, 'inert'],
      [{ ...warn, match: [{ field: 'born__c', method: 'fuzzy_date' }] }, 'not_findable'],
      [{ ...warn, match: [{ field: 'off__c', method: 'exact' }] }, 'wrong_method'],
      [{ ...warn, match: [{ field: 'born__c', method: 'phone' }] }, 'wrong_method'],
      [{ ...block, match: [{ field: 'sealed__c', method: 'exact' }] }, 'wrong_method'],
      [{ ...warn, match: [{ field: 'nam', method: 'exact' }] }, 'unknown_field'],
      [{ ...warn, match, among: 'nothing__c' }, 'unknown_object'],
    ]
    for (const [definition, code] of wrong) {
      const answer = await publish([['duplicate_rule/firm__c.wrong', definition]])
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        422,
        expect.stringContaining(`"${code}"`),
      ])
    }
  })
})

describe('many records at once', () => {
  it('are compared with each other too', async () => {
    const batch = await admin.post(`${FIRM}/batch`, {
      operations: ['黄河重工有限公司', '黄河重工集团', '长城重工'].map((name, at) => ({
        op: 'create',
        record: { name, code__c: at === 1 ? 'HH1' : 'CC1' },
      })),
    })
    const found = batch.body.results.map(
      (one: { status: number; errors?: { rule: string }[] }) =>
        `${one.status} ${one.errors?.map(({ rule }) => rule).join() ?? ''}`,
    )
    expect(found).toEqual(['201 ', '409 company', '409 code'])
    const passed = await admin.post(`${FIRM}/batch?allow_duplicates=true`, {
      operations: [{ op: 'create', record: { name: '黄河重工集团' } }],
    })
    expect(passed.body.results[0].status).toBe(201)
  })

  it('are told apart row by row in an import', async () => {
    const done = await runTestImport(admin, 'name\n泰山文旅有限公司\n泰山文旅集团\n华山文旅\n', {
      object: 'firm__c',
    })
    expect([done.created, done.failed]).toEqual([2, 1])
    expect(done.errors).toMatchObject([{ row: 3, code: 'likely_duplicate' }])
  })
})

describe('an import that is told what to do with likely duplicates', () => {
  const send = (
    duplicates: string,
    csv: string,
    more: object = {},
    by = admin,
  ): Promise<ImportJob> => runTestImport(by, csv, { object: 'firm__c', duplicates, ...more })
  const counts = ({ created, updated, skipped, failed }: ImportJob): number[] => [
    created,
    updated,
    skipped,
    failed,
  ]
  const reasons = ({ errors }: ImportJob): unknown[] => errors.map(({ row, code }) => [row, code])
  const read = async (id: string): Promise<Record<string, unknown>> =>
    (await admin.get(`${FIRM}/${id}`)).body

  it('skips them with the reason, also what an earlier row has brought', async () => {
    const { body } = await make({ name: '嵩山制药有限公司', city__c: 'Dengfeng' })
    const csv = 'name,city__c\n嵩山制药集团,Luoyang\n衡山茶业有限公司,\n衡山茶业集团,\n'
    const dry = await send('skip', csv, { dry_run: 'true' })
    expect([dry.duplicates, counts(dry)]).toEqual(['skip', [1, 0, 2, 0]])
    const done = await send('skip', csv)
    expect([counts(done), done.processed, done.errors_total]).toEqual([[1, 0, 2, 0], 3, 2])
    expect(reasons(done)).toEqual([
      [2, 'likely_duplicate'],
      [4, 'likely_duplicate'],
    ])
    expect((await admin.get(`/api/v1/imports/${done.id}/errors`)).text).toContain('衡山茶业集团')
    expect(await read(body.id)).toMatchObject({ city__c: 'Dengfeng' })
  })

  it('takes the later row where the earlier one is not saved after all', async () => {
    await make({ code__c: 'SKIP1' })
    const csv = 'name,code__c,mail__c\n恒山煤业有限公司,,nonsense\n恒山煤业集团,,\n'
    expect(counts(await send('skip', csv))).toEqual([1, 0, 0, 1])
  })

  it('creates them nevertheless, but not against a rule that blocks', async () => {
    await make({ name: '普陀山旅行有限公司', code__c: 'PTS1' })
    const csv = 'name,code__c\n普陀山旅行集团,\n普陀山旅行股份有限公司,pts-1\n'
    const done = await send('create', csv)
    expect([counts(done), reasons(done)]).toEqual([[1, 0, 0, 1], [[3, 'duplicate']]])
  })

  it('updates the one record that matches, and undoes that', async () => {
    const { body } = await make({ name: '武当山药业有限公司', city__c: 'Shiyan', boss__c: 'Mo' })
    const csv =
      'name,city__c\n武当山药业集团,Danjiangkou\n武当山药业股份有限公司,Xiangyang\n青城山酒业有限公司,Dujiangyan\n青城山酒业集团,Chengdu\n'
    const dry = await send('update', csv, { dry_run: 'true' })
    expect(counts(dry)).toEqual([1, 3, 0, 0])
    expect(await read(body.id)).toMatchObject({ city__c: 'Shiyan', version: body.version })
    const done = await send('update', csv)
    expect([counts(done), reasons(done)]).toEqual([[1, 3, 0, 0], []])
    expect(await read(body.id)).toMatchObject({
      name: '武当山药业股份有限公司',
      city__c: 'Xiangyang',
      boss__c: 'Mo',
    })
    const undone = await admin.post(`/api/v1/imports/${done.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone', errors: [] })
    expect(await read(body.id)).toMatchObject({ name: '武当山药业有限公司', city__c: 'Shiyan' })
    const left = await admin.get(`${FIRM}?filter[city__c]=Chengdu`)
    expect(left.body.records).toEqual([])
  })

  it('guesses nothing where several records match', async () => {
    await make({ name: '雁荡山电器有限公司' })
    const other = await insist({ name: '雁荡山电器集团' })
    const done = await send('update', 'name,city__c\n雁荡山电器股份有限公司,Wenzhou\n')
    expect([counts(done), reasons(done)]).toEqual([[0, 0, 0, 1], [[2, 'ambiguous']]])
    expect(await read(other.body.id)).toMatchObject({ city__c: null })
  })

  it('leaves alone, and does not tell of, a record that its user may not see', async () => {
    const { body } = await make({ name: '九华山水泥有限公司', city__c: 'Chizhou' })
    const csv = 'name,city__c\n九华山水泥集团,Tongling\n'
    const done = await send('update', csv, {}, clerk)
    expect([counts(done), reasons(done)]).toEqual([[1, 0, 0, 0], []])
    expect(await read(body.id)).toMatchObject({ city__c: 'Chizhou', version: body.version })
    const lead = await runTestImport(clerk, 'name,company__c\nL,九华山水泥\n', {
      object: 'prospect__c',
      duplicates: 'skip',
    })
    expect(counts(lead)).toEqual([0, 0, 1, 0])
    expect(JSON.stringify(lead)).not.toContain(body.id)
  })

  it('needs the right to edit for updates, and a word that it knows', async () => {
    const ask = (by: Caller, fields: object): Promise<Answer> =>
      sendImport(by, 'name\nx\n', { object: 'prospect__c', ...fields })
    expect((await ask(clerk, { duplicates: 'update' })).status).toBe(403)
    for (const fields of [{ duplicates: 'merge' }, { duplicates: 'update', mode: 'update' }]) {
      const answer = await ask(admin, fields)
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'duplicates'])
    }
  })
})

describe('crm duplicates-find', () => {
  it('groups the records of an object without any rule', async () => {
    const firms = ['Nordwind Logistik', 'Südhang Brauerei', 'Ostsee Fischerei', 'Westfalen Stahl']
    for (const [at, name] of firms.entries()) {
      const values = { city__c: `Place ${at}`, mail__c: `${at}@firm${at}.example` }
      await insist({ ...values, name: `${name} GmbH`, boss__c: `Chief ${at}` })
      await insist({ ...values, name, boss__c: `Chef ${at}` })
    }
    const folder = await mkdtemp(join(tmpdir(), 'trellis-duplicates-'))
    const environment = { DATABASE_URL: server.test.url, DATA_DIR: folder }
    const found = await runCrm(['duplicates-find', 'firm__c'], environment)
    await rm(folder, { recursive: true })
    expect([found.code, found.text]).toEqual([0, expect.stringMatching(/\d+ groups of records/)])
    const groups = Map.groupBy(found.text.split('\n'), (line) => line.trim().split(' ')[0])
    for (const name of firms) {
      const own = [...groups.values()].find((lines) => lines.some((line) => line.includes(name)))
      expect(own?.filter((line) => line.includes(name))).toHaveLength(2)
    }
    expect((await runCrm(['duplicates-find', 'nothing__c'], environment)).code).toBe(2)
  })
})

describe('who may not see the twin', () => {
  it('is not warned by a rule that tells of visible records only', async () => {
    await make({ name: '昆仑能源有限公司' })
    expect((await make({ name: '昆仑能源集团' }, clerk)).status).toBe(201)
    expect((await make({ name: '昆仑能源股份有限公司' }, clerk)).status).toBe(409)
  })

  it('is not warned of a field that they may not read, not even of its existence', async () => {
    await make({ secret__c: 'X1' })
    const asked = { name: 'L', company__c: 'X1' }
    const told = await admin.post(LEAD, asked)
    expect([told.status, rules(told)]).toEqual([409, ['secret:likely_duplicate']])
    expect((await clerk.post(LEAD, asked)).status).toBe(201)
  })

  it('is not told by one, what a masked value of their own record is', async () => {
    const desk = await server.signIn(await server.createUser({ sets: ['desk'] }))
    const lead = await admin.post(LEAD, { name: 'L', company__c: 'Y', call__c: '13812340001' })
    await make({ name: 'Guess', call__c: '138-1234-0001' }, desk)
    const guess = { company__c: 'guess' }
    const at = `${LEAD}/${lead.body.id}`
    expect((await admin.patch(at, guess)).status).toBe(409)
    expect((await desk.post(`${at}/preview`, guess)).body.errors).toEqual([])
    expect((await desk.patch(at, guess)).status).toBe(200)
  })

  it('is refused by one that blocks, and told nothing of the record', async () => {
    await make({ code__c: 'HIDDEN9' })
    const answer = await make({ code__c: 'hidden-9' }, clerk)
    expect(answer.status).toBe(409)
    expect(answer.body.errors[0].matches).toEqual([])
  })

  it('learns whose it is, no more, from a rule that tells of the existence', async () => {
    const firm = await make({ name: '祁连乳业有限公司' })
    const answer = await clerk.post(LEAD, { name: 'L', company__c: '祁连乳业集团' })
    expect(rules(answer)).toEqual(['firm:likely_duplicate'])
    expect(answer.body.errors[0].matches).toMatchObject([
      { object: 'firm__c', id: null, name: null },
    ])
    expect(answer.text).not.toContain(firm.body.id)
    expect(answer.text).not.toContain('祁连')
    const told = await admin.post(LEAD, { name: 'L', company__c: '祁连乳业集团' })
    expect(told.body.errors[0].matches).toMatchObject([{ id: firm.body.id }])
  })

  it('learns of no owner who is deleted', async () => {
    const owner = await server.createUser({ sets: ['admin'], name: 'Gone' })
    const seller = await server.signIn(await server.createUser({ sets: ['clerk', 'sales_rep'] }))
    const firm = await make({ name: '贺兰酒业有限公司', owner: owner.id })
    const path = `/api/v1/records/firm__c/${firm.body.id}`
    const ownerTold = async (): Promise<unknown> => {
      const answer = await seller.post(LEAD, { name: 'L', company__c: '贺兰酒业集团' })
      expect(answer.status, answer.text).toBe(409)
      return answer.body.errors[0].matches[0].owner
    }
    expect(await ownerTold()).toBe('Gone')
    // Whoever owns live records is not deleted; what is in the recycle bin meanwhile comes back as theirs.
    expect((await admin.delete(path)).status).toBe(204)
    expect((await admin.delete(`/api/v1/records/user/${owner.id}`)).status).toBe(204)
    expect((await admin.post(`${path}/restore`, {})).status).toBe(200)
    expect(await ownerTold()).toBeNull()
  })
})
