import { checkExpression, type ExpressionType } from '../expression/index.ts'
import type { Expression } from '../expression/index.ts'
import { splitName } from '../kinds/component-files.ts'
import { type RawComponent } from '../kinds/index.ts'
import {
  type ExpressionUse,
  objectScope,
  resolveFieldPath,
  type ResolvedPath,
} from './field-path.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

type At = Pick<RawComponent, 'kind' | 'name'>

/** The object that a component such as `account.mine` belongs to; its absence is reported elsewhere. */
export function ownObject(model: Model, at: At): ObjectModel | undefined {
  return model.objects.get(splitName(at.name)[0])
}

/** Reports an object that is not there. */
export function requireObject(
  model: Model,
  at: At,
  path: string,
  name: string,
  problems: ProblemList,
): ObjectModel | undefined {
  const object = model.objects.get(name)
  if (!object) problems.addMissing(at, path, 'object', name, model.objects.keys())
  return object
}

/** Reports a field of the object that is not there. */
export function requireField(
  object: ObjectModel,
  at: At,
  path: string,
  name: string,
  problems: ProblemList,
): FieldModel | undefined {
  const field = object.fields.get(name)
  if (!field) problems.addMissing(at, path, 'field', name, object.fields.keys())
  return field
}

/** Reports a record type that the object does not have. */
export function requireRecordType(
  object: ObjectModel,
  at: At,
  { path, name }: { path: string; name: string },
  problems: ProblemList,
): void {
  const known = object.recordTypes.map((type) => type.name)
  if (!known.includes(name)) problems.addMissing(at, path, 'record_type', name, known)
}

/** Reports a path such as `account.industry` that leads nowhere. */
export function requirePath(
  model: Model,
  object: ObjectModel,
  at: At & { path: string },
  fieldPath: string,
  problems: ProblemList,
): ResolvedPath | undefined {
  const resolved = resolveFieldPath(model.objects, object, fieldPath)
  if (!resolved) problems.addMissing(at, at.path, 'field', fieldPath, object.fields.keys())
  return resolved
}

/** Reports what is wrong with an expression on records of an object. */
export function requireExpression(
  model: Model,
  object: ObjectModel,
  at: At & { path: string; use?: ExpressionUse; expected?: ExpressionType },
  expression: unknown,
  problems: ProblemList,
): void {
  const scope = objectScope(model, object, at.use ?? 'query')
  for (const { code, path, message, suggestion } of checkExpression(
    expression as Expression,
    scope,
    at.expected,
  )) {
    const place = path === '' ? at.path : `${at.path}.${path}`
    problems.add(at, code, place, message['en-US'], message['zh-CN'], suggestion)
  }
}

/** Reports names that appear more than once. */
export function requireDistinct(
  at: At,
  path: string,
  names: readonly string[],
  problems: ProblemList,
): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) {
      problems.add(at, 'duplicate_name', path, `"${name}" appears twice`, `“${name}”重复出现`)
    }
    seen.add(name)
  }
}
