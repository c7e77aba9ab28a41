import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let admin: Caller
let anna: TestUser
let ben: TestUser

const META = '/api/v1/meta'
const CUSTOMIZER = 'customizer__c'

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  const [first, second] = await Promise.all(
    ['Anna', 'Ben'].map((name) => server.createUser({ sets: ['sales_rep'], name })),
  )
  if (!first || !second) throw new Error('Two users were made')
  anna = first
  ben = second
  const made: [TestUser, ...string[]][] = [
    [anna, 'Anna one', 'Anna two', 'Anna three'],
    [ben, 'Ben one'],
  ]
  for (const [user, ...names] of made) {
    const caller = await server.signIn(user)
    for (const name of names) {
      expect((await caller.post('/api/v1/records/account', { name })).status).toBe(201)
    }
  }
})
afterAll(() => server.stop())

type Edit = [kind: string, name: string, definition?: object]

async function openSet(by: Caller, edits: readonly Edit[]): Promise<string> {
  const set = (await by.post(`${META}/changesets`, { label: 'access' })).body.id
  for (const [kind, name, definition] of edits) {
    const path = `${META}/changesets/${set}/${kind}/${name}`
    const answer = await (definition ? by.put(path, definition) : by.delete(path))
    expect(answer.status, answer.text).toBeLessThan(300)
  }
  return set
}

async function plan(...edits: Edit[]): Promise<Answer['body']> {
  return (await admin.post(`${META}/changesets/${await openSet(admin, edits)}/plan`, {})).body
}

async function publishAs(by: Caller, ...edits: Edit[]): Promise<Answer> {
  return by.post(`${META}/changesets/${await openSet(by, edits)}/publish`, {})
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests change what is in it
async function definitionOf(kind: string, name: string): Promise<any> {
  return (await admin.get(`${META}/${kind}/${name}`)).body.definition
}

const texts = (body: Answer['body']): string[] =>
  body.access.effects.map((effect: { text: string }) => effect.text)

async function withReps(change: (account: Record<string, unknown>) => object): Promise<Edit> {
  const set = await definitionOf('permission_set', 'sales_rep')
  const account = change(set.objects.account)
  return ['permission_set', 'sales_rep', { ...set, objects: { ...set.objects, account } }]
}

describe('the plan of a change of access', () => {
  it('says who gains what: a wider scope of a permission set', async () => {
    const body = await plan(await withReps((account) => ({ ...account, read_scope: 'all' })))
    expect(body.access.changes).toEqual([
      {
        kind: 'permission_set',
        name: 'sales_rep',
        opens: true,
        closes: false,
        what: 'Read Accounts',
        before: 'own',
        after: 'all',
      },
    ])
    // Each of the two gains what the other has.
    expect(body.access.effects).toEqual([
      {
        object: 'account',
        right: 'read',
        gains: true,
        users: 2,
        records: 4,
        more: false,
        text: '2 users gain read on 4 accounts',
      },
    ])
  })

  it('says it in the language of the reader', async () => {
    const edit = await withReps((account) => ({ ...account, read_scope: 'all' }))
    const set = await openSet(admin, [edit])
    const { body } = await admin
      .with({ 'accept-language': 'zh-CN' })
      .post(`${META}/changesets/${set}/plan`, {})
    expect(texts(body)).toEqual(['2 位用户新增可查看 4 条客户'])
  })

  it('says who loses what: a right taken away, and the details that follow', async () => {
    const body = await plan(await withReps(() => ({ read: true })))
    expect(texts(body)).toEqual([
      '2 users lose edit on 4 accounts',
      '2 users may no longer create accounts',
      expect.stringMatching(/^2 users may do more with fields of Account: /),
    ])
    const without = await definitionOf('permission_set', 'sales_rep')
    const { account: _gone, ...objects } = without.objects
    const gone = await plan(['permission_set', 'sales_rep', { ...without, objects }])
    expect(texts(gone)).toEqual([
      '2 users lose read on 4 accounts',
      '2 users lose edit on 4 accounts',
      '2 users may no longer create accounts',
    ])
  })

  it('counts sharing rules, restriction rules and the default of an object', async () => {
    const everyone = [{ everyone: true }]
    const rule = { label: 'Rule', where: { starts_with: [{ var: 'name' }, 'Anna'] }, to: everyone }
    const shared = await plan(['sharing_rule', 'account.annas', { ...rule, access: 'edit' }])
    expect(texts(shared)).toEqual([
      '1 user gains read on 3 accounts',
      '1 user gains edit on 3 accounts',
    ])
    expect(shared.access.changes[0]).toMatchObject({ kind: 'sharing_rule', opens: true })
    const restricted = await plan(['restriction_rule', 'account.annas_only', rule])
    // Ben, and the administrator, whom nothing else holds back.
    expect(texts(restricted)[0]).toBe('2 users lose read on 1 account')
    expect(restricted.access.changes).toEqual([
      expect.objectContaining({ kind: 'restriction_rule', opens: false, closes: true }),
    ])
    const object = await definitionOf('object', 'account')
    const opened = await plan(['object', 'account', { ...object, sharing: 'read' }])
    expect(texts(opened)).toContain('2 users gain read on 4 accounts')
  })

  it('counts a role tree that moves', async () => {
    const object = await definitionOf('object', 'account')
    const { database } = server.test
    const place = 'update main."user" set role = $2 where id = $1'
    await database.execute(place, [anna.id, 'sales_rep'])
    await database.execute(place, [ben.id, 'sales_manager'])
    const body = await plan(['object', 'account', { ...object, role_hierarchy: true }])
    expect(texts(body)).toEqual([
      '1 user gains read on 3 accounts',
      '1 user gains edit on 3 accounts',
    ])
    await database.execute(place, [anna.id, null])
    await database.execute(place, [ben.id, null])
  })

  it('tells of fields that are hidden or masked from now on', async () => {
    const body = await plan(
      await withReps((account) => ({ ...account, fields: { phone: 'masked', level: 'none' } })),
    )
    expect(body.access.changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'Account: Phone', before: 'edit', after: 'masked' }),
      ]),
    )
    expect(texts(body)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^2 users may do less with fields of Account/),
      ]),
    )
  })

  it('is silent about changes that touch nobody’s access', async () => {
    const body = await plan(['field', 'account.nick__c', { type: 'text', label: 'Nick' }])
    expect(body.access).toEqual({ changes: [], effects: [] })
  })

  it('does not fail over a rule on a field that is still to come', async () => {
    const body = await plan(
      ['field', 'account.vip__c', { type: 'checkbox', label: 'VIP' }],
      [
        'sharing_rule',
        'account.vips',
        {
          label: 'VIP',
          where: { '==': [{ var: 'vip__c' }, true] },
          to: [{ everyone: true }],
          access: 'read',
        },
      ],
    )
    expect(body.publishable).toBe(true)
    expect(body.access.effects).toEqual([
      expect.objectContaining({ object: 'account', right: 'read', users: null, records: null }),
    ])
  })
})

