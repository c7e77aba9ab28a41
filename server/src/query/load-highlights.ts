import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import type { Reader } from '../access/row-filter.ts'
import { Columns, showFields } from './columns.ts'
import { compileEmitter, type Emitter } from './compile-emitter.ts'
import { currencyPaths } from './currency-paths.ts'
import { isShowable } from './field-path.ts'
import { FromClause } from './from-clause.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

interface Ready {
  read: PreparedRead
  id: number
  emit: Emitter
}

const reads = releaseCache<Ready>('highlights', 300)

/**
 * The values of the highlights of records, by the id of the record, in the order in which the record page has
 * them, and the currency of the amounts among them. Records that the reader may not see are left out, and so are fields.
 */
export async function loadHighlights(
  context: Context,
  object: ObjectModel,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const { release, actor } = context
  const { read, id, emit } = reads(release).get(`${actor.accessSignature}|${object.name}`, () =>
    compile(context, object),
  )
  const rows = await runPrepared(context, read, { slots: { ids: [...new Set(ids)] } })
  return new Map(
    rows.map((row) => [row[id] ?? '', JSON.parse(emit(row)) as Record<string, unknown>]),
  )
}

/** The names of the fields that stand in the head of a record's page. */
export function highlightsOf(object: ObjectModel): readonly string[] {
  return object.recordPage.definition.highlights ?? object.highlights
}

function compile(reader: Reader, object: ObjectModel): Ready {
  const names = highlightsOf(object)
  const all = [...names, ...currencyPaths(reader, object, names)]
  const fields = all.flatMap((name) => object.fields.get(name) ?? [])
  const from = new FromClause(reader, object)
  const columns = new Columns()
  const own = reader.release.physical.column(object.name, 'id', from.alias)
  const id = columns.add('id', own)
  const shown = fields
    .filter((field) => isShowable(reader, field))
    .map((field) => ({ field, parts: [] }))
  const outputs = showFields(from, columns, shown)
  const statement = sql`select ${columns.toSql()} from ${from.toSql()}
    where ${own} = any(${new Slot('ids')}::uuid[]) and ${from.visibleRows()}`
  return { read: prepareRead(statement), id, emit: compileEmitter(outputs) }
}
