import {
  type FieldModel,
  isTold,
  type Model,
  type ObjectModel,
  type Renaming,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import type { Release } from '../schema/release.ts'

/** Names that objects and fields had before: old name → the name of now. */
interface FormerNames {
  objects: ReadonlyMap<string, string>
  /** By object. */
  fields: ReadonlyMap<string, ReadonlyMap<string, string>>
  isEmpty: boolean
}

const KEY = Symbol('former names')

/** The former names of a release. */
export function formerNamesOf({ model, derived }: Release): FormerNames {
  const known = derived.get(KEY) as FormerNames | undefined
  if (known) return known
  const made = collect(model)
  derived.set(KEY, made)
  return made
}

function collect({ objects: all }: Model): FormerNames {
  const objects = new Map<string, string>()
  const fields = new Map<string, ReadonlyMap<string, string>>()
  for (const object of all.values()) {
    for (const former of object.definition.former_names ?? []) objects.set(former, object.name)
    const own = [...object.fields.values()].flatMap(({ name, definition }) =>
      (definition.former_names ?? []).map((former) => [former, name] as const),
    )
    if (own.length > 0) fields.set(object.name, new Map(own))
  }
  return { objects, fields, isEmpty: objects.size + fields.size === 0 }
}

/** A name of before that a request used, as it was given, and what it means. */
export interface Heard {
  given: string
  means: string
}

/**
 * Hears names of before: each path as it is called now. Of fields that the caller may not read nothing is told, not
 * even that they had another name.
 *
 * @param heard takes what was found
 */
export function hearing(context: Context, object: ObjectModel, heard: Heard[]): Renaming {
  const { model } = context.release
  const former = formerNamesOf(context.release)
  return {
    path: (path) => {
      const now: string[] = []
      const names = path.split('.')
      let at: ObjectModel | undefined = object
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        const field: FieldModel | undefined = at && fieldNow(context, at, name, former)
        now.push(field?.name ?? name)
        const part = field?.members && names.shift()
        const target = part === undefined ? field?.target : (former.objects.get(part) ?? part)
        if (part !== undefined) now.push(target ?? part)
        at = model.objects.get(target ?? '')
      }
      const means = now.join('.')
      if (means !== path) heard.push({ given: path, means })
      return means
    },
    behind: (relationship) => {
      const child = model.objects.get(object.relationships.get(relationship)?.object ?? '')
      return child ? hearing(context, child, []) : { path: (path) => path, behind: nothing }
    },
  }
}

function nothing(): Renaming {
  return { path: (path) => path, behind: nothing }
}

function fieldNow(
  { actor }: Context,
  object: ObjectModel,
  name: string,
  former: FormerNames,
): FieldModel | undefined {
  const known = object.fields.get(name)
  if (known) return known
  const renamed = object.fields.get(former.fields.get(object.name)?.get(name) ?? '')
  return renamed && isTold(actor.rights.field(renamed)) ? renamed : undefined
}
