import {
  type Expression,
  expressionReferences,
  type ExpressionReferences,
} from '../expression/index.ts'
import type { Locale } from '../localized-text.ts'
import {
  type Model,
  type ObjectModel,
  resolveFieldPath,
  type ResolvedPath,
} from '../model/index.ts'
import { isShown, isTold, type Rights } from './rights.ts'

/** For whom something is described: in which language, with which rights. */
export interface Reader {
  locale: Locale
  rights: Rights
  permissionSets: readonly string[]
}

/** Whether the reader may read a field path from an object, every hop of it. */
export function canRead(object: ObjectModel, path: string, model: Model, reader: Reader): boolean {
  const resolved = resolveFieldPath(model.objects, object, path)
  return (
    resolved !== undefined &&
    canFollow(resolved, reader) &&
    isTold(reader.rights.field(resolved.field))
  )
}

/** Whether records may be put in the order of a field path; those of a reference go by the name of the other record. */
export function canSortBy(
  object: ObjectModel,
  path: string,
  model: Model,
  reader: Reader,
): boolean {
  const resolved = resolveFieldPath(model.objects, object, path)
  if (!resolved?.field.type.isSortable) return false
  const way = resolved.field.target === undefined ? path : `${path}.name`
  return canRead(object, path, model, reader) && canRead(object, way, model, reader)
}

/** Whether the reader may look at what a field path leads to, if only at a mask of it. */
export function canSee(object: ObjectModel, path: string, model: Model, reader: Reader): boolean {
  const resolved = resolveFieldPath(model.objects, object, path)
  return (
    resolved !== undefined &&
    canFollow(resolved, reader) &&
    isShown(reader.rights.field(resolved.field))
  )
}

function canFollow({ hops, field }: ResolvedPath, { rights }: Reader): boolean {
  return (
    rights.object(field.object).read &&
    hops.every((hop) => rights.object(hop.object).read && isTold(rights.field(hop)))
  )
}

/** Whether the reader may know everything that an expression reads; also if there is none. */
export function readsOnly(
  model: Model,
  object: ObjectModel,
  expression: unknown,
  reader: Reader,
): boolean {
  return (
    expression === undefined ||
    canReadAll(model, object, expressionReferences(expression as Expression), reader)
  )
}

/** Whether the reader may read all that an expression reads, also of related records. */
function canReadAll(
  model: Model,
  object: ObjectModel,
  { fields, related }: ExpressionReferences,
  reader: Reader,
): boolean {
  const own = fields.filter((path) => !Object.hasOwn(related, path.split('.')[0] ?? ''))
  if (!own.every((path) => canRead(object, path, model, reader))) return false
  return Object.entries(related).every(([name, references]) => {
    const relationship = object.relationships.get(name)
    const child = relationship && model.objects.get(relationship.object)
    return (
      relationship !== undefined &&
      child !== undefined &&
      canRead(child, relationship.field, model, reader) &&
      canReadAll(model, child, references, reader)
    )
  })
}
