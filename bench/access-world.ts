import { type Edit, publish, type PublishTarget, withEdits } from '../server/src/catalog/index.ts'
import type { Database } from '../server/src/db/index.ts'
import type { Release } from '../server/src/schema/index.ts'
import { fill, idOf, sqlId } from './seed.ts'

/** How much data the measuring of access runs on. */
export interface AccessSizes {
  readonly records: number
  readonly accounts: number
  readonly users: number
  readonly rules: number
  readonly teamOfEach: number
}

/** A million private records of a thousand users, or a part of them for a quick look. */
export function accessSizesFor(scale: number): AccessSizes {
  const records = Math.round(1_000_000 * scale)
  return { records, accounts: Math.round(records / 5), users: 1000, rules: 20, teamOfEach: 5 }
}

/** Who is measured, besides the administrator: the number of a user on that level. */
export const MEMBERS = { director: 4, manager: 40, rep: 700 } as const

/** How many users stand on each of the six levels, from the top. */
export const LEVELS = [1, 3, 12, 48, 192, 744] as const

const GROUPS = 20
const GROUP_SIZE = 30

const label = (text: string): Record<string, string> => ({ 'en-US': text, 'zh-CN': text })

/** The permission set of the members, and twenty rules: ten by the owner, ten by a condition, each to a group. */
export function accessMetadata(scope: 'own' | 'own_and_subordinates'): Edit[] {
  const rules = Array.from({ length: 20 }, (_, index): Edit => {
    const means =
      index < 10 ? { owned_by: [{ group: `team_${index + 10}` }] } : { where: conditionOf(index) }
    const definition = {
      label: label(`Rule ${index}`),
      ...means,
      to: [{ group: `team_${index}` }],
      access: 'read',
    }
    return { kind: 'sharing_rule', name: `opportunity.bench_${index}__c`, op: 'put', definition }
  })
  return [memberSet(scope), ...rules]
}

/** The permission set of the members with a scope. */
export function memberSet(scope: 'own' | 'own_and_subordinates'): Edit {
  const rights = { read: true, edit: true, create: true, read_scope: scope, edit_scope: scope }
  const open = { read: true, read_scope: 'all' }
  const definition = {
    label: label('Member'),
    apps: ['crm'],
    objects: { opportunity: rights, account: rights, contact: rights, user: open },
  }
  return { kind: 'permission_set', name: 'bench_member__c', op: 'put', definition }
}

// Each is met by some records in a hundred.
function conditionOf(index: number): unknown {
  const sources = ['exhibition', 'website', 'referral', 'cold_call', 'partner']
  return {
    and: [
      { '==': [{ var: 'source' }, sources[index % 5]] },
      { '>': [{ var: 'amount' }, 900_000 + (index - 10) * 5000] },
    ],
  }
}

/** Publishes the metadata as a customer's own. */
export async function publishAccess(target: PublishTarget, edits: readonly Edit[]): Promise<void> {
  await publish(target, {
    label: 'Bench',
    by: null,
    now: new Date(),
    next: (layers) => withEdits(layers, edits),
  })
}

/** Makes the users, groups, records and teams. */
export async function seedAccess(
  db: Database,
  release: Release,
  sizes: AccessSizes,
): Promise<void> {
  await seedUsers(db, release, sizes)
  await seedGroups(db, release)
  await withoutIndexes(db, ['account', 'opportunity', '_share'], async () => {
    await seedRecords(db, release, sizes)
    await seedTeams(db, sizes)
  })
  await db.execute('update main._organization set version = version + 1')
  await db.execute('vacuum (analyze)')
  await db.execute('checkpoint')
}

/** Fills tables while they have no index besides their keys, which is much faster, and makes all indexes again. */
async function withoutIndexes(
  db: Database,
  tables: readonly string[],
  fillThem: () => Promise<void>,
): Promise<void> {
  const indexes = await db.query<{ name: string; definition: string }>(
    `select quote_ident(indexname) as name, indexdef as definition from pg_indexes
    where schemaname = 'main' and tablename = any($1::text[])
    and not exists (select from pg_constraint where conindid = format('main.%I', indexname)::regclass)`,
    [[...tables]],
  )
  for (const { name } of indexes) await db.execute(`drop index main.${name}`)
  await fillThem()
  for (const { definition } of indexes) await db.execute(definition)
}