describe('what is in use', () => {
  it('is not deleted: a permission set that users have', async () => {
    for (const name of ['Carl', 'Dora']) await server.createUser({ sets: ['data_migration'], name })
    const body = await plan(['permission_set', 'data_migration'])
    expect(body.publishable).toBe(false)
    expect(body.findings).toContainEqual(
      expect.objectContaining({ code: 'in_use', kind: 'permission_set', count: 2 }),
    )
    const refused = await publishAs(admin, ['permission_set', 'data_migration'])
    expect(refused.status).toBe(422)
    expect(refused.body.errors[0].code).toBe('in_use')
  })

  it('is not deleted: a permission set that a key is bound to', async () => {
    const key = await admin.post('/api/v1/api-keys', {
      label: 'Narrow',
      permission_set: 'marketing',
    })
    expect(key.status, key.text).toBe(201)
    const { findings } = await plan(['permission_set', 'marketing'])
    expect(findings).toEqual([expect.objectContaining({ code: 'in_use', count: 1 })])
    await admin.delete(`/api/v1/api-keys/${key.body.id}`)
    expect((await plan(['permission_set', 'marketing'])).findings).toEqual([])
  })

  it('is not deleted: a role that a user has', async () => {
    const setRole = (role: string | null): Promise<number> =>
      server.test.database.execute('update main."user" set role = $2 where id = $1', [
        anna.id,
        role,
      ])
    await setRole('marketing')
    const { findings, problems } = await plan(['role', 'marketing'])
    expect(problems).toEqual([])
    expect(findings).toEqual([
      expect.objectContaining({ code: 'in_use', kind: 'role', name: 'marketing', count: 1 }),
    ])
    await setRole(null)
    expect((await plan(['role', 'marketing'])).findings).toEqual([])
  })

  it('is said of codes that nothing has', async () => {
    const { findings } = await plan([
      'sharing_rule',
      'account.to_nobody',
      {
        label: 'To nobody',
        owned_by: [{ department_and_below: 'nowhere' }],
        to: [{ group: 'nobody' }, { queue: 'none' }],
        access: 'read',
      },
    ])
    expect(findings.map((one: { code: string; message: string }) => one.message)).toEqual([
      expect.stringContaining('"nobody"'),
      expect.stringContaining('"none"'),
      expect.stringContaining('"nowhere"'),
    ])
  })
})

