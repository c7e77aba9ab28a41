import { isSameJson } from '../json-value.ts'
import type { Component, Kind } from '../kinds/index.ts'

/** One property that differs, as a dotted path. */
export interface PropertyChange {
  path: string
  old: unknown
  new: unknown
}

/** What happened to one component between two models. */
export interface ModelChange {
  kind: Kind
  name: string
  op: 'added' | 'changed' | 'removed' | 'renamed'
  /** What it was called before; only of what is renamed. */
  from?: string
  /** Nothing else changes of it than the names of what it refers to. */
  follows?: true
  properties: PropertyChange[]
  old: Component['definition'] | undefined
  new: Component['definition'] | undefined
}

/**
 * What changes from one set of components to another, in the order of `next`, removals last.
 * @example diffModels(before.components, after.components) // [{ kind: 'field', name: 'account.level', op: 'changed', … }]
 */
export function diffModels(
  before: readonly Component[],
  next: readonly Component[],
): ModelChange[] {
  const key = (one: Component): string => `${one.kind} ${one.name}`
  const old = new Map(before.map((one) => [key(one), one]))
  const now = new Set(next.map(key))
  const changes = next.flatMap((component): ModelChange[] => {
    const was = old.get(key(component))
    const properties = diffProperties(was?.definition, component.definition)
    if (properties.length === 0 && was) return []
    return [
      {
        kind: component.kind,
        name: component.name,
        op: was ? 'changed' : 'added',
        properties: was ? properties : [],
        old: was?.definition,
        new: component.definition,
      },
    ]
  })
  const removed = before.filter((one) => !now.has(key(one)))
  return [
    ...changes,
    ...removed.map((one): ModelChange => ({
      kind: one.kind,
      name: one.name,
      op: 'removed',
      properties: [],
      old: one.definition,
      new: undefined,
    })),
  ]
}

/** The leaf properties that differ. Lists count as one property, JSON Logic too. */
export function diffProperties(before: unknown, next: unknown, path = ''): PropertyChange[] {
  if (isSameJson(before, next)) return []
  if (!isPlain(before) || !isPlain(next) || isExpression(path)) {
    return [{ path, old: before, new: next }]
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(next)])].toSorted()
  return keys.flatMap((key) =>
    diffProperties(before[key], next[key], path === '' ? key : `${path}.${key}`),
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// An expression is one value to a reader: half of a condition has no meaning of its own.
const EXPRESSION_KEYS = new Set([
  'where',
  'error_if',
  'criteria',
  'entry',
  'visible_when',
  'required_when',
  'read_only_when',
  'derive',
  'default',
])

function isExpression(path: string): boolean {
  return EXPRESSION_KEYS.has(path.slice(path.lastIndexOf('.') + 1))
}
