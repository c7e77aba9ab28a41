import {
  type ChangeSet,
  type Component,
  type Definitions,
  isKind,
  type Kind,
  splitName,
} from '@trellis/metamodel'

import { isSameJson } from './json.ts'

/** A component as it is live, and the layer that it comes from (`app:<name>` or `customer`). */
export interface ReleasedComponent {
  kind: Kind
  name: string
  definition: unknown
  layer: string
  /** Whether a component of a package was changed here. */
  patched?: boolean
}

/** What a change set does to one component. */
export type Edit = { op: 'put'; definition: unknown } | { op: 'delete' }

/** `<kind> <name>` → component or edit. */
export type Edits = ReadonlyMap<string, Edit>
export type Released = ReadonlyMap<string, ReleasedComponent>

/** What is live, and the edits on top of it. A value: every command answers a new one. */
export interface Draft {
  released: Released
  edits: Edits
}

/** A component of the draft, and how it differs from what is live. */
export interface DraftComponent<K extends Kind = Kind> extends Component<K> {
  layer: string
  patched?: boolean
  state: 'released' | 'added' | 'changed'
}

export function keyOf(kind: Kind, name: string): string {
  return `${kind} ${name}`
}

/** The kind and the name of a key. */
export function partsOf(key: string): { kind: Kind; name: string } {
  const space = key.indexOf(' ')
  return { kind: key.slice(0, space) as Kind, name: key.slice(space + 1) }
}

/** The definition as the draft has it; undefined if there is none, or if the draft removes it. */
export function definitionOf<K extends Kind>(
  draft: Draft,
  kind: K,
  name: string,
): Definitions[K] | undefined {
  const key = keyOf(kind, name)
  const edit = draft.edits.get(key)
  if (edit?.op === 'delete') return undefined
  return (edit?.definition ?? draft.released.get(key)?.definition) as Definitions[K] | undefined
}

/** A component as it is live, also under a name that the draft has changed. */
export function releasedOf(draft: Draft, kind: Kind, name: string): ReleasedComponent | undefined {
  const known = draft.released.get(keyOf(kind, name))
  if (known) return known
  const [first, own] = splitName(name)
  const owners = own === '' ? [''] : [first, ...formerNames(draft, 'object', first)]
  const names = [own === '' ? first : own, ...formerNames(draft, kind, name)]
  const keys = owners.flatMap((owner) =>
    names.map((one) => keyOf(kind, owner === '' ? one : `${owner}.${one}`)),
  )
  const was = keys.find((key) => draft.edits.get(key)?.op === 'delete' && draft.released.has(key))
  return was === undefined ? undefined : draft.released.get(was)
}

function formerNames(draft: Draft, kind: Kind, name: string): readonly string[] {
  const definition: unknown = definitionOf(draft, kind, name)
  return (definition as { former_names?: readonly string[] } | undefined)?.former_names ?? []
}

/** Every component of the draft, released ones first. */
export function componentsOf(draft: Draft): DraftComponent[] {
  const found: DraftComponent[] = []
  for (const [key, released] of draft.released) {
    const edit = draft.edits.get(key)
    if (edit?.op === 'delete') continue
    const definition = edit?.definition ?? released.definition
    found.push({ ...released, definition, state: edit ? 'changed' : 'released' } as DraftComponent)
  }
  for (const [key, edit] of draft.edits) {
    if (edit.op === 'delete' || draft.released.has(key)) continue
    found.push({
      ...partsOf(key),
      definition: edit.definition,
      layer: 'customer',
      state: 'added',
    } as DraftComponent)
  }
  return found
}

/** Puts a definition; what says the same as the released one is no edit. */
export function putComponent(draft: Draft, component: Component): Draft {
  const key = keyOf(component.kind, component.name)
  const released = draft.released.get(key)
  const edits = new Map(draft.edits)
  if (released && isSameJson(released.definition, component.definition)) edits.delete(key)
  else edits.set(key, { op: 'put', definition: component.definition })
  return { ...draft, edits }
}

/** Removes a component, and with an object all that belongs to it. */
export function removeComponent(draft: Draft, kind: Kind, name: string): Draft {
  const gone = componentsOf(draft).filter(
    (one) =>
      (one.kind === kind && one.name === name) || (kind === 'object' && belongsTo(one, name)),
  )
  const edits = new Map(draft.edits)
  for (const one of gone) {
    const key = keyOf(one.kind, one.name)
    if (draft.released.has(key)) edits.set(key, { op: 'delete' })
    else edits.delete(key)
  }
  return { ...draft, edits }
}

/** Takes the edit of one component back: it is again as it is live. */
export function revertComponent(draft: Draft, kind: Kind, name: string): Draft {
  const edits = new Map(draft.edits)
  edits.delete(keyOf(kind, name))
  return { ...draft, edits }
}

/** Whether a component is part of an object: its fields, layouts, views, rules, and its approval processes. */
export function belongsTo(component: Component, object: string): boolean {
  const [owner, own] = splitName(component.name)
  if (own !== '') return owner === object
  return (
    component.kind === 'approval_process' &&
    (component.definition as { object?: string }).object === object
  )
}

/** The edits that a change set on the server holds. */
export function editsOfChangeSet(changeSet: ChangeSet): Edits {
  const edits = new Map<string, Edit>()
  for (const item of changeSet.items) {
    if (!isKind(item.kind)) continue
    const edit: Edit =
      item.op === 'delete' ? { op: 'delete' } : { op: 'put', definition: item.definition }
    edits.set(keyOf(item.kind, item.name), edit)
  }
  return edits
}
