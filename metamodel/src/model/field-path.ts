import type { ExpressionScope, ScopeField } from '../expression/index.ts'
import { resultType } from '../field-types/index.ts'
import type { FieldModel, Model, ObjectModel, RelationshipModel } from './model.ts'

/** The most relations that a field path may cross. */
export const MAX_HOPS = 5

/** A path taken apart: the references it crosses and the field it ends at. */
export interface ResolvedPath {
  hops: FieldModel[]
  field: FieldModel
}

/**
 * Follows a path such as `account.owner.name` from an object. Undefined if a name on the way is no field, a
 * hop is no reference, or it is longer than MAX_HOPS relations.
 */
export function resolveFieldPath(
  objects: ReadonlyMap<string, ObjectModel>,
  object: ObjectModel,
  path: string,
): ResolvedPath | undefined {
  const names = path.split('.')
  if (names.length > MAX_HOPS + 1) return undefined
  const hops: FieldModel[] = []
  let at: ObjectModel | undefined = object
  for (const [index, name] of names.entries()) {
    const field: FieldModel | undefined = at?.fields.get(name)
    if (!field) return undefined
    if (index === names.length - 1) return { hops, field }
    if (field.target === undefined) return undefined
    hops.push(field)
    at = objects.get(field.target)
  }
  return undefined
}

const USER_FIELDS: Readonly<Record<string, ScopeField>> = {
  '$user.id': { type: 'id' },
  '$user.role': { type: 'text' },
  '$user.department': { type: 'id' },
  '$user.manager': { type: 'id' },
  '$user.name': { type: 'text' },
  '$user.email': { type: 'text' },
}

/**
 * Where an expression is evaluated, and so what it may name: `query` in SQL, with related records; `record` on one
 * record in JavaScript; `save` too, with `changed`, `prior` and `is_new`.
 */
export type ExpressionUse = 'query' | 'record' | 'save'

/** What an expression on records of an object may name. */
export function objectScope(
  model: Pick<Model, 'objects'>,
  object: ObjectModel,
  use: ExpressionUse,
): ExpressionScope {
  return {
    saving: use === 'save',
    field: (path) =>
      USER_FIELDS[path] ?? scopeField(resolveFieldPath(model.objects, object, path)?.field),
    ...(use === 'query'
      ? { relationship: (name: string) => childScope(model, object.relationships.get(name)) }
      : {}),
    fieldNames: (parent) =>
      parent === undefined
        ? [...object.fields.keys(), ...Object.keys(USER_FIELDS)]
        : namesBehind(model, object, parent),
  }
}

/** The paths of the fields behind a reference. */
function namesBehind(model: Pick<Model, 'objects'>, object: ObjectModel, parent: string): string[] {
  const target = resolveFieldPath(model.objects, object, parent)?.field.target
  const fields = target === undefined ? undefined : model.objects.get(target)?.fields
  return Array.from(fields?.keys() ?? [], (name) => `${parent}.${name}`)
}

function childScope(
  model: Pick<Model, 'objects'>,
  relationship: RelationshipModel | undefined,
): ExpressionScope | undefined {
  const child = relationship && model.objects.get(relationship.object)
  return child && objectScope(model, child, 'query')
}

function scopeField(field: FieldModel | undefined): ScopeField | undefined {
  if (!field) return undefined
  return {
    type: field.type.expressionType,
    ...(field.values ? { values: field.values.map((value) => value.code) } : {}),
    ...(resultType(field.type) === 'percent' ? { isPercent: true } : {}),
  }
}
