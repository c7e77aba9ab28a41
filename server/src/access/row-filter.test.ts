import { compileRights, type ObjectRights, type RawComponent } from '@trellis/metamodel'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createReadWorld, NOW, type ReadWorld } from '../../../tests/support/read-world.ts'
import type { Actor } from './actor.ts'
import { narrowRights } from './narrow-rights.ts'
import { opensParent } from './opens-parent.ts'
import { Organization, type OrganizationUser } from './organization.ts'
import type { Reader } from './reader.ts'
import { grantCondition, grantsOf, restrictions, rowFilter, type RowsAsked } from './row-filter.ts'
import { type RowSources, rowSources } from './row-sources.ts'
import { isMeant, lengthOf, placeSignature } from './rules-of-actor.ts'
import { shareFilter } from './share-filter.ts'

type Definitions = Readonly<Record<string, object>>
type Right = RowsAsked['right']

const every = (kind: string, definitions: Definitions): RawComponent[] =>
  Object.entries(definitions).map(([name, definition]) => ({ kind, name, definition }))
const equals = (path: string, value: unknown): object => ({ '==': [{ var: path }, value] })

const OBJECTS: Definitions = {
  user: { label: 'User', sharing: 'read' },
  // What people own, and what rules and shares open or close of it.
  note: { label: 'Note' },
  // The same with the role hierarchy.
  ranked: { label: 'Ranked', role_hierarchy: true },
  news: { label: 'News', sharing: 'read' },
  wiki: { label: 'Wiki', sharing: 'read_write' },
  // A visit opens its case, a photo its visit; an entry is a detail of a case.
  case: { label: 'Case' },
  visit: { label: 'Visit' },
  photo: { label: 'Photo' },
  entry: { label: 'Entry', name_field: { type: 'text' } },
  // What rules read of it are formulas and references.
  memo: { label: 'Memo' },
  // Opened by details of what was itself opened, and by nothing that a mark is.
  board: { label: 'Board' },
  mark: { label: 'Mark' },
}

const lookup = (target: string, name: string, more: object = {}): object => ({
  type: 'lookup',
  label: target,
  target,
  relationship: { name },
  ...more,
})
const FIELDS: Definitions = {
  'user.email': { type: 'email', label: 'E-mail', unique: true },
  'note.level': { type: 'text', label: 'Level' },
  'news.reader': { type: 'text', label: 'Reader' },
  'note.case': lookup('case', 'notes'),
  'ranked.level': { type: 'text', label: 'Level' },
  'case.level': { type: 'text', label: 'Level' },
  'case.loud': { type: 'formula', label: 'Loud', formula: 'UPPER(level)', result: 'text' },
  'memo.level': { type: 'text', label: 'Level' },
  'memo.loud': { type: 'formula', label: 'Loud', formula: 'UPPER(level)', result: 'text' },
  'memo.case': lookup('case', 'memos', { shares_parent: true }),
  'entry.board': lookup('board', 'entries', { shares_parent: true }),
  'mark.photo': lookup('photo', 'marks'),
  'visit.case': lookup('case', 'visits', { shares_parent: true }),
  'visit.level': { type: 'text', label: 'Level' },
  'photo.visit': lookup('visit', 'photos', { shares_parent: true }),
  'photo.note': lookup('note', 'photos'),
  'entry.case': {
    type: 'master_detail',
    label: 'Case',
    target: 'case',
    relationship: { name: 'entries' },
  },
}

const RULES: Definitions = {
  'note.vip': {
    label: 'Important',
    where: equals('level', 'vip'),
    to: [{ group: 'G' }],
    access: 'edit',
  },
  'note.of_reps': {
    label: 'Of reps',
    owned_by: [{ role: 'rep' }],
    to: [{ role: 'boss' }],
    access: 'read',
  },
  'note.both': {
    label: 'Both',
    owned_by: [{ department: 'EAST' }],
    where: equals('level', 'both'),
    to: [{ queue: 'Q' }],
    access: 'read',
  },
  'note.of_open_cases': {
    label: 'Of open cases',
    where: equals('case.level', 'open'),
    to: [{ department: 'SALES' }],
    access: 'read',
  },
  'note.pictured': {
    label: 'With a picture',
    where: { some: [{ var: 'photos' }, equals('visit.level', 'far')] },
    to: [{ department_and_below: 'SALES' }],
    access: 'read',
  },
  'memo.loud': {
    label: 'Loud',
    where: equals('loud', 'VIP'),
    to: [{ group: 'G' }],
    access: 'read',
  },
  'memo.of_loud_cases': {
    label: 'Of loud cases',
    where: equals('case.loud', 'OPEN'),
    to: [{ department: 'SALES' }],
    access: 'read',
  },
  'ranked.for_reps': {
    label: 'For reps',
    where: equals('level', 'low'),
    to: [{ role: 'rep' }],
    access: 'read',
  },
}
const RESTRICTIONS: Definitions = {
  'note.closed': {
    label: 'Closed',
    to: [{ role: 'rep' }],
    where: { or: [{ is_blank: { var: 'level' } }, { '!=': [{ var: 'level' }, 'closed'] }] },
  },
  'news.named': {
    label: 'Named',
    to: [{ department: 'SALES' }],
    where: { or: [{ is_blank: { var: 'reader' } }, equals('reader', { var: '$user.email' })] },
  },
  'memo.own': {
    label: 'Own',
    to: [{ role: 'boss' }],
    where: equals('owner', { var: '$user.id' }),
  },
  'visit.known': {
    label: 'Known',
    to: [{ role: 'boss' }],
    where: { or: [{ is_blank: { var: 'level' } }, { '!=': [{ var: 'level' }, 'secret'] }] },
  },
  'visit.near': {
    label: 'Near ones',
    to: [{ group: 'G' }],
    where: { or: [{ is_blank: { var: 'level' } }, { '!=': [{ var: 'level' }, 'far'] }] },
  },
}

