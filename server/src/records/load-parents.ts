import type { FieldValue, Model, ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { type Hold, loadFields } from './read-rows.ts'

/** Reads `account.industry` for one record's values. */
export type ParentReader = (values: StoredValues, path: string) => FieldValue

interface Node {
  /** Fields wanted of the parent, and below each reference what is wanted of its parent in turn. */
  fields: Set<string>
  children: Map<string, Node>
}

/** What is wanted of the parents of which records. */
export interface ParentsAsked {
  object: ObjectModel
  records: readonly StoredValues[]
  paths: readonly string[]
  /** `seen` leaves out the parents that the caller may not read. */
  which: 'all' | 'seen'
  /**
   * How parents are held until the end, by the way to them (`account.`), so that what is stored of them stays true; by
   * default not at all.
   */
  holds?: ReadonlyMap<string, Hold>
}

/** Reads, one statement per relation, what expressions want of the parents of these records. */
export async function loadParents(
  context: WriteContext,
  { object, records, paths, which, holds = NO_HOLDS }: ParentsAsked,
): Promise<ParentReader> {
  if (paths.length === 0 || records.length === 0) return () => null
  const loaded = new Map<string, Map<string, StoredValues>>()
  await loadLevel(
    context,
    { object, records, node: toTree(paths), prefix: '', which, holds },
    loaded,
  )
  return (values, path) => readAlong(values, path, loaded)
}

const NO_HOLDS: ReadonlyMap<string, Hold> = new Map()

function toTree(paths: readonly string[]): Node {
  const root: Node = { fields: new Set(), children: new Map() }
  for (const path of paths) {
    let at = root
    for (const [index, name] of path.split('.').entries()) {
      at.fields.add(name)
      if (index === path.split('.').length - 1) break
      const next = at.children.get(name) ?? {
        fields: new Set<string>(),
        children: new Map<string, Node>(),
      }
      at.children.set(name, next)
      at = next
    }
  }
  return root
}

async function loadLevel(
  context: WriteContext,
  at: Required<Omit<ParentsAsked, 'paths'>> & { node: Node; prefix: string },
  loaded: Map<string, Map<string, StoredValues>>,
): Promise<void> {
  for (const [name, node] of at.node.children) {
    const target = targetOf(context.release.model, at.object, name)
    if (!target) continue
    const ids = [
      ...new Set(
        at.records.flatMap((values) => (typeof values[name] === 'string' ? [values[name]] : [])),
      ),
    ]
    const prefix = `${at.prefix}${name}.`
    const hold = at.holds.get(prefix)
    const asked = { object: target, ids, names: [...node.fields], which: at.which }
    const parents = await loadFields(context, hold === undefined ? asked : { ...asked, hold })
    loaded.set(prefix, parents)
    if (node.children.size > 0) {
      await loadLevel(
        context,
        {
          object: target,
          records: [...parents.values()],
          node,
          prefix,
          which: at.which,
          holds: at.holds,
        },
        loaded,
      )
    }
  }
}

function targetOf(model: Model, object: ObjectModel, name: string): ObjectModel | undefined {
  return model.objects.get(object.fields.get(name)?.target ?? '')
}

function readAlong(
  values: StoredValues,
  path: string,
  loaded: ReadonlyMap<string, ReadonlyMap<string, StoredValues>>,
): FieldValue {
  let at: StoredValues | undefined = values
  let prefix = ''
  const names = path.split('.')
  for (const name of names.slice(0, -1)) {
    prefix += `${name}.`
    const id: FieldValue | undefined = at?.[name]
    at = typeof id === 'string' ? loaded.get(prefix)?.get(id) : undefined
  }
  return at?.[names.at(-1) ?? ''] ?? null
}
