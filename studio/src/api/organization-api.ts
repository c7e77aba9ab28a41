import type { Expression, WireReference } from '@trellis/metamodel'
import { aggregateRecords, listRecords } from '@trellis/runtime-ui/api'

/** The records that say who belongs where, as the studio needs them. */

/** What a rule can name by its code. */
export interface Coded {
  code: string
  name: string
}

export type CodedKind = 'department' | 'group' | 'queue'

const QUEUES: Expression = { '==': [{ var: 'type' }, 'queue'] }
const OBJECTS = { department: 'department', group: 'user_group', queue: 'user' } as const

/** All departments, groups or queues that have a code, by name. */
export async function loadCoded(kind: CodedKind, signal?: AbortSignal): Promise<Coded[]> {
  const where = kind === 'queue' ? { where: QUEUES } : {}
  const records = await loadAll(OBJECTS[kind], { select: ['name', 'code'], ...where }, signal)
  return records.flatMap(({ name, code }) =>
    typeof code === 'string' && code !== '' ? [{ code, name: String(name) }] : [],
  )
}

export interface Department {
  id: string
  name: string
  version: number
  code: string | null
  parent: WireReference | null
  head: WireReference | null
}

export async function loadDepartments(signal?: AbortSignal): Promise<Department[]> {
  const select = ['name', 'code', 'parent', 'head']
  return (await loadAll('department', { select }, signal)) as unknown as Department[]
}

/** How many active people there are under each value of a field of users: a role's name, a department's id. */
export async function countUsers(
  by: 'role' | 'department',
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { groups } = await aggregateRecords(
    'user',
    {
      where: { '==': [{ var: 'active' }, true] },
      group_by: [by],
      measures: [{ fn: 'count', as: 'users' }],
      limit: 1000,
    },
    signal,
  )
  return new Map(groups.map((group) => [keyOf(group[by]), Number(group['users'])]))
}

function keyOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) return String((value as { id?: unknown }).id)
  return String(value)
}

/** Every record of an object that the caller may see, by name. */
export async function loadAll(
  object: string,
  query: { select: string[]; where?: Expression },
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = []
  let cursor: string | null = null
  do {
    const page = await listRecords(
      object,
      { ...query, sort: ['name'], limit: 200, ...(cursor === null ? {} : { cursor }) },
      signal,
    )
    all.push(...page.records)
    cursor = page.next_cursor
  } while (cursor !== null)
  return all
}
