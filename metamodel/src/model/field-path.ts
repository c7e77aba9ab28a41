import type { ExpressionScope, ScopeField } from '../expression/index.ts'
import { resultType } from '../field-types/index.ts'
import type { FieldModel, Model, ObjectModel, RelationshipModel } from './model.ts'
import { partName, REFERENCE_PARTS } from './polymorphic-parts.ts'

/** The most relations that a field path may cross. */
export const MAX_HOPS = 5

/** A path taken apart: the references it crosses and the field it ends at. */
export interface ResolvedPath {
  hops: FieldModel[]
  field: FieldModel
}

/**
 * Follows a path such as `account.owner.name` or `account.billing_address.city` from an object. Undefined if a name on the way is no field, a
 * hop is no reference, or it is longer than MAX_HOPS relations.
 */
export function resolveFieldPath(
  objects: ReadonlyMap<string, ObjectModel>,
  object: ObjectModel,
  path: string,
): ResolvedPath | undefined {
  const names = path.split('.')
  const hops: FieldModel[] = []
  let at: ObjectModel | undefined = object
  while (names.length > 0 && hops.length <= MAX_HOPS) {
    const field = takeField(at, names)
    if (!field || names.length === 0) return field && { hops, field }
    if (field.target === undefined) return undefined
    hops.push(field)
    at = objects.get(field.target)
  }
  return undefined
}

/** Takes the next field off a path: `related_to.account` is the lookup of accounts that is a part of `related_to`. */
function takeField(at: ObjectModel | undefined, names: string[]): FieldModel | undefined {
  const field = at?.fields.get(names.shift() ?? '')
  if (field?.parts && names.length > 0) return field.parts.get(names.splice(0).join('.'))
  const part = field?.members && names.shift()
  return part === undefined ? field : at?.fields.get(partName(field?.name ?? '', part))
}

/** A path as expressions are evaluated by: each part of a lookup of several objects by its own name, itself as its id. */
export function settledPath({ hops, field }: ResolvedPath): string {
  const last = field.members ? partName(field.name, 'id') : field.name
  return [...hops.map(({ name }) => name), last].join('.')
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
      USER_FIELDS[path] ?? scopeField(path, resolveFieldPath(model.objects, object, path)),
    ...(use === 'query'
      ? { relationship: (name: string) => childScope(model, object.relationships.get(name)) }
      : {}),
    fieldNames: (parent) =>
      parent === undefined
        ? [
            ...ownFields(object.fields.values()).map(({ name }) => name),
            ...Object.keys(USER_FIELDS),
          ]
        : namesBehind(model, object, parent),
  }
}

/** The paths of the fields behind a reference. */
function namesBehind(model: Pick<Model, 'objects'>, object: ObjectModel, parent: string): string[] {
  const reference = resolveFieldPath(model.objects, object, parent)?.field
  if (reference?.members) {
    const targets = reference.members.map(({ target = '' }) => target)
    return [...REFERENCE_PARTS, ...targets].map((part) => `${parent}.${part}`)
  }
  if (reference?.parts) return [...reference.parts.keys()].map((part) => `${parent}.${part}`)
  const fields = model.objects.get(reference?.target ?? '')?.fields
  return ownFields(fields?.values() ?? []).map(({ name }) => `${parent}.${name}`)
}

function childScope(
  model: Pick<Model, 'objects'>,
  relationship: RelationshipModel | undefined,
): ExpressionScope | undefined {
  const child = relationship && model.objects.get(relationship.object)
  return child && objectScope(model, child, 'query')
}

/** The fields that people know of: not what a lookup of several objects is made of. */
export function ownFields(fields: Iterable<FieldModel>): FieldModel[] {
  return [...fields].filter(({ partOf }) => partOf === undefined)
}

function scopeField(path: string, resolved: ResolvedPath | undefined): ScopeField | undefined {
  if (!resolved) return undefined
  const { field } = resolved
  const name = settledPath(resolved)
  return {
    type: field.type.expressionType,
    ...(name === path ? {} : { name }),
    ...(field.values ? { values: field.values.map((value) => value.code) } : {}),
    ...(resultType(field.type) === 'percent' ? { isPercent: true } : {}),
    ...(field.type.isMarkup ? { isMarkup: true } : {}),
  }
}
