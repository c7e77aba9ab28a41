import type {
  Deactivation,
  Expression,
  HandOver,
  Holdings,
  RecordPage,
  SignInState,
  WireReference,
} from '@trellis/metamodel'
import { get, listRecords, loadRecord, post, request } from '@trellis/runtime-ui/api'

/** Users as the studio shows them. */
export interface UserRow {
  id: string
  name: string
  email: string | null
  title: string | null
  department: WireReference | null
  role: string | null
  manager: WireReference | null
  permission_sets: readonly string[] | null
  active: boolean
}

const FIELDS = [
  'name',
  'email',
  'title',
  'department',
  'role',
  'manager',
  'permission_sets',
  'active',
]

/** A page of the people who are active, or are not, by name. */
export async function listUsers(
  asked: { isActive: boolean; text: string; cursor?: string | undefined },
  signal?: AbortSignal,
): Promise<{ users: UserRow[]; next: string | undefined }> {
  const where: Expression = {
    and: [
      { or: [{ is_blank: [{ var: 'type' }] }, { '!=': [{ var: 'type' }, 'queue'] }] },
      { '==': [{ var: 'active' }, asked.isActive] },
    ],
  }
  const page: RecordPage = await listRecords(
    'user',
    {
      select: FIELDS,
      where,
      sort: ['name'],
      limit: 50,
      ...(asked.text === '' ? {} : { q: asked.text }),
      ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
    },
    signal,
  )
  return { users: page.records as unknown as UserRow[], next: page.next_cursor ?? undefined }
}

export async function loadUser(id: string, signal?: AbortSignal): Promise<UserRow> {
  return (await loadRecord('user', id, signal)) as unknown as UserRow
}

export function loadHoldings(id: string, signal?: AbortSignal): Promise<Holdings> {
  return get(`/records/user/${id}/holdings`, { signal })
}

/** Makes a user inactive and hands over; as long as the answer is not complete, the same again goes on. */
export function deactivateUser(id: string, to: HandOver): Promise<Deactivation> {
  return post(`/records/user/${id}/actions/deactivate`, { body: to })
}

export function loadSignInState(id: string, signal?: AbortSignal): Promise<SignInState> {
  return get(`/users/${id}/sign-in`, { signal })
}

/** Ends the sessions and API keys of a user. */
export async function endAccess(id: string): Promise<void> {
  await request('DELETE', `/users/${id}/sessions`)
}

/** Takes the second step from a user who has lost their authenticator. */
export async function removeSecondStep(id: string): Promise<void> {
  await request('DELETE', `/users/${id}/totp`)
}

/** Lets a user try again at once after too many wrong passwords or codes. */
export async function forgetAttempts(id: string): Promise<void> {
  await request('DELETE', `/users/${id}/attempts`)
}

/** Lets a user sign in with a password that is told once. */
export async function makePassword(id: string): Promise<string> {
  const { one_time_password: password = '' } = await post<{ one_time_password?: string }>(
    `/users/${id}/sign-in`,
  )
  return password
}