const WORK = { create: true, read: true, edit: true, delete: true, transfer: true } as const
const withScope = (scope: ObjectRights['read_scope']): ObjectRights => ({
  ...WORK,
  ...(scope === undefined ? {} : { read_scope: scope, edit_scope: scope }),
})
const setOf = (objects: Readonly<Record<string, ObjectRights>>): object => ({ label: 'x', objects })
const SETS: Definitions = {
  own: setOf({
    note: WORK,
    ranked: WORK,
    news: WORK,
    wiki: WORK,
    case: WORK,
    visit: WORK,
    photo: WORK,
    entry: WORK,
    memo: WORK,
    board: WORK,
  }),
  every_memo: setOf({ memo: withScope('all') }),
  team: setOf({ note: withScope('own_and_subordinates') }),
  department: setOf({ note: withScope('department') }),
  below: setOf({ note: withScope('department_and_below') }),
  all: setOf({ note: withScope('all'), case: withScope('all') }),
  reads: setOf({ note: { read: true }, case: { read: true }, entry: { read: true } }),
  visits: setOf({ visit: { read: true }, case: { read: true } }),
  viewer: { label: 'Viewer', system: ['view_all_data'] },
  admin: { label: 'Admin', system: ['modify_all_data'] },
  wide: setOf({ news: withScope('all') }),
  edits: setOf({ note: { read: true, edit: true } }),
  hands: setOf({ note: { read: true, transfer: true } }),
  deletes: setOf({ note: { read: true, delete: true } }),
  nothing: { label: 'Nothing' },
}

const PEOPLE = ['boss', 'lead', 'rep', 'peer', 'guest', 'queue'] as const
type Person = (typeof PEOPLE)[number]
const idOf = (person: Person): string =>
  `00000000-0000-7000-8000-00000000000${PEOPLE.indexOf(person) + 1}`

const PLACES: Readonly<Record<Person, Partial<OrganizationUser>>> = {
  boss: { role: 'boss' },
  lead: { role: 'lead', department: 'sales' },
  rep: { role: 'rep', department: 'east', manager: idOf('lead') },
  peer: { role: 'rep', department: 'east' },
  guest: {},
  queue: { isQueue: true, code: 'Q' },
}
const ROLES: Definitions = {
  boss: { label: 'Boss' },
  lead: { label: 'Lead', parent: 'boss' },
  rep: { label: 'Rep', parent: 'lead' },
}

const nobody = { user: null, role: null, department: null, withBelow: false }

let world: ReadWorld
let organization: Organization

function actorOf(person: Person, sets: readonly string[], within?: string): Actor {
  const { model } = world.release
  const mine = compileRights(model, sets)
  const rights = within === undefined ? mine : narrowRights(mine, compileRights(model, [within]))
  const reach = organization.reachOf(idOf(person))
  const { role = null, department = null, manager = null } = PLACES[person]
  return {
    userId: idOf(person),
    tenant: 'main',
    name: person,
    email: `${person}@example.com`,
    role,
    departmentId: department,
    managerId: manager,
    permissionSets: sets,
    rights,
    organization,
    reach,
    accessSignature: `${rights.signature}|${placeSignature(model, reach, organization)}`,
    locale: 'en-US',
    timeZone: 'Asia/Shanghai',
    by: 'session',
  }
}

const readerOf = (person: Person, sets: readonly string[], within?: string): Reader => ({
  release: world.release,
  actor: actorOf(person, sets, within),
})

