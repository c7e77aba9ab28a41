import type { Principal } from '@trellis/metamodel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  NO_ORGANIZATION,
  Organization,
  type OrganizationData,
  principalName,
} from './organization.ts'

type User = OrganizationData['users'][number]

const user = (id: string, more: Partial<User> = {}): User => ({
  id,
  isQueue: false,
  isActive: true,
  code: null,
  role: null,
  department: null,
  manager: null,
  permissionSets: [],
  ...more,
})

function organization(data: Partial<OrganizationData>): Organization {
  return new Organization({
    users: [],
    departments: [],
    memberships: [],
    groups: [],
    groupMembers: [],
    queueMembers: [],
    roles: new Map(),
    ...data,
  })
}

const sorted = (ids: Iterable<string>): string[] => [...ids].toSorted()
const DEPARTMENTS = [
  { id: 'all', parent: null, code: 'ALL' },
  { id: 'sales', parent: 'all', code: 'SALES' },
  { id: 'east', parent: 'sales', code: null },
]
const member = { user: null, role: null, department: null, withBelow: false }

describe('own', () => {
  it('is the user and the queues that they are a member of', () => {
    const { own } = organization({
      users: [user('ann'), user('q', { isQueue: true }), user('r', { isQueue: true })],
      queueMembers: [{ queue: 'q', member: 'ann' }],
    }).reachOf('ann').owners
    expect(own).toEqual(['ann', 'q'])
  })

  it('is nothing for somebody unknown', () => {
    const reach = organization({ users: [user('ann')] }).reachOf('zoe')
    expect(reach.owners.own).toEqual([])
    expect(reach.principals.size).toBe(0)
  })
})

describe('subordinates', () => {
  const people = organization({
    users: [
      user('ann'),
      user('bob', { manager: 'ann' }),
      user('cem', { manager: 'bob' }),
      user('dan', { manager: 'bob', isActive: false }),
      user('eve'),
    ],
  })

  it('are all who report over any number of managers, inactive ones too', () => {
    expect(sorted(people.reachOf('ann').owners.own_and_subordinates)).toEqual([
      'ann',
      'bob',
      'cem',
      'dan',
    ])
    expect(sorted(people.reachOf('bob').owners.own_and_subordinates)).toEqual(['bob', 'cem', 'dan'])
    expect(people.reachOf('eve').owners.own_and_subordinates).toEqual(['eve'])
  })

  it('of a circle are each other, once', () => {
    const circle = organization({
      users: [
        user('a', { manager: 'c' }),
        user('b', { manager: 'a' }),
        user('c', { manager: 'b' }),
      ],
    })
    expect(sorted(circle.reachOf('a').owners.own_and_subordinates)).toEqual(['a', 'b', 'c'])
  })
})

describe('departments', () => {
  const people = organization({
    users: [
      user('head', { department: 'sales' }),
      user('rep', { department: 'east' }),
      user('boss', { department: 'all' }),
      user('guest'),
    ],
    departments: DEPARTMENTS,
    memberships: [{ user: 'guest', department: 'east' }],
  })

  it('hold those whose main department it is', () => {
    expect(sorted(people.reachOf('head').owners.department)).toEqual(['head'])
    expect(sorted(people.reachOf('guest').owners.department)).toEqual(['guest', 'rep'])
    expect(sorted(people.reachOf('rep').owners.department)).toEqual(['rep'])
  })

  it('hold those below where it is said', () => {
    expect(sorted(people.reachOf('head').owners.department_and_below)).toEqual(['head', 'rep'])
    expect(sorted(people.reachOf('boss').owners.department_and_below)).toEqual([
      'boss',
      'head',
      'rep',
    ])
  })

  it('name their members, further ones too, with what is above', () => {
    const { principals } = people.reachOf('guest')
    expect(sorted([...principals].filter((name) => name.startsWith('department')))).toEqual([
      'department:east',
      'department_and_below:all',
      'department_and_below:east',
      'department_and_below:sales',
      'department_and_below_code:ALL',
      'department_and_below_code:SALES',
    ])
    expect(people.reachOf('head').principals.has('department_code:SALES')).toBe(true)
  })

  it('that are not there any more count for nothing, whatever still refers to them', () => {
    const { principals, owners } = organization({
      users: [user('ann', { department: 'gone' }), user('bob', { department: 'gone' })],
      departments: [{ id: 'branch', parent: 'gone', code: null }],
      memberships: [
        { user: 'ann', department: 'gone' },
        { user: 'ann', department: 'branch' },
      ],
      queueMembers: [{ queue: 'lost', member: 'ann' }],
    }).reachOf('ann')
    expect(sorted(principals)).toEqual([
      'department:branch',
      'department_and_below:branch',
      'everyone',
      'user:ann',
    ])
    expect(owners.department_and_below).toEqual(['ann'])
  })
})

