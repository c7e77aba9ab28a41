import type { Message, Model, ModelChange, Principal, Rights } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { administers } from '../access/administrators.ts'
import type { Reader } from '../access/reader.ts'
import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import type { AccessChange } from './diff-access.ts'
import { findMembers } from './find-members.ts'
import type { Finding } from './obstacle.ts'

/** A change that gives more than whoever publishes it has. */
export const WIDER_THAN_OWN = 'wider_than_own'

/**
 * What stands against changes of access: permission sets and roles that people have, codes in rules that nothing
 * has. Reads only.
 *
 * @param reader who is told; undefined for the house
 */
export async function findAccessObstacles(
  tx: Transaction,
  { current, reader }: { current: Release; reader: Reader | undefined },
  changes: readonly ModelChange[],
): Promise<Finding[]> {
  const found: Finding[] = []
  for (const change of changes) {
    if (change.op === 'removed') found.push(...(await findUses(tx, { current, reader }, change)))
    else found.push(...(await findUnknownCodes(tx, current, change)))
  }
  return found
}

/**
 * Nobody gives what they do not have: each change that opens more than the publisher has themself. Who holds
 * `modify_all_data` and `manage_users` may give everything.
 */
export function findTooWide(publisher: Rights, changes: readonly AccessChange[]): Finding[] {
  const { system } = publisher
  if (system.has('modify_all_data') && system.has('manage_users')) return []
  return changes
    .filter((change) => !change.isHeldBy(publisher))
    .map(({ kind, name, what, before, after }) => ({
      code: WIDER_THAN_OWN,
      severity: 'error',
      kind,
      name,
      message: message(
        `You cannot give what you do not have yourself: ${what['en-US']} (${before['en-US']} → ${after['en-US']})`,
        `不能授予自己没有的权限：${what['zh-CN']}（${before['zh-CN']} → ${after['zh-CN']}）`,
      ),
    }))
}

/**
 * Somebody can always administer: what stands against sets under which nobody would be left who can, where somebody
 * is now.
 */
export async function findLastAdministrator(
  tx: Transaction,
  current: Release,
  { model, changes }: { model: Model; changes: readonly ModelChange[] },
): Promise<Finding[]> {
  const touched = changes.filter(({ kind }) => kind === 'permission_set')
  if (touched.length === 0 || !current.model.objects.has('user')) return []
  const { physical } = current
  const [administrators] = await tx.query<{ before: boolean; after: boolean }>(sql`
    select coalesce(bool_or(${administers(current)}), false) as before,
      coalesce(bool_or(${administers({ model, physical })}), false) as after
    from ${physical.table('user')} where deleted_at is null`)
  if (administrators?.before !== true || administrators.after) return []
  return touched.map(({ kind, name }) => ({
    code: 'last_administrator',
    severity: 'error',
    kind,
    name,
    message: message(
      'Nobody would be left who can do everything (modify_all_data and manage_users)',
      '发布后将没有任何启用的系统管理员（修改所有数据和管理用户）',
    ),
  }))
}

/** Who has a role has a place in the organization; a permission set that goes takes rights with it. */
async function findUses(
  tx: Transaction,
  { current, reader }: { current: Release; reader: Reader | undefined },
  { kind, name }: ModelChange,
): Promise<Finding[]> {
  if (kind !== 'permission_set' && kind !== 'role') return []
  const isSet = kind === 'permission_set'
  const of = { kind, name }
  const users = await findMembers(tx, current, { ...of, reader })
  const groups = await countRows(
    tx,
    current,
    'group_member.role',
    (column) => sql`${!isSet} and ${column} = ${name}`,
  )
  const keys = isSet ? await countKeys(tx, current, name) : 0
  const [en, zh] = isSet ? ['permission set', '权限集'] : ['role', '角色']
  const uses: [found: Pick<Finding, 'count' | 'samples'>, text: Message][] = [
    [
      users,
      message(
        `Users with this ${en}: ${users.count}. Give them another first`,
        `${users.count} 位用户正在使用该${zh}：请先为其更换`,
      ),
    ],
    [
      { count: groups },
      message(
        `Groups with this ${en}: ${groups}. Take it from them first`,
        `${groups} 个用户组正在使用该${zh}：请先移除`,
      ),
    ],
    [
      { count: keys },
      message(
        `API keys bound to this ${en}: ${keys}. End them first`,
        `${keys} 个 API 密钥限定于该${zh}：请先停用`,
      ),
    ],
  ]
  return uses
    .filter(([found]) => (found.count ?? 0) > 0)
    .map(([found, text]) => ({ code: 'in_use', severity: 'error', ...of, ...found, message: text }))
}

async function countRows(
  tx: Transaction,
  { model, physical }: Release,
  path: string,
  where: (column: RawBuilder<unknown>) => RawBuilder<unknown>,
): Promise<number> {
  const [object = '', field = ''] = path.split('.')
  if (model.objects.get(object)?.fields.has(field) !== true) return 0
  const [row] = await tx.query<{ total: number }>(sql`
    select count(*)::int as total from ${physical.table(object)}
    where deleted_at is null and ${where(physical.column(object, field))}`)
  return row?.total ?? 0
}

async function countKeys(tx: Transaction, { physical }: Release, set: string): Promise<number> {
  const [row] = await tx.query<{ total: number }>(sql`
    select count(*)::int as total from platform.api_key
    where tenant = ${physical.names.schema} and permission_set = ${set} and revoked_at is null and (expires_at is null or expires_at > now())`)
  return row?.total ?? 0
}

/** Where the records lie that the principals of rules name by code, and what they are called. */
const CODED: Readonly<Record<string, { path: string; en: string; zh: string }>> = {
  department: { path: 'department.code', en: 'department', zh: '部门' },
  department_and_below: { path: 'department.code', en: 'department', zh: '部门' },
  group: { path: 'user_group.code', en: 'group', zh: '用户组' },
  queue: { path: 'user.code', en: 'queue', zh: '队列' },
}

/** A rule that names nobody is no fault, the record may come later; but it should be known. */
async function findUnknownCodes(
  tx: Transaction,
  current: Release,
  { kind, name, new: definition }: ModelChange,
): Promise<Finding[]> {
  if (kind !== 'sharing_rule' && kind !== 'restriction_rule') return []
  const { to = [], owned_by: owners = [] } = (definition ?? {}) as {
    to?: Principal[]
    owned_by?: Principal[]
  }
  const found: Finding[] = []
  for (const [word, code] of [...to, ...owners].flatMap((one) => Object.entries(one))) {
    const coded = CODED[word]
    if (coded === undefined) continue
    const count = await countRows(
      tx,
      current,
      coded.path,
      (column) => sql`${column} = ${String(code)}`,
    )
    if (count > 0) continue
    found.push({
      code: 'names_nobody',
      severity: 'warning',
      kind,
      name,
      message: message(
        `No ${coded.en} has the code "${String(code)}" yet: until then the rule means nobody by it`,
        `还没有编码为“${String(code)}”的${coded.zh}，在此之前规则对其不起作用`,
      ),
    })
  }
  return found
}