function object(name: string): RowsAsked['object'] {
  const found = world.release.model.objects.get(name)
  if (!found) throw new Error(name)
  return found
}

/** The names of the rows that meet a condition; all of them for none. */
async function namesOf(
  name: string,
  condition: ReturnType<typeof rowFilter>,
): Promise<readonly string[]> {
  const { physical } = world.release
  const rows = await world.test.database.query(sql<{ name: string }>`
    select name from ${physical.table(name)} as t where ${condition ?? sql`true`} order by name`)
  return rows.map((row) => row.name)
}

/** What somebody may do with which rows, asked in each way in which statements ask. */
async function rowsFor(
  reader: Reader,
  name: string,
  right: Right = 'read',
): Promise<readonly string[]> {
  const asked = { object: object(name), right, alias: 't' }
  const found = await namesOf(name, rowFilter(reader, asked))
  const wholesale = rowFilter(reader, { ...asked, isWholesale: true })
  expect(await namesOf(name, wholesale)).toEqual(found)
  expect(await namesByGrants(reader, name, right)).toEqual(found)
  if (right === 'read') await expectSources(reader, name, found)
  return found
}

/** A row needs a grant of every part of the rights, and to meet every restriction. */
async function namesByGrants(
  reader: Reader,
  name: string,
  right: Right,
): Promise<readonly string[]> {
  const asked = { object: object(name), right, alias: 't' }
  const parts = await Promise.all(
    grantsOf(reader, asked).map(async (grants) => {
      const each = grants.map((grant) => namesOf(name, grantCondition(reader, asked, grant)))
      return new Set((await Promise.all(each)).flat())
    }),
  )
  const met = restrictions(reader, asked).map(
    async ({ when }) => new Set(await namesOf(name, when)),
  )
  const needed = [...parts, ...(await Promise.all(met))]
  const all = await namesOf(name, null)
  return all.filter((one) => needed.every((set) => set.has(one)))
}

/** Where there are sources, they lead to the same rows. */
async function expectSources(
  reader: Reader,
  name: string,
  found: readonly string[],
): Promise<void> {
  const sources = rowSources(reader, object(name))
  if (sources === null) return
  const { physical } = world.release
  const owner = physical.column(name, 'owner', 't')
  const shared = sql`exists (select 1 from ${physical.systemTable('_share')} as s
    where s.object = ${name} and s.record = t.id and s.principal = any(${sources.principals})
      and (s.expires_at is null or s.expires_at > now()))`
  const ways = [
    sql`${owner} = any(${sources.owners})`,
    shared,
    sources.others('t'),
    ...sources.children.map((child) => child.opens('t')),
  ].filter((way) => way !== null)
  const opened = sql<boolean>`(${sql.join(ways, sql` or `)})`
  const met = sql<boolean>`${sql.join([opened, ...sources.closed('t')], sql` and `)}`
  expect(await namesOf(name, met), 'by sources').toEqual(found)
}

const NOTES: Readonly<Record<string, { owner: Person; level?: string; case?: string }>> = {
  of_boss: { owner: 'boss' },
  of_guest: { owner: 'guest' },
  of_lead: { owner: 'lead' },
  of_peer: { owner: 'peer' },
  of_queue: { owner: 'queue' },
  of_rep: { owner: 'rep' },
  closed: { owner: 'rep', level: 'closed' },
  both: { owner: 'peer', level: 'both' },
  not_both: { owner: 'boss', level: 'both' },
  vip: { owner: 'boss', level: 'vip' },
  of_open_case: { owner: 'boss', case: 'open' },
  of_gone_case: { owner: 'boss', case: 'gone' },
  pictured: { owner: 'boss' },
  shared_read: { owner: 'boss' },
  shared_edit: { owner: 'boss' },
  shared_once: { owner: 'boss' },
  shared_role: { owner: 'boss' },
  shared_elsewhere: { owner: 'boss' },
}

const ids = new Map<string, string>()
const id = (name: string): string => {
  const known = ids.get(name) ?? `00000000-0000-7000-9000-${String(ids.size).padStart(12, '0')}`
  ids.set(name, known)
  return known
}

async function share(
  name: string,
  principal: string,
  more: { object?: string; access?: string; expires?: string } = {},
): Promise<void> {
  await world.test.database.execute(
    `insert into main._share (id, object, record, principal, access, cause, expires_at, created_by, created_at)
     values ($1, $2, $3, $4, $5, 'manual', $6, $7, $8)`,
    [
      id(`share ${name} ${principal}`),
      more.object ?? 'note',
      id(name),
      principal,
      more.access ?? 'read',
      more.expires ?? null,
      idOf('boss'),
      NOW.toISOString(),
    ],
  )
}