describe('roles', () => {
  const people = organization({
    users: [
      user('ceo', { role: 'ceo' }),
      user('lead', { role: 'lead' }),
      user('rep', { role: 'rep' }),
      user('peer', { role: 'lead' }),
      user('none'),
    ],
    roles: new Map([
      ['ceo', { label: 'CEO' }],
      ['lead', { label: 'Lead', parent: 'ceo' }],
      ['rep', { label: 'Rep', parent: 'lead' }],
    ]),
  })

  it('reach those below, not their like', () => {
    expect(sorted(people.reachOf('ceo').below)).toEqual(['lead', 'peer', 'rep'])
    expect(people.reachOf('lead').below).toEqual(['rep'])
    expect(people.reachOf('none').below).toEqual([])
    expect(people.reachOf('lead').principalsBelow.has('user:rep')).toBe(true)
    expect(people.reachOf('lead').principalsBelow.has('user:peer')).toBe(false)
  })

  it('name those who have them, and those below where it is said', () => {
    const names = people.reachOf('rep').principals
    expect(names.has('role:rep')).toBe(true)
    expect(names.has('role:lead')).toBe(false)
    expect(names.has('role_and_below:ceo')).toBe(true)
    expect(sorted(people.membersOf([{ role: 'lead' }]))).toEqual(['lead', 'peer'])
    expect(sorted(people.membersOf([{ role_and_below: 'lead' }]))).toEqual(['lead', 'peer', 'rep'])
  })
})

describe('groups', () => {
  const people = organization({
    users: [
      user('ann', { role: 'rep' }),
      user('bob', { department: 'east' }),
      user('cem', { department: 'sales' }),
    ],
    departments: DEPARTMENTS,
    groups: [
      { id: 'g', code: 'G' },
      { id: 'h', code: null },
    ],
    groupMembers: [
      { ...member, group: 'g', role: 'rep' },
      { ...member, group: 'g', department: 'sales', withBelow: true },
      { ...member, group: 'h', department: 'sales' },
      { ...member, group: 'gone', user: 'ann' },
    ],
    roles: new Map([['rep', { label: 'Rep' }]]),
  })

  it('follow users, roles and departments', () => {
    expect(sorted(people.membersOf([{ group: 'G' }]))).toEqual(['ann', 'bob', 'cem'])
    const groupsOf = (id: string): string[] =>
      sorted([...people.reachOf(id).principals].filter((name) => name.startsWith('group')))
    expect(groupsOf('ann')).toEqual(['group:g', 'group_code:G'])
    expect(groupsOf('bob')).toEqual(['group:g', 'group_code:G'])
    expect(groupsOf('cem')).toEqual(['group:g', 'group:h', 'group_code:G'])
  })
})

describe('queues', () => {
  const people = organization({
    users: [user('ann'), user('q', { isQueue: true, code: 'Q' }), user('x', { isQueue: true })],
    queueMembers: [
      { queue: 'q', member: 'ann' },
      { queue: 'x', member: 'ann' },
    ],
  })

  it('are named by their code, for their members and as owners', () => {
    expect(sorted(people.membersOf([{ queue: 'Q' }]))).toEqual(['ann', 'q'])
    expect(people.reachOf('ann').principals.has('queue:x')).toBe(true)
  })

  it('are not everyone', () => {
    expect(people.membersOf([{ everyone: true }])).toEqual(['ann'])
    expect(people.user('q')?.isQueue).toBe(true)
    expect(people.user('zoe')).toBeUndefined()
  })
})

describe('principals', () => {
  it.each([
    [{ role: 'a' }, 'role:a'],
    [{ role_and_below: 'a' }, 'role_and_below:a'],
    [{ department: 'D' }, 'department_code:D'],
    [{ department_and_below: 'D' }, 'department_and_below_code:D'],
    [{ group: 'G' }, 'group_code:G'],
    [{ queue: 'Q' }, 'queue_code:Q'],
    [{ everyone: true }, 'everyone'],
  ] as const)('%j are called %s', (principal, name) => {
    expect(principalName(principal)).toBe(name)
  })

  it('that nobody has mean nobody, and none of them mean none', () => {
    const people = organization({ users: [user('ann')] })
    expect(people.membersOf([{ group: 'nowhere' }])).toEqual([])
    expect(people.membersOf([])).toEqual([])
  })
})

it('knows the same of any random organization however it is asked', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const some = fc.constantFrom(...ids, null)
  fc.assert(
    fc.property(fc.array(some, { minLength: 6, maxLength: 6 }), (managers) => {
      const people = organization({
        users: ids.map((id, index) => user(id, { manager: managers[index] ?? null })),
      })
      for (const id of ids) {
        const under = people.reachOf(id).owners.own_and_subordinates
        expect(new Set(under).size).toBe(under.length)
        expect(under[0]).toBe(id)
        // Whoever reports to somebody below is below too.
        ids.forEach((other, index) => {
          const above = managers[index]
          if (above != null && under.includes(above)) expect(under).toContain(other)
        })
      }
    }),
  )
})