async function seedRecords(db: Database, release: Release, sizes: AccessSizes): Promise<void> {
  const owner = ownerOf('')
  await fill(db, release, {
    object: 'account',
    count: sizes.accounts,
    values: { owner, uscc: 'null', parent: 'null' },
  })
  await fill(db, release, {
    object: 'opportunity',
    count: sizes.records,
    values: {
      owner,
      account: sqlId('account', `1 + g % ${sizes.accounts}`),
      contact: 'null',
      stage: pick('stage', [
        'needs_confirmed',
        'solution',
        'quotation',
        'negotiation',
        'contract',
        'won',
        'lost',
        'invalid',
      ]),
      source: pick('source', [
        'exhibition',
        'website',
        'referral',
        'cold_call',
        'partner',
        'seminar',
        'advertising',
        'other',
      ]),
      amount: `${hash('amount')} % 1000000 + 0.5`,
    },
  })
}

// Columns that were made by counting would depend on each other; these do not.
const hash = (what: string): string => `(hashtext(g || '${what}')::bigint + 2147483648)`
const pick = (what: string, codes: readonly string[]): string =>
  `(array['${codes.join(`','`)}'])[1 + ${hash(what)} % ${codes.length}]`
const ownerOf = (what: string): string => sqlId('user', `1 + ${hash(`owner${what}`)} % 1000`)

async function seedUsers(db: Database, release: Release, { users }: AccessSizes): Promise<void> {
  await fill(db, release, {
    object: 'user',
    count: users,
    values: {
      permission_sets: `'{bench_member__c}'`,
      active: 'true',
      type: `'person'`,
      code: 'null',
      manager: 'null',
      department: 'null',
      email: `'u' || g || '@bench.example'`,
      role: 'null',
      owner: sqlId('user', '1'),
    },
  })
  const managers = managersOf()
  await db.execute(
    'update main."user" as u set manager = m.manager from unnest($1::uuid[], $2::uuid[]) as m (id, manager) where u.id = m.id',
    [
      managers.map(([user]) => idOf('user', user)),
      managers.map(([, manager]) => idOf('user', manager)),
    ],
  )
}

/** Each user below the top with their manager: those of a level spread over the level above. */
function managersOf(): [number, number][] {
  let first = 1
  return LEVELS.flatMap((size, level) => {
    const above = LEVELS[level - 1]
    const start = first
    first += size
    if (above === undefined) return []
    return Array.from({ length: size }, (_, n): [number, number] => [
      start + n,
      start - above + (n % above),
    ])
  })
}

// Members of the first ten groups are shown what those of the others own: the rep and the manager are in one each.
async function seedGroups(db: Database, release: Release): Promise<void> {
  await fill(db, release, {
    object: 'user_group',
    count: GROUPS,
    values: { code: `'team_' || (g - 1)`, owner: sqlId('user', '1') },
  })
  const member = `case (g - 1) % ${GROUP_SIZE}
    when 0 then case (g - 1) / ${GROUP_SIZE} when 0 then ${MEMBERS.rep} when 12 then ${MEMBERS.rep} when 1 then ${MEMBERS.manager} when 13 then ${MEMBERS.manager} else 900 end
    else 100 + (g * 37) % 800 end`
  await fill(db, release, {
    object: 'group_member',
    count: GROUPS * GROUP_SIZE,
    values: {
      owner: sqlId('user', '1'),
      user_group: sqlId('user_group', `1 + (g - 1) / ${GROUP_SIZE}`),
      user: sqlId('user', `(${member})::bigint`),
      role: 'null',
      department: 'null',
      with_below: 'false',
    },
  })
}

async function seedTeams(db: Database, { records, teamOfEach }: AccessSizes): Promise<void> {
  const user = sqlId('user', `1 + (hashtext(g || 'team' || k)::bigint + 2147483648) % 1000`)
  await db.execute(`
    insert into main._share (id, object, record, principal, access, cause, created_by, created_at, record_created_at)
    select gen_random_uuid(), 'opportunity', ${sqlId('opportunity', 'g')}, 'user:' || member,
      case when place = 1 then 'edit' else 'read' end, 'team', ${sqlId('user', '1')}, now(),
      timestamptz '2024-01-01 00:00:00.123456+00' + make_interval(secs => g * 60)
    from generate_series(1, ${records}) as g cross join lateral (
      select ${user} as member, min(k) as place from generate_series(1, ${teamOfEach}) as k group by 1) as team`)
}