/** What a row holds besides what every row has; its owner by name. */
type Row = { readonly owner?: Person } & Readonly<Record<string, unknown>>

async function fill(): Promise<void> {
  const rows = (given: Readonly<Record<string, Row>>): Record<string, unknown>[] =>
    Object.entries(given).map(([name, { owner, ...row }]) => ({
      ...row,
      id: id(name),
      name,
      ...(owner === undefined ? {} : { owner: idOf(owner) }),
      created_by: idOf('boss'),
      updated_by: idOf('boss'),
    }))
  const person = (one: Person): object => ({
    id: idOf(one),
    name: one,
    email: `${one}@example.com`,
  })
  await world.insert(
    'user',
    PEOPLE.map((one) => ({
      ...person(one),
      owner: idOf(one),
      created_by: idOf(one),
      updated_by: idOf(one),
    })),
  )
  const gone = { deleted_at: NOW.toISOString() }
  await world.insert('case', [
    ...rows({ open: { owner: 'boss' }, gone: { owner: 'boss' } }).map((row) => ({
      ...row,
      level: 'open',
      ...(row['name'] === 'gone' ? gone : {}),
    })),
    ...rows({
      visited: { owner: 'boss' },
      pictured_case: { owner: 'boss' },
      of_rep_case: { owner: 'rep' },
    }),
  ])
  await world.insert(
    'note',
    rows(
      Object.fromEntries(
        Object.entries(NOTES).map(([name, note]) => [
          name,
          { ...note, ...(note.case === undefined ? {} : { case: id(note.case) }) },
        ]),
      ),
    ),
  )
  await world.insert(
    'visit',
    rows({
      near: { owner: 'guest', case: id('visited') },
      far: { owner: 'guest', case: id('open'), level: 'far' },
      seen: { owner: 'boss', case: id('pictured_case') },
      of_rep_visit: { owner: 'rep', case: id('open') },
    }),
  )
  await world.insert(
    'visit',
    rows({ gone_visit: { owner: 'guest', case: id('pictured_case') } }).map((row) => ({
      ...row,
      ...gone,
    })),
  )
  await world.insert(
    'photo',
    rows({
      photo: { owner: 'guest', visit: id('seen') },
      far_photo: { owner: 'boss', visit: id('far'), note: id('pictured') },
      near_photo: { owner: 'boss', visit: id('near'), note: id('of_boss') },
    }),
  )
  await world.insert(
    'photo',
    rows({ gone_photo: { owner: 'boss', visit: id('far'), note: id('of_boss') } }).map((row) => ({
      ...row,
      ...gone,
    })),
  )
  await world.insert(
    'entry',
    rows({
      of_open: { case: id('open') },
      of_gone: { case: id('gone') },
      of_visited: { case: id('visited') },
      of_rep_entry: { case: id('of_rep_case') },
    }),
  )
  await world.insert(
    'ranked',
    rows({
      r_boss: { owner: 'boss' },
      r_lead: { owner: 'lead' },
      r_rep: { owner: 'rep' },
      r_low: { owner: 'boss', level: 'low' },
      r_shared: { owner: 'boss' },
    }),
  )
  await world.insert(
    'memo',
    rows({
      memo_boss: { owner: 'boss' },
      memo_case: { owner: 'boss', case: id('open') },
      memo_gone: { owner: 'boss', case: id('gone') },
      memo_rep: { owner: 'rep' },
      memo_vip: { owner: 'rep', level: 'vip' },
    }),
  )
  await world.insert('wiki', rows({ wiki_boss: { owner: 'boss' }, wiki_rep: { owner: 'rep' } }))
  await world.insert(
    'news',
    rows({
      news_boss: { owner: 'boss' },
      news_lead: { owner: 'rep', reader: 'lead@example.com' },
      news_peer: { owner: 'rep', reader: 'peer@example.com' },
    }),
  )
  await share('shared_read', `user:${idOf('guest')}`)
  await share('shared_edit', `user:${idOf('guest')}`, { access: 'edit' })
  await share('shared_once', `user:${idOf('guest')}`, { access: 'edit', expires: '2020-01-01' })
  await share('shared_role', 'role:rep', { expires: '2999-01-01' })
  await share('shared_elsewhere', `user:${idOf('guest')}`, { object: 'ranked' })
  await share('r_shared', 'role:rep', { object: 'ranked', access: 'edit' })
}

