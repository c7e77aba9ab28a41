import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { compileModel } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { installPackages, readPackage } from '../../server/src/catalog/index.ts'
import { renameInPackage } from '../../server/src/catalog/rename-in-package.ts'
import { PackageTests } from '../../server/src/package-tests/index.ts'
import {
  type Answer,
  type Caller,
  ROOT_DIR,
  runCrm,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const META = '/api/v1/meta'

type Edit = [kind: string, name: string, definition?: object]

const givenOf = (name: string): object[] => [
  { record: 'acme', object: 'account', values: { name } },
  {
    record: 'deal',
    object: 'opportunity',
    values: { name: 'Deal', account: 'acme', close_date: { today: [] } },
  },
]

/** A test of a customer: an opportunity that is to be refused, or not. */
const ofDeal = (more: object): object => ({
  label: 'Deal',
  given: givenOf('Acme'),
  do: [{ act: 'update', object: 'opportunity', record: 'deal', values: { amount: 5 } }],
  expect: [{ that: 'saved', object: 'opportunity', record: 'deal', values: { amount: 5 } }],
  ...more,
})

const SAVED = { that: 'saved', object: 'opportunity', record: 'deal', values: { amount: 5 } }
const LOST = {
  do: [{ act: 'update', object: 'opportunity', record: 'deal', values: { stage: 'lost' } }],
  expect: [{ that: 'refused', object: 'opportunity', rule: 'lost_needs_reason' }],
}

describe('tests of a package', () => {
  let server: TestServer
  let admin: Caller

  beforeAll(async () => {
    server = await startTestServer()
    const { target } = server.foundation
    target.testing = new PackageTests(target)
    admin = server.admin
  }, 120_000)
  afterAll(() => server.stop())

  const definitionOf = async (kind: string, name: string): Promise<object> =>
    (await admin.get(`${META}/${kind}/${name}`)).body.definition

  async function openSet(...edits: Edit[]): Promise<string> {
    const set = (await admin.post(`${META}/changesets`, { label: 'x' })).body.id
    for (const [kind, name, definition] of edits) {
      const path = `${META}/changesets/${set}/${kind}/${name}`
      const answer = await (definition ? admin.put(path, definition) : admin.delete(path))
      expect(answer.status, answer.text).toBeLessThan(300)
    }
    return set
  }
  const planOf = async (set: string): Promise<Answer['body']> =>
    (await admin.post(`${META}/changesets/${set}/plan`, {})).body
  const publish = (set: string): Promise<Answer> =>
    admin.post(`${META}/changesets/${set}/publish`, {})
  const discard = (set: string): Promise<Answer> => admin.delete(`${META}/changesets/${set}`)

  /** What came otherwise in the plan of a change set, by test. */
  async function failuresOf(...edits: Edit[]): Promise<Record<string, string>> {
    const set = await openSet(...edits)
    const { tests, problems } = await planOf(set)
    await discard(set)
    expect(problems).toEqual([])
    const failed = tests.tests.filter((one: { status: string }) => one.status !== 'passed')
    return Object.fromEntries(
      failed.map((one: { name: string; failures: { path: string; message: string }[] }) => [
        one.name,
        one.failures.map(({ path, message }) => `${path}: ${message}`).join('; '),
      ]),
    )
  }

  it('pass as they are shipped, and leave nothing behind', async () => {
    const counted = (): Promise<unknown> =>
      server.test.database.query(`
        select (select json_agg(value) from main._counter) as counters,
          (select count(*) from main._outbox) as outbox, (select count(*) from main._history) as history,
          (select count(*) from main.account) as accounts, (select count(*) from main._approval) as approvals,
          (select count(*) from main._audit) as audit, (select count(*) from main."user") as users,
          (select array_agg(nspname order by nspname) from pg_namespace where nspname not like 'pg%temp%') as schemas`)
    const before = await counted()
    const { status, body, text } = await admin.post(`${META}/tests`, {})
    expect(status, text).toBe(200)
    expect(body.tests.filter((one: { status: string }) => one.status !== 'passed')).toEqual([])
    expect(body.passed).toBeGreaterThanOrEqual(20)
    expect(await counted()).toEqual(before)
  })

  it('hold up a change that breaks one, until the test is changed too', async () => {
    const rule = await definitionOf('validation_rule', 'opportunity.won_needs_amount')
    const off: Edit = [
      'validation_rule',
      'opportunity.won_needs_amount',
      { ...rule, active: false },
    ]
    const set = await openSet(off)
    const plan = await planOf(set)
    expect(plan.publishable).toBe(false)
    expect(plan.tests).toMatchObject({ failed: 1, not_run: 0 })
    expect(plan.tests.tests[0]).toMatchObject({
      name: 'won_needs_amount',
      label: 'No deal is won without an amount',
      failures: [
        {
          path: 'expect.0',
          message: 'It should be refused (won_needs_amount, Amount), but was done',
        },
      ],
    })
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        code: 'test_failed',
        severity: 'error',
        kind: 'test',
        name: 'won_needs_amount',
      }),
    )
    const refused = await publish(set)
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([
      { path: 'test won_needs_amount', code: 'test_failed' },
    ])
    const test = await definitionOf('test', 'won_needs_amount')
    const path = `${META}/changesets/${set}/test/won_needs_amount`
    await admin.put(path, { ...test, active: false })
    expect(await planOf(set)).toMatchObject({ publishable: true, tests: { failed: 0 } })
    const done = await publish(set)
    expect(done.status, done.text).toBe(200)
    expect(done.body.changes.map((one: { kind: string }) => one.kind).toSorted()).toEqual([
      'test',
      'validation_rule',
    ])
  })

  it('do not stand in the way of a field that a customer requires', async () => {
    const set = await openSet([
      'field',
      'opportunity.region_code__c',
      { type: 'text', label: 'Region code', required: true },
    ])
    const plan = await planOf(set)
    const failed = plan.findings.filter(({ code }: { code: string }) => code === 'test_failed')
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.map(({ severity }: { severity: string }) => severity)).toEqual(
      failed.map(() => 'warning'),
    )
    expect(plan).toMatchObject({ publishable: true, tests: { failed: failed.length } })
    await discard(set)
  })

  it('are not run for what no test can notice', async () => {
    const rule = await definitionOf('validation_rule', 'lead.mobile_or_email')
    const set = await openSet(
      ['validation_rule', 'lead.mobile_or_email', { ...rule, label: 'Reachable' }],
      ['list_view', 'lead.all'],
      ['field', 'lead.shoe_size__c', { type: 'number', scale: 1, label: 'Shoe size' }],
    )
    expect(await planOf(set)).toMatchObject({ publishable: true, tests: null })
    await discard(set)
    // What fills itself, or is asked for, is another matter.
    for (const more of [{ required: true, default: 41 }, { unique: true }]) {
      const field = { type: 'number', label: 'Shoe size', ...more }
      const noticed = await openSet(['field', 'lead.shoe_size__c', field])
      expect((await planOf(noticed)).tests).not.toBeNull()
      await discard(noticed)
    }
  })

  it('run against what is not published yet', async () => {
    const edits = (factor: number): Edit[] => [
      ['object', 'visit__c', { label: 'Visit', sharing: 'read_write' }],
      ['field', 'visit__c.account__c', { type: 'lookup', label: 'Account', target: 'account' }],
      ['field', 'visit__c.hours__c', { type: 'number', label: 'Hours', scale: 1 }],
      [
        'field',
        'visit__c.cost__c',
        { type: 'formula', label: 'Cost', result: 'currency', formula: `hours__c * ${factor}` },
      ],
      [
        'test',
        'visits_cost__c',
        {
          label: 'Visits cost',
          given: [{ record: 'acme', object: 'account', values: { name: 'Acme' } }],
          do: [
            {
              act: 'create',
              object: 'visit__c',
              record: 'visit',
              values: { name: 'First', account__c: 'acme', hours__c: 1.5 },
            },
          ],
          expect: [
            {
              that: 'saved',
              object: 'visit__c',
              record: 'visit',
              values: { account__c: 'acme', cost__c: 900 },
            },
          ],
        },
      ],
    ]
    expect(await failuresOf(...edits(600))).toEqual({})
    expect(await failuresOf(...edits(500))).toEqual({
      visits_cost__c: 'expect.0: Cost should be 900, but is 750',
    })
  })

  it('say what came otherwise, and where', async () => {
    const step = { act: 'update', object: 'opportunity', record: 'deal' }
    const user = { record: 'rep', object: 'user', values: { name: 'Rep', email: 'rep@x.cn' } }
    const { given } = ofDeal({}) as { given: object[] }
    const rep = { ...user, values: { ...user.values, permission_sets: ['sales_rep'] } }
    const failures = await failuresOf(
      [
        'test',
        'given__c',
        ofDeal({ given: [...given, { ...user, values: { name: 'Rep', active: true } }] }),
      ],
      ['test', 'step__c', ofDeal({ do: [{ ...step, values: { stage: 'lost' } }] })],
      [
        'test',
        'reason__c',
        ofDeal({
          do: [{ ...step, values: { stage: 'lost' } }],
          expect: [{ that: 'refused', object: 'opportunity', field: 'amount' }],
        }),
      ],
      ['test', 'unseen__c', ofDeal({ given: [...given, rep], expect: [{ ...SAVED, as: 'rep' }] })],
      [
        'test',
        'seen__c',
        ofDeal({
          given: [...given, rep],
          expect: [{ that: 'hidden', object: 'opportunity', record: 'deal' }],
        }),
      ],
      [
        'test',
        'read__c',
        ofDeal({
          given: [...given, rep],
          expect: [{ that: 'unreadable', object: 'product', field: 'standard_price', as: 'rep' }],
        }),
      ],
      [
        'test',
        'gone__c',
        ofDeal({
          do: [{ act: 'delete', object: 'opportunity', record: 'deal' }],
          expect: [{ that: 'hidden', object: 'opportunity', record: 'deal' }],
        }),
      ],
    )
    expect(failures).toEqual({
      given__c: expect.stringMatching(/^given\.2: Given record 3 was refused: .*email/),
      step__c: expect.stringMatching(/^do\.0: Step 1 was refused: .*lost_needs_reason/),
      reason__c: expect.stringMatching(
        /^expect\.0: It should be refused by Amount, but was refused otherwise: .*lost_reason/,
      ),
      unseen__c: 'expect.0: "rep" does not see "deal"',
      seen__c: 'expect.0: "deal" should be gone',
      read__c: 'expect.0: "rep" should not read Standard price, but may',
    })
  })

  it('cannot be written without a meaning', async () => {
    const problemsOf = async (definition: object): Promise<string[]> => {
      const set = await openSet(['test', 'x__c', definition])
      const { problems } = await planOf(set)
      await discard(set)
      return problems
        .map((one: { code: string; path: string }) => `${one.path} ${one.code}`)
        .toSorted()
    }
    const step = { act: 'update', object: 'opportunity', record: 'deal' }
    expect(await problemsOf(ofDeal({ expect: [] }))).toEqual([expect.stringMatching(/^expect /)])
    expect(
      await problemsOf(
        ofDeal({
          do: [
            { ...step, record: 'dael', values: { amuont: 1, weighted: 2, stage: 'wom' } },
            { ...step, object: 'account', values: {} },
            { ...step, values: { account: 'deal', close_date: { var: 'created_at' } }, as: 'acme' },
            { ...step, values: { close_date: { add_days: [{ var: ['created_at'] }, 1] } } },
          ],
          expect: [
            { that: 'refused', object: 'opportunity' },
            { that: 'refused', object: 'opportunity', rule: 'won_needs_amout', field: 'nothing' },
          ],
        }),
      ),
    ).toEqual([
      'do.0.record unknown_record',
      'do.0.values.amuont unknown_field',
      'do.0.values.stage wrong_value',
      'do.0.values.weighted read_only',
      'do.1.object wrong_object',
      'do.2.as unknown_record',
      'do.2.values.account unknown_record',
      'do.2.values.close_date wrong_value',
      'do.3.values.close_date not_here',
      'expect duplicate_name',
      'expect.0 inert',
      'expect.1.field unknown_field',
      'expect.1.rule unknown_rule',
    ])
    expect(
      await problemsOf(
        ofDeal({ do: undefined, expect: [{ that: 'refused', object: 'account', code: 'x' }] }),
      ),
    ).toEqual(['expect inert'])
  })

  it('are known to what is retired, and follow a new name', async () => {
    const uses = (await admin.get(`${META}/where-used/field/product.cost`)).body.uses
    expect(uses).toContainEqual({
      kind: 'test',
      name: 'cost_is_for_finance',
      path: 'given.3.values.cost',
    })
    const set = await openSet(
      ['field', 'account.rating__c', { type: 'number', label: 'Rating' }],
      [
        'test',
        'rating__c',
        {
          label: 'Rating',
          do: [
            {
              act: 'create',
              object: 'account',
              record: 'acme',
              values: { name: 'Acme', rating__c: 5, billing_address: { city: '苏州' } },
            },
          ],
          expect: [
            {
              that: 'saved',
              object: 'account',
              record: 'acme',
              values: { rating__c: 5, billing_address: { city: '苏州' } },
            },
          ],
        },
      ],
    )
    expect((await publish(set)).status).toBe(200)
    const renaming = await openSet()
    const path = `${META}/changesets/${renaming}`
    await admin.post(`${path}/rename/field/account.rating__c`, { to: 'score__c' })
    expect(await planOf(renaming)).toMatchObject({ publishable: true, tests: { failed: 0 } })
    expect((await publish(renaming)).status).toBe(200)
    expect(await definitionOf('test', 'rating__c')).toMatchObject({
      do: [{ values: { score__c: 5 } }],
      expect: [{ values: { score__c: 5 } }],
    })
    const gone = await openSet(['field', 'account.score__c'])
    const { problems, publishable } = await planOf(gone)
    expect(publishable).toBe(false)
    expect(problems).toContainEqual(
      expect.objectContaining({ kind: 'test', name: 'rating__c', code: 'unknown_field' }),
    )
    await discard(gone)
  })

  it('expect a rule under its new name, and under that of its object', async () => {
    const at = (object: string, rule: string): Edit[] => [
      ['object', object, { label: 'Machine' }],
      ['field', `${object}.power__c`, { type: 'number', label: 'Power' }],
      [
        'validation_rule',
        `${object}.${rule}`,
        { label: 'Power', message: 'No power', error_if: { '<': [{ var: 'power__c' }, 0] } },
      ],
      [
        'test',
        'power__c',
        {
          label: 'Power',
          do: [{ act: 'create', object, record: 'one', values: { name: 'M', power__c: -1 } }],
          expect: [{ that: 'refused', object, rule }],
        },
      ],
    ]
    expect((await publish(await openSet(...at('engine__c', 'has_power__c')))).status).toBe(200)
    const renaming = await openSet()
    const path = `${META}/changesets/${renaming}/rename`
    const named = async (kind: string, name: string, to: string): Promise<void> => {
      const answer = await admin.post(`${path}/${kind}/${name}`, { to })
      expect(answer.status, answer.text).toBe(200)
    }
    await named('validation_rule', 'engine__c.has_power__c', 'is_strong__c')
    await named('object', 'engine__c', 'motor__c')
    expect(await planOf(renaming)).toMatchObject({ publishable: true, tests: { failed: 0 } })
    expect((await publish(renaming)).status).toBe(200)
    expect(await definitionOf('test', 'power__c')).toMatchObject({
      do: [{ object: 'motor__c' }],
      expect: [{ object: 'motor__c', rule: 'is_strong__c' }],
    })
    const packaged = await openSet()
    const refused = await admin.post(
      `${META}/changesets/${packaged}/rename/validation_rule/opportunity.won_needs_amount`,
      { to: 'other__c' },
    )
    expect(refused.status).toBe(409)
    await discard(packaged)
  })

  it('follow what the vendor renames: those of the customer, and the customer’s changes to the vendor’s', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trellis-vendor-'))
    await cp(join(ROOT_DIR, 'metadata'), folder, { recursive: true })
    for (const order of [
      {
        kind: 'validation_rule',
        name: 'opportunity.lost_needs_reason',
        to: 'lost_says_why',
      },
      { kind: 'duplicate_rule', name: 'account.same_company', to: 'alike_company' },
      { kind: 'field', name: 'opportunity.lost_reason', to: 'why_lost' },
    ] as const) {
      await renameInPackage(join(folder, 'crm'), order, server.foundation.target.fieldTypes)
    }
    const install = async (crm: string): Promise<unknown> => {
      const order = { by: null, now: new Date(), label: 'Vendor' }
      const packages = [await readPackage(crm, 'crm')]
      const { conflicts } = await installPackages(server.foundation.target, packages, order)
      await server.currentModel.refresh()
      return conflicts
    }
    const saved = (reason: string): object => ({ ...SAVED, values: { [reason]: null } })
    const refused = (field: string, rule: string): object => {
      return { that: 'refused', object: 'opportunity', field, rule }
    }
    const needed = await definitionOf('validation_rule', 'opportunity.lost_needs_reason')
    const shipped = await definitionOf('test', 'lost_needs_reason')
    const mine = await openSet(
      ['test', 'lost_of_mine__c', ofDeal({ ...LOST })],
      ['test', 'open_of_mine__c', ofDeal({ expect: [SAVED, saved('lost_reason')] })],
      [
        'test',
        'alike_of_mine__c',
        {
          label: 'Alike',
          given: [{ record: 'one', object: 'account', values: { name: '苏州精工机械有限公司' } }],
          do: [
            {
              act: 'create',
              object: 'account',
              record: 'two',
              values: { name: '苏州精工机械股份有限公司' },
            },
          ],
          expect: [{ that: 'refused', object: 'account', rule: 'same_company' }],
        },
      ],
      [
        'test',
        'lost_needs_reason',
        {
          ...shipped,
          expect: [refused('lost_reason', 'lost_needs_reason'), saved('lost_reason')],
        },
      ],
      ['validation_rule', 'opportunity.lost_needs_reason', { ...needed, message: 'Mine' }],
    )
    const { body: before, ...answer } = await publish(mine)
    expect(answer.status, answer.text).toBe(200)
    expect(await install(join(folder, 'crm'))).toEqual([])
    expect(await definitionOf('test', 'lost_of_mine__c')).toMatchObject({
      expect: [{ rule: 'lost_says_why' }],
    })
    expect(await definitionOf('test', 'open_of_mine__c')).toMatchObject({
      expect: [SAVED, saved('why_lost')],
    })
    expect(await definitionOf('test', 'alike_of_mine__c')).toMatchObject({
      expect: [{ rule: 'alike_company' }],
    })
    expect(await definitionOf('test', 'lost_needs_reason')).toMatchObject({
      expect: [refused('why_lost', 'lost_says_why'), saved('why_lost')],
    })
    expect(await definitionOf('validation_rule', 'opportunity.lost_says_why')).toMatchObject({
      message: 'Mine',
      former_names: ['lost_needs_reason'],
    })
    expect((await admin.post(`${META}/tests`, {})).body).toMatchObject({ failed: 0, not_run: 0 })
    // The version before gives the names of before back.
    expect(await install(join(ROOT_DIR, 'metadata/crm'))).toEqual([])
    expect(await definitionOf('test', 'lost_of_mine__c')).toMatchObject(LOST)
    expect(await definitionOf('test', 'lost_needs_reason')).toMatchObject({
      expect: [refused('lost_reason', 'lost_needs_reason'), saved('lost_reason')],
    })
    const back = await admin.post(`${META}/releases/${before.release - 1}/rollback`)
    expect(back.status, back.text).toBe(200)
    await rm(folder, { recursive: true, force: true })
  })

  it('stand in the way, with the reason, where their tables cannot be made', async () => {
    await server.test.database.execute(`
      create function public.no_scratch() returns event_trigger language plpgsql as
        $$ begin raise exception 'no room for a schema' using errcode = '53100'; end $$`)
    await server.test.database.execute(
      `create event trigger no_scratch on ddl_command_start when tag in ('CREATE SCHEMA') execute function public.no_scratch()`,
    )
    const set = await openSet(
      ['field', 'account.seen__c', { type: 'checkbox', label: 'Seen', default: true }],
      ['test', 'deal__c', ofDeal({})],
    )
    const plan = await admin.post(`${META}/changesets/${set}/plan`, {})
    expect(plan.status, plan.text).toBe(200)
    expect(plan.body).toMatchObject({ publishable: false })
    const why = expect.stringContaining(
      'The tables for the tests could not be made: no room for a schema',
    )
    expect(plan.text).toContain('"tests_not_run"')
    const refused = await publish(set)
    expect(refused.status, refused.text).toBe(422)
    expect(refused.body.errors).toMatchObject([{ code: 'tests_not_run', message: why }])
    const run = await admin.post(`${META}/tests`, { change_set: set })
    expect([run.status, run.body.passed, run.body.failed]).toEqual([200, 0, 0])
    await server.test.database.execute('drop event trigger no_scratch')
    // With room again nobody waits for what was known.
    expect((await publish(set)).status).toBe(200)
  })

  it('are many: 200 take a fifth of the time for 1,000 at most, each with its outcome', async () => {
    const { model } = server.currentModel.release
    const many = Array.from({ length: 200 }, (_, index) => ({
      kind: 'test',
      name: `many_${index}__c`,
      definition: ofDeal({
        // Every other one begins with records that no other has.
        ...(index % 2 === 0 ? {} : { given: givenOf(`Acme ${index}`) }),
        ...(index === 27 || index === 28 ? { expect: [{ ...SAVED, values: { amount: 6 } }] } : {}),
      }),
    }))
    const without = model.components.filter(({ kind }) => kind !== 'test')
    const compiled = compileModel([...without, ...many], model.fieldTypes)
    expect(compiled.problems).toEqual([])
    const { outcomes, ms } = await new PackageTests(server.foundation.target).run(
      compiled.model ?? model,
    )
    expect(outcomes.map(({ name }) => name)).toEqual(many.map(({ name }) => name))
    const others = outcomes.filter(({ status }) => status !== 'passed')
    expect(others.map(({ name, status }) => [name, status])).toEqual([
      ['many_27__c', 'failed'],
      ['many_28__c', 'failed'],
    ])
    expect(ms).toBeLessThan(60_000 / 5)
  })

  it('see nothing of each other, though they begin alike', async () => {
    const users = [
      {
        record: 'boss',
        object: 'user',
        values: { name: 'Boss', email: 'boss@example.com', permission_sets: ['sales_manager'] },
      },
      {
        record: 'rep',
        object: 'user',
        values: { name: 'Rep', email: 'rep@example.com', permission_sets: ['sales_rep'] },
      },
    ]
    const account = { record: 'acme', object: 'account', values: { name: 'Acme' } }
    const given = [...users, account]
    const hidden = { that: 'hidden', object: 'account', record: 'acme', as: 'boss' }
    const seen = { that: 'saved', object: 'account', record: 'acme', as: 'boss', values: {} }
    const test = (more: object): object => ({ label: 'Alike', given, ...more })
    const bad = { record: 'bad', object: 'account', values: { name: null } }
    const failures = await failuresOf(
      ['test', 'alike_1__c', test({ expect: [hidden] })],
      [
        'test',
        'alike_2__c',
        test({
          do: [
            {
              act: 'update',
              object: 'account',
              record: 'acme',
              values: { name: 'Other', owner: 'boss' },
            },
          ],
          expect: [{ ...seen, values: { name: 'Other' } }],
        }),
      ],
      [
        'test',
        'alike_3__c',
        test({
          do: [{ act: 'update', object: 'user', record: 'rep', values: { manager: 'boss' } }],
          expect: [hidden],
        }),
      ],
      [
        'test',
        'alike_4__c',
        test({
          given: [...given, { ...account, record: 'own', values: { name: 'Own', owner: 'rep' } }],
          do: [{ act: 'update', object: 'user', record: 'rep', values: { manager: 'boss' } }],
          expect: [hidden, { ...seen, record: 'own', values: { name: 'Own' } }],
        }),
      ],
      [
        'test',
        'alike_5__c',
        test({
          given: [...given, { ...account, record: 'own', values: { name: 'Own', owner: 'rep' } }],
          expect: [
            { ...hidden, record: 'own' },
            { ...seen, as: 'rep', record: 'own', values: { name: 'Own' } },
          ],
        }),
      ],
      // What they share is refused: each of them says so.
      [
        'test',
        'alike_6__c',
        test({ given: [...given, bad, { ...account, record: 'two' }], expect: [hidden] }),
      ],
      ['test', 'alike_7__c', test({ given: [...given, bad], expect: [hidden] })],
      // Nothing of a refused step is left, and what came before it is.
      [
        'test',
        'alike_8__c',
        test({
          do: [
            { act: 'update', object: 'account', record: 'acme', values: { name: 'First' } },
            { act: 'update', object: 'account', record: 'acme', values: { name: null } },
          ],
          expect: [
            { that: 'refused', object: 'account', field: 'name' },
            { ...seen, as: undefined, values: { name: 'First' } },
          ],
        }),
      ],
    )
    const refused = expect.stringMatching(/^given.3: Given record 4 was refused: Needs a value/)
    expect(failures).toEqual({ alike_6__c: refused, alike_7__c: refused })
  })

  it('are run again where another release came between plan and publish', async () => {
    const rule = await definitionOf('validation_rule', 'opportunity.lost_needs_reason')
    const planned = await openSet(['test', 'lost__c', ofDeal({ ...LOST })])
    expect(await planOf(planned)).toMatchObject({ publishable: true, tests: { failed: 0 } })
    const between = await openSet(
      ['validation_rule', 'opportunity.lost_needs_reason', { ...rule, active: false }],
      [
        'test',
        'lost_needs_reason',
        { ...(await definitionOf('test', 'lost_needs_reason')), active: false },
      ],
    )
    expect((await publish(between)).status).toBe(200)
    const refused = await publish(planned)
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([{ path: 'test lost__c', code: 'test_failed' }])
    // Going back is for emergencies: no test holds it up.
    const [{ release }] = (await admin.get(`${META}/releases`)).body.releases
    const back = await admin.post(`${META}/releases/${release - 1}/rollback`)
    expect(back.status, back.text).toBe(200)
    expect((await publish(planned)).status).toBe(200)
  })

  it('run before the first step of a publish that goes on in steps', async () => {
    const { target } = server.foundation
    target.largeFrom = 0
    const fails = await openSet(
      ['field', 'account.seen__c', { type: 'checkbox', label: 'Seen', default: true }],
      ['field', 'account.tax_no__c', { type: 'text', label: 'Tax number', unique: true }],
      ['test', 'large__c', ofDeal({ expect: [{ ...SAVED, values: { amount: 6 } }] })],
    )
    expect(await planOf(fails)).toMatchObject({ in_steps: true, tests: { failed: 1 } })
    expect((await publish(fails)).status).toBe(422)
    expect((await admin.get(`${META}/publishes`)).body.publish).toBeNull()
    await discard(fails)
    target.largeFrom = 10_000
  })

  it('end when their time is over, one by one and together', async () => {
    const { model } = server.currentModel.release
    const tight = new PackageTests(server.foundation.target, { oneMs: 5000, allMs: 0 })
    const { outcomes } = await tight.run(model)
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['not_run']))
    const impatient = new PackageTests(server.foundation.target, { oneMs: 0, allMs: 60_000 })
    const [first] = (await impatient.run(model)).outcomes
    expect(first).toMatchObject({
      status: 'failed',
      failures: [{ path: 'given.0', message: { 'en-US': 'It took too long' } }],
    })
  })

  it('are for those who may customize', async () => {
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await rep.post(`${META}/tests`, {})).status).toBe(403)
    expect((await server.stranger.post(`${META}/tests`, {})).status).toBe(401)
    const gone = { change_set: '01890000-0000-7000-8000-000000000000' }
    expect((await admin.post(`${META}/tests`, gone)).status).toBe(404)
    expect((await admin.post(`${META}/tests`, { change_set: 'x' })).status).toBe(404)
  })

  it('can be run at the command line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trellis-tests-'))
    const environment = { DATABASE_URL: server.test.url, DATA_DIR: folder }
    server.foundation.target.testing = undefined as never
    const set = await openSet([
      'test',
      'fails__c',
      ofDeal({ expect: [{ ...SAVED, values: { amount: 6 } }] }),
    ])
    expect((await publish(set)).status).toBe(200)
    const failed = await runCrm(['test'], environment)
    expect(failed.text).toContain('fails__c')
    expect(failed.text).toContain('Amount should be 6, but is 5')
    expect(failed.text).toMatch(/\d+ passed, 1 not, in /)
    expect(failed.code).toBe(1)
    await rm(folder, { recursive: true, force: true })
  })
})
