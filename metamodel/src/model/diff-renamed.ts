import type { Component } from '../kinds/index.ts'
import { diffModels, diffProperties, type ModelChange } from './diff-models.ts'
import type { Renames } from './find-renames.ts'
import { isRenamed, renamedComponent } from './rename-components.ts'

/** A state before a rename, as it was and under the new names. */
export interface RenamedBefore {
  was: readonly Component[]
  renamed: readonly Component[]
  renames: Renames
}

/**
 * What changes where things are renamed: these are told as renamed, with what else changes of them; what refers to them
 * is told as following, since its definition changes and nothing else does. Parts of a renamed object are told only if something of them changes.
 */
export function diffRenamed(
  { was, renamed, renames }: RenamedBefore,
  next: readonly Component[],
): ModelChange[] {
  const from = new Map(
    was
      .filter((one) => isRenamed(one, renames))
      .map((one) => [`${one.kind} ${renamedComponent(one, renames)}`, one.name]),
  )
  const changes = diffModels(renamed, next).map((change): ModelChange => {
    const old = from.get(keyOf(change))
    if (old === undefined) return change
    const properties = change.properties.filter(({ path }) => path !== 'former_names')
    return { ...change, op: 'renamed', from: old, properties }
  })
  const told = new Set(changes.map(keyOf))
  return [
    ...changes,
    ...nothingElse(renamed, from, told),
    ...rewritten({ was, renamed, renames }, told),
  ]
}

/** What is renamed and the same in all else. */
function nothingElse(
  renamed: readonly Component[],
  from: ReadonlyMap<string, string>,
  told: Set<string>,
): ModelChange[] {
  return renamed.flatMap((one): ModelChange[] => {
    const old = from.get(keyOf(one))
    if (old === undefined || told.has(keyOf(one))) return []
    told.add(keyOf(one))
    const { kind, name, definition } = one
    return [
      { kind, name, op: 'renamed', from: old, properties: [], old: definition, new: definition },
    ]
  })
}

function rewritten({ was, renamed }: RenamedBefore, known: ReadonlySet<string>): ModelChange[] {
  return renamed.flatMap((now, index): ModelChange[] => {
    const before = was[index]
    const properties = diffProperties(before?.definition, now.definition)
    if (properties.length === 0 || known.has(keyOf(now))) return []
    const { kind, name, definition } = now
    const told = { properties, old: before?.definition, new: definition }
    return [{ kind, name, op: 'changed', follows: true, ...told }]
  })
}

function keyOf({ kind, name }: Pick<Component, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}
