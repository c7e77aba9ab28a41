import {
  isRecordId,
  type NewShare,
  type ObjectModel,
  parseMoment,
  type RecordShare,
  type RecordShares,
  type ShareEdit,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { failure, type Failure, message, RequestError } from '../errors.ts'
import { namePrincipals } from '../query/name-principals.ts'
import { nameReferences } from '../query/name-references.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'
import { checkPrincipal } from './find-principal.ts'
import {
  findShare,
  loadShares,
  principalOf,
  putShare,
  removeShare,
  type ShareValues,
  type StoredShare,
  writeShareHistory,
} from './share-store.ts'
import { lockRecordToShare, readRecordToShare, type RecordToShare } from './shared-record.ts'

/** With whom a record is shared, and what the reader may do about it. @throws RequestError not_found */
export async function listShares(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<RecordShares> {
  const record = await readRecordToShare(context, object, id)
  const stored = await loadShares(context.db, context.release, record)
  return {
    shares: await tellShares(context, stored),
    may_share: record.canShare,
    may_edit_team: record.canShare,
    most_access: record.canEdit ? 'edit' : 'read',
  }
}

/**
 * Shares a record, or changes what it shares with the same principal for the same cause. The same again changes
 * nothing.
 * @throws RequestError not_found · forbidden · validation_failed
 */
export async function addShare(
  context: Context,
  object: ObjectModel,
  { id, asked }: { id: string; asked: NewShare },
): Promise<{ share: RecordShare; isNew: boolean }> {
  const principalId = isRecordId(asked.principal.id)
    ? asked.principal.id.toLowerCase()
    : asked.principal.id
  const principal = { ...asked.principal, id: principalId }
  // Whether the record is there for the caller is asked first, so that nothing is told of what is not.
  await readRecordToShare(context, object, id)
  const unknown = await checkPrincipal(context, principal)
  const result = await inSaveTransaction(context, async (inside) => {
    const record = await lockRecordToShare(inside, object, id)
    const values: ShareValues = {
      cause: asked.cause,
      access: asked.access,
      principal: `${principal.type}:${principal.id}`,
      teamRole: asked.team_role?.trim() || null,
      expiresAt: momentOf(asked.expires_at),
    }
    requireShareable(object, record, values)
    const failures = [...(unknown ? [unknown] : []), ...faultsOf(context, record, values, asked)]
    if (failures.length > 0) throw new RequestError('validation_failed', { failures })
    const old = await findShare(inside, record, values)
    if (old && isSame(old, values)) return { stored: old, isNew: false }
    const stored = await putShare(inside, record, values)
    await writeShareHistory(inside, record, { old, next: stored })
    return { stored, isNew: old === undefined }
  })
  return { share: await tellShare(context, result.stored), isNew: result.isNew }
}

/** Changes how much is shared, until when, or what a member of the team does. @throws RequestError not_found · forbidden · validation_failed */
export async function changeShare(
  context: Context,
  object: ObjectModel,
  { id, share, edit }: { id: string; share: string; edit: ShareEdit },
): Promise<RecordShare> {
  const stored = await inSaveTransaction(context, async (inside) => {
    const record = await lockRecordToShare(inside, object, id)
    const old = await findShare(inside, record, { share })
    if (!old) throw new RequestError('not_found')
    requireGiven(old)
    const { access = old.access, team_role: role, expires_at: end } = edit
    const values: ShareValues = {
      ...old,
      access,
      teamRole: role === undefined ? old.teamRole : role?.trim() || null,
      expiresAt: end === undefined ? old.expiresAt : momentOf(end),
    }
    requireShareable(object, record, values)
    const failures = faultsOf(context, record, values, edit)
    if (failures.length > 0) throw new RequestError('validation_failed', { failures })
    if (isSame(old, values)) return old
    const next = await putShare(inside, record, values)
    await writeShareHistory(inside, record, { old, next })
    return next
  })
  return tellShare(context, stored)
}

/** Ends a share; a member may leave a team by themself. @throws RequestError not_found · forbidden */
export async function endShare(
  context: Context,
  object: ObjectModel,
  { id, share }: { id: string; share: string },
): Promise<void> {
  await inSaveTransaction(context, async (inside) => {
    const record = await lockRecordToShare(inside, object, id)
    const old = await findShare(inside, record, { share })
    if (!old) throw new RequestError('not_found')
    const leaves =
      old.cause === 'team' &&
      old.principal === `user:${context.actor.userId}` &&
      context.actor.within === undefined
    if (!leaves && !record.canShare) throw mayNotShare()
    requireGiven(old)
    await removeShare(inside, old.id)
    await writeShareHistory(inside, record, { old, next: undefined })
  })
}

function requireGiven({ cause }: StoredShare): void {
  if (cause !== 'approval') return
  throw new RequestError('forbidden', {
    detail: message(
      'Who is asked to decide reads the record until they have decided',
      '审批人在处理完审批前可查看该记录',
    ),
  })
}

function requireShareable(object: ObjectModel, record: RecordToShare, values: ShareValues): void {
  if (object.master) {
    throw new RequestError('forbidden', {
      detail: message(
        'This record is shared with its master: share that',
        '该记录的权限跟随主记录，请共享主记录',
      ),
    })
  }
  if (!record.canShare) throw mayNotShare()
  if (values.access === 'edit' && !record.canEdit) {
    throw new RequestError('forbidden', {
      failures: [
        failure(
          'access',
          'forbidden',
          message('You may not edit this record yourself', '您自己没有编辑此记录的权限'),
        ),
      ],
    })
  }
}

function mayNotShare(): RequestError {
  return new RequestError('forbidden', {
    detail: message('You may not share this record', '您没有共享此记录的权限'),
  })
}

function faultsOf(
  { now }: Context,
  record: RecordToShare,
  values: ShareValues,
  { expires_at: end }: ShareEdit,
): Failure[] {
  const { cause, principal, teamRole } = values
  const faults: Failure[] = []
  if (principal === `user:${record.owner}`) {
    faults.push(
      failure(
        'principal',
        'is_owner',
        message('They are the owner already', '对方已是该记录的负责人'),
      ),
    )
  }
  if (cause === 'team' && !principal.startsWith('user:')) {
    faults.push(
      failure('principal', 'not_a_user', message('A team is made of users', '团队成员只能是用户')),
    )
  }
  if (cause === 'manual' && teamRole !== null) {
    faults.push(
      failure(
        'team_role',
        'not_in_team',
        message('Only a member of the team has a role in it', '只有团队成员才有团队角色'),
      ),
    )
  }
  if (typeof end === 'string') faults.push(...endFaults(end, now))
  return faults
}

function endFaults(end: string, now: Date): Failure[] {
  const moment = parseMoment(end)
  if (moment === undefined) {
    const text = message(
      'Must be a time such as 2026-11-21T08:00:00Z',
      '应为时间，如 2026-11-21T08:00:00Z',
    )
    return [failure('expires_at', 'not_a_datetime', text)]
  }
  if (new Date(moment) > now) return []
  return [failure('expires_at', 'out_of_range', message('Must be in the future', '应晚于当前时间'))]
}

function momentOf(end: string | null | undefined): string | null {
  return typeof end === 'string' ? (parseMoment(end) ?? null) : null
}

function isSame(old: StoredShare, values: ShareValues): boolean {
  return (['cause', 'access', 'principal', 'teamRole', 'expiresAt'] as const).every(
    (key) => old[key] === values[key],
  )
}

/** Shares as they go over the wire, with the names that the reader may see. */
export async function tellShares(
  context: Context,
  shares: readonly StoredShare[],
): Promise<RecordShare[]> {
  const principals = shares.map(principalOf)
  const [nameOf, users] = await Promise.all([
    namePrincipals(context, principals),
    nameReferences(
      context,
      shares.map(({ createdBy }) => ({ object: 'user', id: createdBy })),
    ),
  ])
  return shares.map((share) => {
    const { id, cause, access, teamRole, expiresAt, createdBy, createdAt } = share
    const principal = principalOf(share)
    return {
      id,
      cause,
      access,
      principal: { ...principal, name: nameOf(principal) },
      team_role: teamRole,
      expires_at: expiresAt,
      created_by: { id: createdBy, name: users('user', createdBy) },
      created_at: createdAt,
    }
  })
}

async function tellShare(context: Context, share: StoredShare): Promise<RecordShare> {
  const [told] = await tellShares(context, [share])
  if (!told) throw new Error('The share was not told')
  return told
}
