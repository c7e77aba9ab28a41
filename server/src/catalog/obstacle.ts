import type { Message, Model, ModelChange } from '@trellis/metamodel'
import type { RawBuilder } from 'kysely'

import type { Reader } from '../access/reader.ts'
import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import type { PublishPlan } from './plan-publish.ts'
import { knowsField, sampleRecords, type Samples } from './sample-records.ts'

/** What live data says to a plan: an error stands in the way, a warning is good to know. */
export interface Finding {
  code: string
  severity: 'error' | 'warning'
  kind: string
  name: string
  message: Message
  count?: number
  samples?: { id: string; name: string | null; value?: unknown }[]
}

/** A plan that live data is asked about. */
export interface Asked {
  plan: NonNullable<PublishPlan['ready']>
  current: Model | undefined
  physical: PhysicalMap
  /** Who is told; undefined for the house. */
  reader: Reader | undefined
}

/** The column that has the values of a field now, as far as the plan takes any over. */
export function columnOf(asked: Asked, object: string, field: string): RawBuilder<unknown> {
  const key = `${object}.${field}`
  const next = asked.plan.names.columns.get(key)
  const isRestored = asked.plan.names.restored.has(`${asked.plan.names.tables.get(object)}.${next}`)
  const column = isRestored ? next : (asked.physical.names.columns.get(key) ?? next)
  return asked.physical.identifier(field === 'name' ? 'name' : (column ?? field))
}

/** The live records of an object for which a condition on one field is true; some are named to those who may know it. */
export function samplesOf(
  tx: Transaction,
  { physical, reader }: Asked,
  [object, field]: readonly [string, string],
  { where, value }: { where: RawBuilder<unknown>; value?: RawBuilder<unknown> },
): Promise<Samples> {
  const isKnown = knowsField(reader, object, field)
  const asked = { physical, object, where, reader, isKnown }
  return sampleRecords(tx, value ? { ...asked, value } : asked)
}

/** A warning that values go out of sight. */
export function hidden(change: ModelChange, count: number): Finding {
  return {
    code: 'data_hidden',
    severity: 'warning',
    kind: change.kind,
    name: change.name,
    count,
    message: message(
      `The values of ${count} records go out of sight; a roll back brings them back`,
      `${count} 条记录的数据将不再可见，回滚可恢复`,
    ),
  }
}
