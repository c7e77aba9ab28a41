import { type RawBuilder, sql } from 'kysely'

import { type Reader, rowFilter } from '../access/row-filter.ts'
import { isShowable } from './field-path.ts'
import { nameTeller, type TellName } from './mask-cells.ts'

/**
 * The join that finds the user of an id, and their name, which goes out through `tellName`.
 * @param which `live`: of users who are deleted nothing is told, not even of what they have done
 */
export function userName(
  reader: Reader,
  id: RawBuilder<unknown>,
  alias: string,
  which: 'any' | 'live' = 'any',
): { join: RawBuilder<unknown>; name: RawBuilder<unknown>; tellName: TellName } {
  const { model, physical } = reader.release
  const user = model.objects.get('user')
  const field = user?.fields.get('name')
  const tellName = nameTeller(reader, 'user')
  if (!user || !field || !isShowable(reader, field)) {
    return { join: sql``, name: sql`null::text`, tellName }
  }
  const filter = rowFilter(reader, { object: user, right: 'read', alias }) ?? sql`true`
  const own = physical.column('user', 'id', alias)
  const isLive =
    which === 'live' ? sql` and ${physical.column('user', 'deleted_at', alias)} is null` : sql``
  return {
    join: sql`left join ${physical.table('user')} as ${physical.identifier(alias)} on ${own} = ${id} and ${filter}${isLive}`,
    name: physical.column('user', 'name', alias),
    tellName,
  }
}