beforeAll(async () => {
  world = await createReadWorld([
    ...every('object', OBJECTS),
    ...every('field', FIELDS),
    ...every('sharing_rule', RULES),
    ...every('restriction_rule', RESTRICTIONS),
    ...every('permission_set', SETS),
    ...every('role', ROLES),
  ])
  organization = new Organization({
    users: PEOPLE.map((person) => ({
      id: idOf(person),
      isQueue: false,
      isActive: true,
      code: null,
      role: null,
      department: null,
      manager: null,
      permissionSets: [],
      ...PLACES[person],
    })),
    departments: [
      { id: 'sales', parent: null, code: 'SALES' },
      { id: 'east', parent: 'sales', code: 'EAST' },
    ],
    memberships: [],
    groups: [{ id: 'g', code: 'G' }],
    groupMembers: [{ ...nobody, group: 'g', user: idOf('guest') }],
    queueMembers: [{ queue: idOf('queue'), member: idOf('rep') }],
    roles: world.release.model.roles,
  })
  await fill()
})
afterAll(() => world.test.drop())

const ALL = Object.keys(NOTES).toSorted()
const ALL_BUT_CLOSED = ALL.filter((name) => name !== 'closed')

/** Object, who, with which set (`set/within` for a key), what they want to do, and with which rows they may. */
const QUESTIONS: readonly (readonly [string, Person, string, Right, readonly string[]])[] = [
  ['note', 'guest', 'own', 'read', ['of_guest', 'shared_edit', 'shared_read', 'vip']],
  ['note', 'guest', 'own', 'edit', ['of_guest', 'shared_edit', 'vip']],
  ['note', 'guest', 'own', 'delete', ['of_guest']],
  ['note', 'guest', 'own', 'transfer', ['of_guest']],
  ['note', 'guest', 'reads', 'edit', []],
  ['note', 'guest', 'nothing', 'read', []],
  ['note', 'rep', 'own', 'read', ['both', 'of_queue', 'of_rep', 'pictured', 'shared_role']],
  ['note', 'rep', 'own', 'edit', ['of_queue', 'of_rep']],
  ['note', 'rep', 'all', 'read', ALL_BUT_CLOSED],
  ['note', 'rep', 'viewer', 'read', ALL_BUT_CLOSED],
  ['note', 'peer', 'own', 'read', ['both', 'of_peer', 'pictured', 'shared_role']],
  ['note', 'peer', 'department', 'read', ['both', 'of_peer', 'of_rep', 'pictured', 'shared_role']],
  ['note', 'peer', 'department', 'delete', ['both', 'of_peer', 'of_rep']],
  ['note', 'lead', 'own', 'read', ['of_lead', 'of_open_case', 'pictured']],
  ['note', 'lead', 'team', 'edit', ['closed', 'of_lead', 'of_rep']],
  ['note', 'lead', 'department', 'edit', ['of_lead']],
  ['note', 'lead', 'below', 'edit', ['both', 'closed', 'of_lead', 'of_peer', 'of_rep']],
  ['note', 'lead', 'below', 'transfer', ['both', 'closed', 'of_lead', 'of_peer', 'of_rep']],
  [
    'note',
    'boss',
    'own',
    'read',
    [
      'both',
      'closed',
      'not_both',
      'of_boss',
      'of_gone_case',
      'of_open_case',
      'of_peer',
      'of_rep',
      'pictured',
      'shared_edit',
      'shared_elsewhere',
      'shared_once',
      'shared_read',
      'shared_role',
      'vip',
    ],
  ],
  [
    'note',
    'boss',
    'own',
    'edit',
    [
      'not_both',
      'of_boss',
      'of_gone_case',
      'of_open_case',
      'pictured',
      'shared_edit',
      'shared_elsewhere',
      'shared_once',
      'shared_read',
      'shared_role',
      'vip',
    ],
  ],
  ['note', 'boss', 'all', 'delete', ALL],
  ['memo', 'guest', 'own', 'read', ['memo_vip']],
  ['memo', 'guest', 'own', 'edit', []],
  ['memo', 'lead', 'own', 'read', ['memo_case']],
  ['memo', 'boss', 'every_memo', 'read', ['memo_boss', 'memo_case', 'memo_gone']],
  ['memo', 'boss', 'every_memo', 'edit', ['memo_boss', 'memo_case', 'memo_gone']],
  ['ranked', 'rep', 'own', 'read', ['r_low', 'r_rep', 'r_shared']],
  ['ranked', 'lead', 'own', 'read', ['r_lead', 'r_low', 'r_rep', 'r_shared']],
  ['ranked', 'boss', 'own', 'read', ['r_boss', 'r_lead', 'r_low', 'r_rep', 'r_shared']],
  ['ranked', 'lead', 'own', 'edit', ['r_lead', 'r_rep', 'r_shared']],
  ['ranked', 'lead', 'own', 'delete', ['r_lead', 'r_rep']],
  ['ranked', 'guest', 'own', 'read', []],
  ['note', 'lead', 'own', 'edit', ['of_lead']],
  ['news', 'guest', 'own', 'read', ['news_boss', 'news_lead', 'news_peer']],
  ['news', 'lead', 'own', 'read', ['news_boss', 'news_lead']],
  ['news', 'peer', 'own', 'read', ['news_boss', 'news_lead', 'news_peer']],
  ['news', 'guest', 'own', 'edit', []],
  ['news', 'rep', 'own', 'edit', ['news_lead', 'news_peer']],
  ['wiki', 'guest', 'own', 'edit', ['wiki_boss', 'wiki_rep']],
  ['wiki', 'guest', 'own', 'delete', []],
  ['wiki', 'rep', 'own', 'transfer', ['wiki_rep']],
  ['case', 'guest', 'own', 'read', ['visited']],
  ['case', 'lead', 'own', 'read', ['open']],
  ['case', 'guest', 'own', 'edit', []],
  ['case', 'guest', 'reads', 'read', []],
  ['case', 'guest', 'visits', 'read', ['visited']],
  ['case', 'rep', 'own', 'read', ['of_rep_case', 'open']],
  ['visit', 'boss', 'own', 'read', ['far', 'near', 'seen']],
  ['visit', 'guest', 'own', 'read', ['gone_visit', 'near', 'seen']],
  ['visit', 'rep', 'own', 'read', ['of_rep_visit']],
  ['photo', 'guest', 'own', 'read', ['photo']],
  ['entry', 'guest', 'own', 'read', ['of_visited']],
  ['entry', 'rep', 'own', 'read', ['of_open', 'of_rep_entry']],
  ['entry', 'rep', 'own', 'edit', ['of_rep_entry']],
  ['entry', 'rep', 'own', 'delete', ['of_rep_entry']],
  ['entry', 'guest', 'own', 'edit', []],
  ['entry', 'rep', 'reads', 'edit', []],
  ['entry', 'guest', 'all', 'read', []],
  [
    'note',
    'boss',
    'all/own',
    'read',
    [
      'both',
      'closed',
      'not_both',
      'of_boss',
      'of_gone_case',
      'of_open_case',
      'of_peer',
      'of_rep',
      'pictured',
      'shared_edit',
      'shared_elsewhere',
      'shared_once',
      'shared_read',
      'shared_role',
      'vip',
    ],
  ],
  ['note', 'guest', 'own/reads', 'edit', []],
  ['note', 'rep', 'own/team', 'read', ['both', 'of_queue', 'of_rep', 'pictured', 'shared_role']],
  ['note', 'lead', 'below/department', 'read', ['of_lead', 'of_open_case', 'pictured']],
  ['entry', 'guest', 'own/reads', 'read', []],
  ['case', 'guest', 'own/visits', 'read', ['visited']],
  ['ranked', 'boss', 'own', 'edit', ['r_boss', 'r_lead', 'r_low', 'r_rep', 'r_shared']],
  ['entry', 'guest', 'all+own', 'read', ['of_gone', 'of_open', 'of_rep_entry', 'of_visited']],
  ['entry', 'guest', 'all+own', 'edit', ['of_gone', 'of_open', 'of_rep_entry', 'of_visited']],
]