describe('what is told of', () => {
  const people = organization({
    users: [
      user('ann', { role: 'rep', department: 'gone' }),
      user('bob', { code: 'B' }),
      user('q', { isQueue: true, code: 'Q', role: 'rep' }),
      user('silent', { isQueue: true }),
    ],
    departments: [
      { id: 'top', parent: null, code: 'TOP' },
      { id: 'low', parent: 'top', code: 'LOW' },
    ],
    memberships: [{ user: 'bob', department: 'low' }],
    groups: [{ id: 'g', code: 'G' }],
    groupMembers: [
      { ...member, group: 'g', user: 'bob' },
      { ...member, group: 'g', role: 'lead', withBelow: true },
    ],
    queueMembers: [
      { queue: 'silent', member: 'bob' },
      { queue: 'nowhere', member: 'bob' },
    ],
    roles: new Map([
      ['lead', { label: 'Lead' }],
      ['rep', { label: 'Rep', parent: 'lead' }],
    ]),
  })

  it('a salesperson whose department was deleted', () => {
    expect(sorted(people.reachOf('ann').principals)).toEqual([
      'everyone',
      'group:g',
      'group_code:G',
      'role:rep',
      'role_and_below:lead',
      'role_and_below:rep',
      'user:ann',
    ])
  })

  it('somebody with a further department, in a group and in a queue without a code', () => {
    expect(sorted(people.reachOf('bob').principals)).toEqual([
      'department:low',
      'department_and_below:low',
      'department_and_below:top',
      'department_and_below_code:LOW',
      'department_and_below_code:TOP',
      'department_code:LOW',
      'everyone',
      'group:g',
      'group_code:G',
      'queue:silent',
      'user:bob',
    ])
  })

  it('a queue, which is nobody of everyone', () => {
    expect(sorted(people.reachOf('q').principals)).toEqual([
      'group:g',
      'group_code:G',
      'queue_code:Q',
      'role:rep',
      'role_and_below:lead',
      'role_and_below:rep',
      'user:q',
    ])
    expect(sorted(people.reachOf('silent').principals)).toEqual(['user:silent'])
  })

  it('nobody', () => {
    expect(people.reachOf('zoe')).toEqual({
      principals: new Set(),
      principalsBelow: new Set(),
      owners: { own: [], own_and_subordinates: [], department: [], department_and_below: [] },
      below: [],
    })
  })

  it('how many there are', () => {
    expect(people.size).toBe(4)
    expect(NO_ORGANIZATION.size).toBe(0)
    expect(NO_ORGANIZATION.membersOf([{ everyone: true }])).toEqual([])
    expect(NO_ORGANIZATION.reachOf('ann').owners.own).toEqual([])
  })
})

describe('a group', () => {
  const people = organization({
    users: [user('ann', { role: 'rep' }), user('bob'), user('cem')],
    groups: [{ id: 'g', code: null }],
    groupMembers: [{ ...member, group: 'g', user: 'bob', role: 'rep' }],
  })

  it('takes everybody whom one of its members means in any way', () => {
    expect(sorted(people.reachOf('ann').principals)).toEqual([
      'everyone',
      'group:g',
      'role:rep',
      'role_and_below:rep',
      'user:ann',
    ])
    expect(sorted(people.reachOf('bob').principals)).toEqual(['everyone', 'group:g', 'user:bob'])
    expect(sorted(people.reachOf('cem').principals)).toEqual(['everyone', 'user:cem'])
  })
})

describe('an organization', () => {
  it('does not mix up principals whose names run together', () => {
    const two = organization({
      users: [user('a', { role: 'x' }), user('b', { role: 'xrole:y' })],
    })
    expect(two.membersOf([{ role: 'x' }, { role: 'y' }])).toEqual(['a'])
    expect(two.membersOf([{ role: 'xrole:y' }])).toEqual(['b'])
  })

  const people = organization({
    users: [
      user('a', { role: 'x', manager: 'a' }),
      user('b', { role: 'gone', manager: 'a' }),
      user('c'),
    ],
    roles: new Map([['x', { label: 'X', parent: 'x' }]]),
  })

  it('is asked once for each user and each list of principals', () => {
    expect(people.reachOf('a')).toBe(people.reachOf('a'))
    expect(people.reachOf('zoe')).toBe(people.reachOf('zoe'))
    expect(people.membersOf([{ role: 'x' }])).toBe(people.membersOf([{ role: 'x' }]))
    expect(people.reachOf('a').principals).toBe(people.reachOf('a').principals)
  })

  it('ends circles of one: their own manager, a role above itself', () => {
    expect(people.reachOf('a').owners.own_and_subordinates).toEqual(['a', 'b'])
    expect(people.reachOf('a').below).toEqual([])
    expect(sorted(people.reachOf('b').principals)).toEqual([
      'everyone',
      'role:gone',
      'role_and_below:gone',
      'user:b',
    ])
  })

  it('puts those without a role below nobody, and nobody below them', () => {
    expect(people.reachOf('c').below).toEqual([])
    expect(people.reachOf('c').principalsBelow.size).toBe(0)
  })
})

it('a principal that says nothing is everyone', () => {
  expect(principalName({} as Principal)).toBe('everyone')
})
