import type { Message, Model } from '@trellis/metamodel'
import type { RawBuilder } from 'kysely'

import type { Reader } from '../access/reader.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import type { PublishPlan } from './plan-publish.ts'

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