describe('the rows', () => {
  it.each(QUESTIONS)(
    'of %s that %s, having %s, may %s',
    async (name, person, sets, right, rows) => {
      expect(await rowsFor(readerWith(person, sets), name, right)).toEqual(rows)
    },
  )
})

/** With sets written as `a+b`, or as `a/b` for a key that allows no more than `b`. */
function readerWith(person: Person, sets: string): Reader {
  const [mine = '', within] = sets.split('/')
  return readerOf(person, mine.split('+'), within)
}

describe('the sources of rows', () => {
  const has = (person: Person, sets: string, name: string): boolean =>
    rowSources(readerWith(person, sets), object(name)) !== null

  it('are there for those who read little, with one set of rights, of what has no master', () => {
    expect(has('guest', 'own', 'note')).toBe(true)
    expect(has('guest', 'nothing', 'note')).toBe(true)
    expect(has('guest', 'all', 'note')).toBe(false)
    expect(has('guest', 'own/reads', 'note')).toBe(false)
    expect(has('guest', 'own', 'entry')).toBe(false)
  })
})

describe('the children among the sources', () => {
  const sourcesOf = (person: Person, sets: string, name: string): RowSources => {
    const sources = rowSources(readerWith(person, sets), object(name))
    if (!sources) throw new Error(`no sources of ${name}`)
    return sources
  }
  const childrenOf = ({ children }: RowSources): string[] =>
    children.map(({ field, sources }) => `${field.object}.${field.name} of ${sources.object.name}`)

  it('are the references that open the rows, with the sources of their own rows', () => {
    const cases = sourcesOf('guest', 'own', 'case')
    expect(childrenOf(cases)).toEqual(['visit.case of visit', 'memo.case of memo'])
    // What is opened by a child opens nothing further.
    expect(cases.children.map(({ sources }) => childrenOf(sources))).toEqual([[], []])
    expect(childrenOf(sourcesOf('guest', 'own', 'visit'))).toEqual(['photo.visit of photo'])
    expect(childrenOf(sourcesOf('guest', 'own', 'note'))).toEqual([])
  })

  it('open their rows one by one', async () => {
    const opened = async (person: Person): Promise<unknown> =>
      Promise.all(
        sourcesOf(person, 'own', 'case').children.map((child) => namesOf('case', child.opens('t'))),
      )
    expect(await opened('guest')).toEqual([['visited'], []])
    expect(await opened('lead')).toEqual([[], ['open']])
  })

  it('leave to a condition only what rules open of them', async () => {
    const others = (person: Person, name: string): ReturnType<RowSources['others']> =>
      sourcesOf(person, 'own', name).others('t')
    expect(others('guest', 'visit')).toBeNull()
    expect(await namesOf('case', others('lead', 'case'))).toEqual(['open'])
    expect(await namesOf('case', others('guest', 'case'))).toEqual([])
    expect(await namesOf('note', others('guest', 'note'))).toEqual(['vip'])
    expect(others('peer', 'ranked')).not.toBeNull()
  })

  it('are walked to where somebody reads rows of many', () => {
    const few = readerWith('lead', 'own')
    const { reach } = few.actor
    const crowd = Array.from({ length: 100 }, () => idOf('guest'))
    const owners = { ...reach.owners, own: crowd }
    const many = { ...few, actor: { ...few.actor, reach: { ...reach, owners } } }
    expect(rowSources(few, object('note'))?.hasManyOwners).toBe(false)
    expect(rowSources(many, object('note'))?.hasManyOwners).toBe(true)
  })
})

