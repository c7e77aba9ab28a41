import {
  type ObjectModel,
  nearest,
  type RelationshipModel,
  type TransferAnswer,
  type TransferRequest,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { failure, message, RequestError } from '../errors.ts'
import { isReadable } from '../query/field-path.ts'
import { nameReferences } from '../query/name-references.ts'
import { type Outcome, performIn } from '../records/perform.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'
import { removeTeams } from './share-store.ts'
import { tryAll } from './try-all.ts'

/** A record that is to have another owner. */
export interface TransferAsked {
  object: ObjectModel
  id: string
  request: TransferRequest
  /** Refuse unless this is the version in force. */
  version?: number
}

type Counts = TransferAnswer['with'][string]

/**
 * Makes somebody else the owner, in one transaction, by the record engine: whoever may not, or hands over to
 * somebody who does not work with such records, is refused by it. Of the relationships in `with`, those records go
 * along that the old owner has and the caller may transfer; others stay and are counted.
 * @throws RequestError not_found · forbidden · locked · stale_version · validation_failed
 */
export async function transferRecord(
  context: Context,
  { object, id, request, version }: TransferAsked,
): Promise<TransferAnswer> {
  requireOwned(object)
  const along = relationshipsOf(context, object, request.with ?? [])
  const { written, counts } = await inSaveTransaction(context, async (inside) => {
    const owner = await ownerOf(inside, object, id)
    const values = { owner: request.owner }
    const [outcome] = await performIn(
      inside,
      [{ op: 'update', object: object.name, id, values, ...(version ? { version } : {}) }],
      { atomic: true },
    )
    if (!outcome) throw new Error('A transfer came to nothing')
    if ('error' in outcome) throw outcome.error
    if (request.keep_team === false) await removeTeams(inside, object.name, [id])
    const moved: [string, Counts][] = []
    for (const relationship of along) {
      moved.push([
        relationship.name,
        await moveAlong(inside, relationship, { id, owner, to: request.owner }),
      ])
    }
    return { written: outcome, counts: Object.fromEntries(moved) }
  })
  const names = await nameReferences(context, [{ object: 'user', id: request.owner }])
  return {
    id: written.id,
    version: written.version,
    owner: { id: request.owner, name: names('user', request.owner) },
    with: counts,
  }
}

/** Makes somebody the owner of many records; what is valid is done, all others say why not. */
export async function transferRecords(
  context: Context,
  object: ObjectModel,
  asked: { ids: readonly string[]; owner: string; keepTeam: boolean },
): Promise<Outcome[]> {
  requireOwned(object)
  const { ids, owner, keepTeam } = asked
  return inSaveTransaction(context, async (inside) => {
    const requests = ids.map((id) => ({
      op: 'update' as const,
      object: object.name,
      id,
      values: { owner },
    }))
    const outcomes = await tryAll(inside, requests)
    const moved = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome.id]))
    if (!keepTeam) await removeTeams(inside, object.name, moved)
    return outcomes
  })
}

function requireOwned(object: ObjectModel): void {
  if (!object.master) return
  throw new RequestError('forbidden', {
    detail: message(
      'This record belongs to its master and has no owner of its own',
      '该记录从属于主记录，没有自己的负责人',
    ),
  })
}

/**
 * The relationships of these names, to records that have an owner, by references that the caller may know.
 * @throws RequestError validation_failed
 */
function relationshipsOf(
  context: Context,
  object: ObjectModel,
  names: readonly string[],
): RelationshipModel[] {
  const known = [...object.relationships.values()].filter((one) => {
    const child = context.release.model.objects.get(one.object)
    const field = child?.fields.get(one.field)
    return child?.master === undefined && field !== undefined && isReadable(context, field)
  })
  const failures = [...new Set(names)].flatMap((name) => {
    if (known.some((one) => one.name === name)) return []
    const suggestion = nearest(
      name,
      known.map((one) => one.name),
    )
    const text = message(
      `There is no relationship "${name}" to records with an owner`,
      `没有名为“${name}”且有负责人的关联`,
    )
    return [
      failure('with', 'unknown_relationship', text, suggestion === undefined ? {} : { suggestion }),
    ]
  })
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
  return known.filter((one) => names.includes(one.name))
}

async function ownerOf(context: WriteContext, object: ObjectModel, id: string): Promise<string> {
  const { physical } = context.release
  const [found] = await context.tx.query<{ owner: string }>(sql`
    select ${physical.column(object.name, 'owner', 't')} as owner from ${physical.table(object.name)} as t
    where t.id = ${id}::uuid and t.deleted_at is null
      and ${rowFilter(context, { object, right: 'read', alias: 't' }) ?? sql`true`}
    for no key update of t`)
  if (!found) throw new RequestError('not_found')
  return found.owner
}

/** So many records go along in one call, of one relationship. */
const MOST_ALONG = 2000

async function moveAlong(
  context: WriteContext,
  relationship: RelationshipModel,
  { id, owner, to }: { id: string; owner: string; to: string },
): Promise<Counts> {
  const { model, physical } = context.release
  const object = model.objects.get(relationship.object)
  if (!object) return { moved: 0, left: 0 }
  const may = (right: 'read' | 'transfer') =>
    rowFilter(context, { object, right, alias: 't' }) ?? sql`true`
  const rows = await context.tx.query<{ id: string; mayMove: boolean }>(sql`
    select t.id, ${may('transfer')} as "mayMove" from ${physical.table(object.name)} as t
    where ${physical.column(object.name, relationship.field, 't')} = ${id}::uuid
      and ${physical.column(object.name, 'owner', 't')} = ${owner}::uuid and t.deleted_at is null and ${may('read')}
    order by t.id limit ${MOST_ALONG}`)
  const requests = rows
    .filter(({ mayMove }) => mayMove)
    .map((row) => ({
      op: 'update' as const,
      object: object.name,
      id: row.id,
      values: { owner: to },
    }))
  const outcomes = await tryAll(context, requests)
  const moved = outcomes.filter((outcome) => !('error' in outcome)).length
  return { moved, left: rows.length - moved }
}
