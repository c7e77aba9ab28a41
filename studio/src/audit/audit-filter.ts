import { AUDIT_ACTIONS, type AuditAction } from '@trellis/metamodel'
import { momentOf } from '@trellis/runtime-ui/renderer'
import type { LocationQuery } from 'vue-router'

import type { AuditFilter } from '../api/audit-api.ts'

/** What the address says that the log is narrowed to. Days are those of the reader's time zone. */
export interface AuditPlace {
  days: [from: string, to: string] | undefined
  actions: AuditAction[]
  actor: string | undefined
  object: string | undefined
  record: string | undefined
}

const DAY = /^\d{4}-\d\d-\d\d$/

/** The place that an address means; what cannot be understood in it is left out. */
export function placeOf(query: LocationQuery): AuditPlace {
  const text = (key: string): string | undefined => {
    const value = query[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const [from, to] = [text('from'), text('to')]
  const isRange = from !== undefined && to !== undefined && DAY.test(from) && DAY.test(to)
  return {
    days: isRange ? [from, to] : undefined,
    actions: (text('action') ?? '')
      .split(',')
      .flatMap((word) => AUDIT_ACTIONS.find((action) => action === word) ?? []),
    actor: text('actor'),
    object: text('object'),
    record: text('record'),
  }
}

/** The address of a place. */
export function queryOf({ days, actions, ...rest }: AuditPlace): Record<string, string> {
  const members = {
    from: days?.[0],
    to: days?.[1],
    action: actions.length > 0 ? actions.join(',') : undefined,
    ...rest,
  }
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

/** The question to the server: both days are meant as a whole. */
export function filterOf({ days, ...rest }: AuditPlace, timeZone: string): AuditFilter {
  if (!days) return rest
  const [from, to] = days
  return {
    ...rest,
    from: momentOf(`${from} 00:00:00`, timeZone),
    to: momentOf(`${dayAfter(to)} 00:00:00`, timeZone),
  }
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + 1)
  return date.toISOString().slice(0, 10)
}
