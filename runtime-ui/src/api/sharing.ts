import type {
  AccessExplanation,
  ExplainedRight,
  NewShare,
  RecordShare,
  RecordShares,
  ShareEdit,
  TransferAnswer,
  TransferRequest,
} from '@trellis/metamodel'

import { get, post, request } from './http.ts'

const at = (object: string, id: string, ...rest: string[]): string =>
  ['/records', object, id, ...rest].join('/')

/** With whom a record is shared, and what the reader may do about it. */
export function loadShares(object: string, id: string): Promise<RecordShares> {
  return get(at(object, id, 'shares'))
}

/** Shares a record, or puts somebody on its team; the same again changes nothing. */
export function addShare(object: string, id: string, share: NewShare): Promise<RecordShare> {
  return post(at(object, id, 'shares'), { body: share })
}

/** Changes how much is shared, until when, or what a member does. */
export async function changeShare(
  object: string,
  id: string,
  { share, edit }: { share: string; edit: ShareEdit },
): Promise<RecordShare> {
  const path = at(object, id, 'shares', share)
  return (await request<RecordShare>('PATCH', path, { body: edit })).data
}

export async function endShare(object: string, id: string, share: string): Promise<void> {
  await request('DELETE', at(object, id, 'shares', share))
}

/** Makes somebody else the owner; what is named in `with` goes along. */
export function transferRecord(
  object: string,
  id: string,
  transfer: TransferRequest,
): Promise<TransferAnswer> {
  return post(at(object, id, 'actions', 'transfer'), { body: transfer })
}

/** What decides whether somebody, oneself if nobody is named, may do something with a record. */
export function explainAccess(
  object: string,
  id: string,
  asked: { right: ExplainedRight; user?: string | undefined },
): Promise<AccessExplanation> {
  return get(at(object, id, 'access'), { query: asked })
}
