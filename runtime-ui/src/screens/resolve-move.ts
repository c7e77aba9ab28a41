import type {
  DescribedField,
  DescribedLayout,
  DescribedObject,
  Locale,
  WireError,
} from '@trellis/metamodel'

import { checkRecord } from './check-record.ts'
import type { Conditions, RecordValues } from './conditions.ts'
import { layoutOf } from './record-types.ts'
import { followAttributes } from './resolve-defaults.ts'
import { resolveFormScreen } from './resolve-form-screen.ts'

/** A change of one field that a click or a drop asks for. */
export interface MoveInput {
  object: DescribedObject
  record: RecordValues
  field: string
  value: string | null
  conditions: Conditions
  locale: Locale
}

/** What has to be asked before the move can be sent. */
export interface MoveNeeds {
  fields: DescribedField[]
  errors: WireError[]
}

/**
 * The fields that a move makes necessary: required by a condition that now holds, or named by a rule that now
 * fails. What was already missing before the move is asked too, since the save would be refused for it.
 */
export function resolveMove({
  object,
  record,
  field,
  value,
  conditions,
  locale,
}: MoveInput): MoveNeeds {
  const moved = new Set(
    object.fields.filter((other) => !other.default_from).map((other) => other.name),
  )
  const after = followAttributes(object, { ...record, [field]: value }, moved)
  const screen = resolveFormScreen({
    ...conditions,
    object,
    layout: wholeLayout(object, after),
    record: after,
    before: record,
  })
  const errors = checkRecord({ object, screen, record: after, before: record, conditions, locale })
  const asked = new Set(errors.map((error) => error.path).filter((path) => path !== field))
  const open = screen.sections.flatMap((section) => section.fields)
  const fields = open
    .filter((one) => asked.has(one.name) && !one.isReadOnly)
    .map((one) => one.field)
  return { fields, errors }
}

/** The layout with what it leaves out in a last section: a move may need a field that no form shows. */
export function wholeLayout(object: DescribedObject, record: RecordValues): DescribedLayout {
  const sections = layoutOf(object, record)?.sections ?? []
  const placed = new Set(sections.flatMap((section) => section.fields.map(({ field }) => field)))
  const others = object.fields
    .filter(({ name }) => !placed.has(name))
    .map(({ name }) => ({ field: name }))
  return {
    name: 'whole',
    derived: true,
    sections: [...sections, { name: 'others', fields: others }],
  }
}
