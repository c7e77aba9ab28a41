import type { ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'

/** Whose view of the rows it is, under which release. Every `Context` is one. */
export interface Reader {
  release: Release
  actor: Actor
}

/** Rows of an object, seen under an alias, and what is to be done with them. */
export interface RowsAsked {
  object: ObjectModel
  right: 'read' | 'edit' | 'delete'
  alias: string
}

/**
 * The actor's id as a parameter. A compiled statement that is kept for others with the same rights puts
 * their id in its place; bound as it is, pg sends the id itself.
 */
export class ActorId {
  readonly id: string

  constructor(id: string) {
    this.id = id
  }

  toPostgres(): string {
    return this.id
  }
}

/**
 * The condition under which the actor may read, edit or delete a row, or null if they may with every row.
 * Details follow their master: who may read the master reads them, who may edit it edits and deletes them.
 * Whether the actor has the right on the object at all is asked before (403); here it makes the condition false.
 * @example rowFilter(context, { object, right: 'edit', alias: 't' }) // "t"."owner" = $1
 */
export function rowFilter(
  reader: Reader,
  { object, right, alias }: RowsAsked,
): RawBuilder<boolean> | null {
  const access = reader.actor.rights.object(object.name)
  if (!access[right]) return sql<boolean>`false`
  if (object.master) return masterFilter(reader, { object, right, alias })
  if (access[SCOPES[right]] === 'all') return null
  const owner = reader.release.physical.column(object.name, 'owner', alias)
  return sql<boolean>`${owner} = ${new ActorId(reader.actor.userId)}`
}

const SCOPES = { read: 'readScope', edit: 'editScope', delete: 'deleteScope' } as const

function masterFilter(
  reader: Reader,
  { object, right, alias }: RowsAsked,
): RawBuilder<boolean> | null {
  const { model, physical } = reader.release
  const master = model.objects.get(object.master?.target ?? '')
  if (!object.master || !master) return sql<boolean>`false`
  const above = `${alias}_m`
  const filter = rowFilter(reader, {
    object: master,
    right: right === 'read' ? 'read' : 'edit',
    alias: above,
  })
  if (filter === null) return null
  const reference = physical.column(object.name, object.master.name, alias)
  const id = physical.column(master.name, 'id', above)
  const deleted = physical.column(master.name, 'deleted_at', above)
  const table = physical.table(master.name)
  return sql<boolean>`exists (select 1 from ${table} as ${physical.identifier(above)} where ${id} = ${reference} and ${deleted} is null and ${filter})`
}
