import { type DemoRecord, ref } from './demo-data.ts'
import { DEPARTMENTS, USER_ROSTER } from './words/user-roster.ts'

/** Those who look after accounts. */
export const SELLERS = ['rep1', 'rep2', 'rep3', 'rep4', 'rep5', 'east', 'south'] as const

export function makeDepartments(): DemoRecord[] {
  return DEPARTMENTS.map(({ key, name }) => ({ _key: `department.${key}`, name }))
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
