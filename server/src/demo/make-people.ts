import { type DemoRecord, ref } from './demo-data.ts'
import { DEPARTMENTS, INBOUND_LEADS, KEY_ACCOUNT_TEAM, USER_ROSTER } from './words/user-roster.ts'

/** Those who look after accounts. */
export const SELLERS = ['rep1', 'rep2', 'rep3', 'rep4', 'rep5', 'east', 'south'] as const

export function makeDepartments(): DemoRecord[] {
  return DEPARTMENTS.map(({ key, name, parent }): DemoRecord => ({
    _key: `department.${key}`,
    name,
    code: key,
    ...(parent === null ? {} : { parent: ref(`department.${parent}`) }),
  }))
}

/** Who heads which department: known only when both exist. */
export function makeDepartmentHeads(): DemoRecord[] {
  return DEPARTMENTS.map(({ key, head }) => ({
    _key: `department.${key}`,
    head: ref(`user.${head}`),
  }))
}

export function makeUsers(): DemoRecord[] {
  return USER_ROSTER.map((entry, index): DemoRecord => ({
    _key: `user.${entry.key}`,
    name: entry.name,
    email: `${entry.mail}@example.com`,
    employee_no: `QH${String(index + 1).padStart(4, '0')}`,
    title: entry.title,
    // No network has given out numbers that begin with 161.
    mobile: `1616800${String(1001 + index * 37)}`,
    department: ref(`department.${entry.department}`),
    role: entry.role,
    permission_sets: entry.permissionSets,
    active: true,
    locale: entry.english === true ? 'en-US' : 'zh-CN',
    time_zone: 'Asia/Shanghai',
    ...(entry.manager === undefined ? {} : { manager: ref(`user.${entry.manager}`) }),
  }))
}

/** The queue that owns what nobody has taken yet. */
export const QUEUE = `user.${INBOUND_LEADS.code}`

export function makeQueue(): DemoRecord {
  return {
    _key: QUEUE,
    name: INBOUND_LEADS.name,
    code: INBOUND_LEADS.code,
    type: 'queue',
    active: true,
  }
}

export function makeQueueMembers(): DemoRecord[] {
  return INBOUND_LEADS.members.map((member) => ({
    _key: `queue_member.${member}`,
    queue: ref(QUEUE),
    member: ref(`user.${member}`),
  }))
}

export function makeGroups(): DemoRecord[] {
  const { code, name } = KEY_ACCOUNT_TEAM
  return [{ _key: `user_group.${code}`, name, code }]
}

export function makeGroupMembers(): DemoRecord[] {
  const { code, members } = KEY_ACCOUNT_TEAM
  return members.map((member) => ({
    _key: `group_member.${member}`,
    user_group: ref(`user_group.${code}`),
    user: ref(`user.${member}`),
  }))
}