describe('why', () => {
  const reasons = (person: Person, sets: string, name: string, right: Right = 'read'): unknown =>
    grantsOf(readerWith(person, sets), { object: object(name), right, alias: 't' }).map((part) =>
      part.map(({ reason }) => Object.values(reason).join(' ')),
    )

  it('names every way, for every part of the rights', () => {
    expect(reasons('guest', 'own', 'note')).toEqual([
      ['scope own', 'share', 'sharing_rule note.vip'],
    ])
    expect(reasons('lead', 'below', 'note')).toEqual([
      [
        'scope own',
        'scope department_and_below',
        'share',
        'sharing_rule note.of_open_cases',
        'sharing_rule note.pictured',
      ],
    ])
    expect(reasons('lead', 'team', 'note', 'delete')).toEqual([
      ['scope own', 'scope own_and_subordinates'],
    ])
    expect(reasons('lead', 'department', 'note', 'transfer')).toEqual([
      ['scope own', 'scope department'],
    ])
    expect(reasons('lead', 'own', 'ranked')).toEqual([
      ['scope own', 'role_hierarchy', 'share', 'sharing_rule ranked.for_reps'],
    ])
    expect(reasons('guest', 'own/all', 'note', 'edit')).toEqual([
      ['scope own', 'share', 'sharing_rule note.vip'],
      ['all_records'],
    ])
    expect(reasons('guest', 'own', 'case')).toEqual([
      ['scope own', 'share', 'child visit case', 'child memo case'],
    ])
    expect(reasons('guest', 'own', 'case', 'edit')).toEqual([['scope own', 'share']])
    expect(reasons('guest', 'own', 'entry')).toEqual([['master']])
    expect(reasons('guest', 'nothing', 'note')).toEqual([[]])
  })

  it('tells the default of an object from rights over all records', () => {
    expect(reasons('guest', 'own', 'news')).toEqual([['sharing_default']])
    expect(reasons('guest', 'own', 'wiki')).toEqual([['sharing_default']])
    expect(reasons('guest', 'own', 'wiki', 'edit')).toEqual([['sharing_default']])
    expect(reasons('guest', 'viewer', 'news')).toEqual([['all_records']])
    expect(reasons('guest', 'admin', 'news')).toEqual([['all_records']])
    expect(reasons('guest', 'admin', 'news', 'edit')).toEqual([['all_records']])
    expect(reasons('guest', 'wide', 'news', 'edit')).toEqual([['all_records']])
    expect(reasons('guest', 'all', 'note')).toEqual([['all_records']])
  })

  it('names the rules that close, for those whom they mean', () => {
    const closing = (person: Person, name: string): unknown =>
      restrictions(readerWith(person, 'own'), {
        object: object(name),
        right: 'read',
        alias: 't',
      }).map(({ reason }) => reason)
    expect(closing('rep', 'note')).toEqual([{ kind: 'restriction_rule', rule: 'note.closed' }])
    expect(closing('lead', 'note')).toEqual([])
    expect(closing('guest', 'visit')).toEqual([{ kind: 'restriction_rule', rule: 'visit.near' }])
  })
})