describe('nobody gives what they do not have', () => {
  let customizer: Caller

  beforeAll(async () => {
    const answer = await publishAs(admin, [
      'permission_set',
      CUSTOMIZER,
      {
        label: 'Customizer',
        system: ['customize'],
        objects: {
          account: { create: true, read: true, edit: true, fields: { credit_limit: 'read' } },
        },
      },
    ])
    expect(answer.status, answer.text).toBe(200)
    customizer = await server.signIn(await server.createUser({ sets: [CUSTOMIZER] }))
  })

  const extended = async (change: (set: Record<string, unknown>) => object): Promise<Edit> => [
    'permission_set',
    CUSTOMIZER,
    change(await definitionOf('permission_set', CUSTOMIZER)),
  ]
  const account = (rights: object) => (set: Record<string, unknown>) => ({
    ...set,
    objects: { account: { create: true, read: true, edit: true, ...rights } },
  })

  it.each([
    ['a system permission', (set: object) => ({ ...set, system: ['customize', 'view_all_data'] })],
    ['an app', (set: object) => ({ ...set, apps: ['crm'] })],
    ['a custom permission', (set: object) => ({ ...set, custom: ['amend_contract'] })],
    ['another object', (set: object) => ({ ...set, objects: { lead: { read: true } } })],
    ['a right', account({ delete: true, fields: { credit_limit: 'read' } })],
    ['a wider scope', account({ read_scope: 'all', fields: { credit_limit: 'read' } })],
    ['more of a field', account({})],
  ])('%s', async (_what, change) => {
    const edit = await extended(change)
    const refused = await publishAs(customizer, edit)
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    expect(refused.body.errors[0]).toMatchObject({ code: 'wider_than_own' })
    const set = await openSet(customizer, [edit])
    const { body } = await customizer.post(`${META}/changesets/${set}/plan`, {})
    expect(body.publishable).toBe(false)
    expect(body.findings).toContainEqual(expect.objectContaining({ code: 'wider_than_own' }))
  })

  it.each<[string, Edit]>([
    [
      'by a sharing rule',
      [
        'sharing_rule',
        'account.mine',
        { label: 'x', owned_by: [{ everyone: true }], to: [{ everyone: true }], access: 'read' },
      ],
    ],
    ['by taking a restriction away', ['restriction_rule', 'contract.finance_sees_no_drafts']],
    ['by moving a role', ['role', 'sales_rep', { label: 'Rep', parent: 'finance' }]],
  ])('%s', async (_what, edit) => {
    expect((await publishAs(customizer, edit)).status).toBe(403)
  })

  it('by the default of an object', async () => {
    const object = await definitionOf('object', 'account')
    const edit: Edit = ['object', 'account', { ...object, sharing: 'read' }]
    expect((await publishAs(customizer, edit)).status).toBe(403)
  })

  it('but may give what they have, take away, and build what is new', async () => {
    const narrower = await extended(account({ edit: false, fields: { credit_limit: 'none' } }))
    const given = await publishAs(
      customizer,
      [
        'permission_set',
        'second__c',
        {
          label: 'Second',
          objects: { account: { create: true, read: true, field_access: 'read' } },
        },
      ],
      ['object', 'idea__c', { label: 'Idea', sharing: 'read_write' }],
      [
        'permission_set',
        'ideas__c',
        { label: 'Ideas', objects: { idea__c: { read: true, read_scope: 'all' } } },
      ],
    )
    expect(given.status, given.text).toBe(200)
    expect((await publishAs(customizer, narrower)).status).toBe(200)
  })
})

describe('rules that cannot be published', () => {
  const rule = { label: 'Rule', to: [{ everyone: true }], access: 'read' }
  it.each([
    ['on a field that is not there', { '==': [{ var: 'levle' }, 'A'] }, 'unknown_field'],
    ['about the save', { changed: [{ var: 'level' }] }, undefined],
    ['that compares a text with a number', { '>': [{ var: 'name' }, 3] }, undefined],
    ['about who reads', { '==': [{ var: 'created_by' }, { var: '$user.id' }] }, 'not_allowed_here'],
    ['that is no expression', { open: [1] }, undefined],
  ])('%s', async (_what, where, code) => {
    for (const kind of ['sharing_rule', 'restriction_rule']) {
      if (kind === 'restriction_rule' && code === 'not_allowed_here') continue
      const { access: _access, ...closing } = rule
      const body = await plan([
        kind,
        'account.wrong',
        { ...(kind === 'sharing_rule' ? rule : closing), where },
      ])
      expect(body.publishable, kind).toBe(false)
      expect(body.problems[0]).toMatchObject({ kind, name: 'account.wrong', severity: 'error' })
      if (code !== undefined) expect(body.problems[0].code).toBe(code)
    }
  })
})
