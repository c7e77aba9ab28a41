import type { ApprovalStep, Approver, PermissionSetDefinition } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import type { Queryable } from '../db/index.ts'
import type { StoredValues } from '../effects/record-request.ts'

/** For whom approvers are looked for. */
export interface ApproversAsked {
  step: ApprovalStep
  submitter: string
  values: StoredValues
}

/** The people of a step, each once, in the order in which they are asked; only users who can sign in. */
export async function findApprovers(
  context: Context,
  db: Queryable,
  asked: ApproversAsked,
): Promise<string[]> {
  const found: string[] = []
  for (const approver of asked.step.approvers) {
    found.push(...(await findOne(context, db, approver, asked)))
  }
  const people = [...new Set(found)]
  const policy = asked.step.if_submitter ?? 'keep'
  if (policy === 'keep' || !people.includes(asked.submitter)) return people
  const others = people.filter((id) => id !== asked.submitter)
  if (policy === 'skip') return others
  return [...new Set([...others, ...(await managerOf(context, db, asked.submitter, 1))])].filter(
    (id) => id !== asked.submitter,
  )
}

/** Who may be asked in place of nobody: the administrators. */
export async function findAdministrators(context: Context, db: Queryable): Promise<string[]> {
  const sets = [...context.release.model.permissionSets]
    .filter(([, set]: [string, PermissionSetDefinition]) => set.system?.includes('modify_all_data'))
    .map(([name]) => name)
  const { physical } = context.release
  return ids(context, db, sql`${physical.column('user', 'permission_sets')} && ${sets}::text[]`)
}

async function findOne(
  context: Context,
  db: Queryable,
  approver: Approver,
  asked: ApproversAsked,
): Promise<string[]> {
  const { physical } = context.release
  switch (approver.by) {
    case 'user':
      return ids(
        context,
        db,
        sql`lower(${physical.column('user', 'email')}) = ${approver.email.toLowerCase()}`,
      )
    case 'role':
      return ids(context, db, sql`${physical.column('user', 'role')} = ${approver.role}`)
    case 'field': {
      const id = asked.values[approver.field]
      return typeof id === 'string' ? ids(context, db, sql`id = ${id}::uuid`) : []
    }
    case 'manager': {
      const start = approver.of === 'owner' ? asked.values['owner'] : asked.submitter
      return typeof start === 'string' ? managerOf(context, db, start, approver.level ?? 1) : []
    }
  }
}

async function managerOf(
  context: Context,
  db: Queryable,
  user: string,
  level: number,
): Promise<string[]> {
  const { physical } = context.release
  let at: string | undefined = user
  for (let step = 0; step < level && at !== undefined; step++) {
    const [row]: { manager: string | null }[] = await db.query<{ manager: string | null }>(sql`
      select ${physical.column('user', 'manager')} as manager from ${physical.table('user')} where id = ${at}::uuid`)
    at = row?.manager ?? undefined
  }
  return at === undefined ? [] : ids(context, db, sql`id = ${at}::uuid`)
}

async function ids(context: Context, db: Queryable, where: RawBuilder<unknown>): Promise<string[]> {
  const { physical } = context.release
  const rows = await db.query<{ id: string }>(sql`
    select id from ${physical.table('user')} where ${where} and ${physical.column('user', 'active')} and deleted_at is null order by name, id limit 50`)
  return rows.map((row) => row.id)
}