describe('sharing', () => {
  const shared = (person: Person, sets: string, name: string): Promise<readonly string[]> =>
    namesOf(name, shareFilter(readerWith(person, sets), { object: object(name), alias: 't' }))

  it('is for owners who may edit, and whoever may transfer or delete', async () => {
    expect(await shared('guest', 'own', 'note')).toEqual(['of_guest'])
    expect(await shared('guest', 'reads', 'note')).toEqual([])
    expect(await shared('guest', 'edits', 'note')).toEqual(['of_guest'])
    expect(await shared('guest', 'hands', 'note')).toEqual(['of_guest'])
    expect(await shared('guest', 'deletes', 'note')).toEqual(['of_guest'])
    expect(await shared('rep', 'all', 'note')).toEqual(ALL_BUT_CLOSED)
    expect(await shared('guest', 'own', 'wiki')).toEqual([])
  })

  it('is not for details, which follow their master', async () => {
    expect(await shared('guest', 'all+own', 'entry')).toEqual([])
  })
})

describe('a reference opens its parent', () => {
  const opens = (person: Person, sets: string, name: string, reference: string): boolean => {
    const field = object(name).fields.get(reference)
    return field !== undefined && opensParent(readerWith(person, sets), field)
  }

  it('as a whole, where nothing else opens or closes', () => {
    expect(opens('guest', 'own', 'photo', 'note')).toBe(false)
    expect(opens('lead', 'own', 'photo', 'visit')).toBe(true)
    // Closed to some by a rule.
    expect(opens('guest', 'own', 'photo', 'visit')).toBe(false)
    expect(opens('boss', 'own', 'photo', 'visit')).toBe(false)
    // What refers to a photo opens nothing of it; an entry may have been opened with its case.
    expect(opens('lead', 'own', 'entry', 'board')).toBe(false)
    // A visit may itself have been opened by a photo.
    expect(opens('lead', 'own', 'visit', 'case')).toBe(false)
    // A key asks twice; and what may not be read is not opened.
    expect(opens('lead', 'own/own', 'photo', 'visit')).toBe(false)
    expect(opens('lead', 'reads', 'photo', 'visit')).toBe(false)
  })

  it('no other field does', () => {
    expect(opens('lead', 'own', 'note', 'level')).toBe(false)
    expect(opens('lead', 'own', 'entry', 'case')).toBe(false)
  })
})

describe('whom a rule means', () => {
  const actor = (person: Person): Pick<Actor, 'reach'> => ({
    reach: organization.reachOf(idOf(person)),
  })

  it('is told by any of its principals', () => {
    expect(isMeant(actor('rep'), [{ role: 'boss' }, { role: 'rep' }])).toBe(true)
    expect(isMeant(actor('rep'), [{ role: 'boss' }])).toBe(false)
    expect(isMeant(actor('rep'), [])).toBe(false)
  })

  it('includes those above where the object has the role hierarchy', () => {
    expect(isMeant(actor('lead'), [{ role: 'rep' }], object('ranked'))).toBe(true)
    expect(isMeant(actor('lead'), [{ role: 'rep' }], object('note'))).toBe(false)
    expect(isMeant(actor('lead'), [{ role: 'rep' }])).toBe(false)
    expect(isMeant(actor('peer'), [{ role: 'lead' }], object('ranked'))).toBe(false)
  })

  it('and how many owners they reach is in the signature of their place', () => {
    const signature = (person: Person): string =>
      placeSignature(world.release.model, organization.reachOf(idOf(person)), organization)
    expect(signature('guest')).toBe('11110,note.vip,visit.near,memo.loud')
    expect(signature('lead')).toBe(
      '1few1fewfew,note.of_open_cases,note.pictured,ranked.for_reps,news.named,memo.of_loud_cases',
    )
    expect(signature('boss')).toBe('1111few,note.of_reps few,ranked.for_reps,visit.known,memo.own')
    expect(signature('rep')).toContain('note.both few,')
  })

  it.each([
    [0, 100, '0'],
    [1, 100, '1'],
    [2, 100, 'few'],
    [20, 100, 'few'],
    [21, 100, 'many'],
    [2, 1, 'few'],
    [3, 1, 'many'],
  ] as const)('a list of %d among %d users is %s', (length, size, name) => {
    expect(lengthOf(Array.from({ length }, String), { size })).toBe(name)
  })
})
