import type { ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { calculatingFields, tellCalculating } from './calculating-fields.ts'
import { type CompiledRead, compileGet } from './compile-read.ts'
import { planSelect, showAll, type Shown } from './plan-select.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { refuseQuery } from './refuse-query.ts'
import { releaseCache } from './release-cache.ts'

/** A record as JSON, ready to be sent, and the version that it has. */
export interface RecordAnswer {
  json: string
  version: number
}

type Ready = Pick<CompiledRead, 'emit'> & { read: PreparedRead; version: number }

const gets = releaseCache<Ready>('gets', 500)

/**
 * Reads one record: what is selected, or all that the reader may see of it. Undefined if there is none,
 * or none that they may see.
 * @throws RequestError with everything that is wrong with the selection.
 */
export async function getRecord(
  context: Context,
  object: ObjectModel,
  { id, select }: { id: string; select?: readonly string[] | undefined },
): Promise<RecordAnswer | undefined> {
  const { read, emit, version } = readyGet(context, object, select)
  const [[row], calculating] = await Promise.all([
    runPrepared(context, read, { slots: { id } }),
    calculatingFields(context, object),
  ])
  return row && { json: tellCalculating(emit(row), calculating), version: Number(row[version]) }
}

function readyGet(
  context: Context,
  object: ObjectModel,
  select: readonly string[] | undefined,
): Ready {
  const { release, actor } = context
  const key = `${actor.accessSignature}|${object.name}|${select === undefined ? '' : JSON.stringify(select)}`
  return gets(release).get(key, () => {
    const { statement, emit, version } = compileGet(
      context,
      object,
      shownOf(context, object, select),
    )
    return { emit, version, read: prepareRead(statement) }
  })
}

function shownOf(
  context: Context,
  object: ObjectModel,
  select: readonly string[] | undefined,
): readonly Shown[] {
  if (select === undefined) return showAll(context, object)
  const { shown, failures } = planSelect(context, object, select)
  if (failures.length > 0) throw refuseQuery(failures)
  return shown
}
