import { type RawBuilder, sql } from 'kysely'

import { type Reader, rowFilter } from '../access/row-filter.ts'
import { isReadable } from './field-path.ts'

/** The join that finds the user of an id, and their name; null if the reader may not see it. */
export function userName(
  reader: Reader,
  id: RawBuilder<unknown>,
  alias: string,
): { join: RawBuilder<unknown>; name: RawBuilder<unknown> } {
  const { model, physical } = reader.release
  const user = model.objects.get('user')
  const field = user?.fields.get('name')
  if (!user || !field || !isReadable(reader, field)) return { join: sql``, name: sql`null::text` }
  const filter = rowFilter(reader, { object: user, right: 'read', alias }) ?? sql`true`
  const own = physical.column('user', 'id', alias)
  return {
    join: sql`left join ${physical.table('user')} as ${physical.identifier(alias)} on ${own} = ${id} and ${filter}`,
    name: physical.column('user', 'name', alias),
  }
}
