import type { FieldModel, Model, ObjectModel } from '@trellis/metamodel'

import type { Reader } from './reader.ts'
import { isMeant } from './rules-of-actor.ts'

/**
 * Whether somebody who sees a record sees every record to which this reference of it leads, because the reference
 * opens its parent. Not where the record itself may have been opened by a child.
 */
export function opensParent({ release, actor }: Reader, field: FieldModel): boolean {
  const { model } = release
  const object = model.objects.get(field.object)
  const parent = model.objects.get(field.target ?? '')
  if (!object || !parent || field.definition.shares_parent !== true) return false
  return (
    !hasOpenedParents(model, object) &&
    actor.rights.parts.length === 1 &&
    actor.rights.object(parent.name).read &&
    !parent.restrictionRules.some(({ definition }) => isMeant(actor, definition.to))
  )
}

function hasOpenedParents(model: Model, object: ObjectModel): boolean {
  const above = model.objects.get(object.master?.target ?? '')
  const opens = [...object.relationships.values()].some(
    ({ object: child, field }) =>
      model.objects.get(child)?.fields.get(field)?.definition.shares_parent === true,
  )
  return opens || (above !== undefined && hasOpenedParents(model, above))
}
