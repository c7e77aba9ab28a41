import { localize, type ObjectModel, type SearchResponse } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import type { Reader } from '../access/row-filter.ts'
import { findObject } from './find-object.ts'
import { FromClause } from './from-clause.ts'
import {
  checkSearchText,
  containsPattern,
  prefixPattern,
  searchedText,
  searchFields,
} from './plan-search.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { refuseQuery } from './refuse-query.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

const MOST_PER_OBJECT = 8

const searches = releaseCache<PreparedRead>('searches', 100)

/**
 * Looks for a text in the names and searchable fields of records: of these objects, or of all that the
 * reader may read. What begins with the text comes first.
 * @throws RequestError as `findObject` does, and `malformed` for a text that cannot be searched for
 */
export async function searchRecords(
  context: Context,
  { q, objects }: { q: string; objects: readonly string[] | undefined },
): Promise<SearchResponse> {
  const failure = checkSearchText(q)
  if (failure) throw refuseQuery([failure])
  const asked = objects
    ? [...new Set(objects)].map((name) => findObject(context, name))
    : searchedObjects(context)
  const searched = asked.filter((object) =>
    searchFields(context, object).some((field) => field.name === 'name'),
  )
  const text = q.trim()
  if (text === '' || searched.length === 0) return { groups: [] }
  const rows = await runPrepared(context, searchRead(context, searched), {
    slots: { search: containsPattern(text), prefix: prefixPattern(text) },
  })
  const byObject = Map.groupBy(rows, ([index]) => Number(index))
  return {
    groups: searched.flatMap((object, index) => {
      const found = byObject.get(index)
      if (!found) return []
      const records = found.map(([, id, name, detail]) => ({
        id: id ?? '',
        name: name ?? '',
        detail: detail ?? null,
      }))
      return [
        {
          object: object.name,
          label: localize(object.plural, context.actor.locale, object.name),
          records,
        },
      ]
    }),
  }
}

/** The objects that a search without a choice looks at: those of the apps that the reader has, then all others. */
function searchedObjects({ release, actor }: Reader): ObjectModel[] {
  const readable = [...release.model.objects.values()].filter(
    (object) => actor.rights.object(object.name).read,
  )
  const places = [...release.model.apps.values()]
    .flatMap((app) => app.navigation ?? [])
    .flatMap((item) => ('object' in item ? [item.object] : []))
  const placeOf = ({ name }: ObjectModel): number =>
    places.includes(name) ? places.indexOf(name) : places.length
  return readable.toSorted((a, b) => placeOf(a) - placeOf(b))
}

function searchRead(reader: Reader, objects: readonly ObjectModel[]): PreparedRead {
  const key = `${reader.actor.accessSignature}|${objects.map((object) => object.name).join()}`
  return searches(reader.release).get(key, () => {
    const parts = objects.flatMap((object, index) => searchPart(reader, object, index))
    return prepareRead(sql`${sql.join(parts, sql` union all `)}`)
  })
}

function searchPart(reader: Reader, object: ObjectModel, index: number): RawBuilder<unknown>[] {
  const fields = searchFields(reader, object)
  const name = fields.find((field) => field.name === 'name')
  if (!name) return []
  const from = new FromClause(reader, object)
  const column = (field: typeof name): RawBuilder<unknown> => searchedText(from, field)
  const hits = fields.map((field) => sql`${column(field)} ilike ${new Slot('search')}`)
  // What was hit besides the name tells records of the same name apart.
  const others = fields.filter((field) => field !== name)
  const details = others.map(
    (field) =>
      sql`when ${column(field)} ilike ${new Slot('search')} then left(${column(field)}, 200)`,
  )
  const detail = details.length > 0 ? sql`case ${sql.join(details, sql` `)} end` : sql`null::text`
  const id = reader.release.physical.column(object.name, 'id', from.alias)
  return [
    sql`(select ${String(index)}::integer as place, ${id} as id, ${column(name)} as name, ${detail} as detail from ${from.toSql()}
    where (${sql.join(hits, sql` or `)}) and ${from.visibleRows()}
    order by (${column(name)} ilike ${new Slot('prefix')}) desc, length(${column(name)}), ${id} desc limit ${sql`${MOST_PER_OBJECT}`})`,
  ]
}
