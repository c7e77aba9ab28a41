import {
  compileModel,
  type FieldTypes,
  findRenames,
  isRenamed,
  isRenaming,
  type Kind,
  type Model,
  renameComponents,
  renamedComponent,
  type Renames,
} from '@trellis/metamodel'

import { type Draft, type Edit, keyOf, partsOf, type ReleasedComponent } from './draft.ts'
import { isSameJson } from './json.ts'

/** What the draft does to one component, as a plan tells it. */
export interface DraftChange {
  /** Of the component as it is called in the draft; of what is removed, as it is live. */
  key: string
  kind: Kind
  name: string
  op: 'added' | 'changed' | 'removed' | 'renamed'
  /** What it is called live; only of what is renamed. */
  from?: string
  /** Nothing else changes of it than the names of what it refers to, or that of its object. */
  follows?: true
  definition: unknown
}

/** Every change of the draft once: what has another name is not told as removed and added. */
export function listEdits({ released, edits }: Draft, fieldTypes: FieldTypes): DraftChange[] {
  const touched = [...edits.keys()].flatMap((key) => released.get(key) ?? [])
  const next = [...edits].flatMap(([key, edit]) =>
    edit.op === 'put' ? [{ ...partsOf(key), definition: edit.definition }] : [],
  )
  const renames = findRenames(touched, next)
  if (!isRenaming(renames)) return [...edits].map(([key, edit]) => plain(released, key, edit))
  const were = new Map(renamed(modelOf(released, fieldTypes), touched, renames))
  const changes = [...edits].flatMap(([key, edit]): DraftChange[] => {
    if (edit.op === 'delete') {
      const now = edits.get(keyUnder(partsOf(key), renames))
      return now?.op === 'put' ? [] : [plain(released, key, edit)]
    }
    const before = were.get(key)
    if (!before) return [plain(released, key, edit)]
    return [moved({ key, ...partsOf(key), definition: edit.definition }, before, renames)]
  })
  return changes.toSorted((a, b) => Number(b.op === 'renamed') - Number(a.op === 'renamed'))
}

/** A component as it is live, and as it would be under the new names. */
interface Before {
  was: ReleasedComponent
  definition: unknown
}

function renamed(
  model: Live,
  touched: readonly ReleasedComponent[],
  renames: Renames,
): [string, Before][] {
  // What a template says inside its text stays as it is: such a template is told as changed.
  const now = renameComponents(touched, { model, renames, inTemplate: (text) => text })
  return touched.map((was, index) => [
    keyUnder(was, renames),
    { was, definition: now[index]?.definition },
  ])
}

type Live = Pick<Model, 'objects' | 'fieldTypes'>

const models = new WeakMap<Draft['released'], Live>()

/** What is live, as a model; compiled once. */
function modelOf(released: Draft['released'], fieldTypes: FieldTypes): Live {
  const known = models.get(released)
  if (known) return known
  const { model } = compileModel([...released.values()], fieldTypes)
  const made = model ?? { objects: new Map(), fieldTypes }
  models.set(released, made)
  return made
}

function keyUnder(one: { kind: Kind; name: string }, renames: Renames): string {
  return keyOf(one.kind, renamedComponent(one, renames))
}

function plain(released: Draft['released'], key: string, edit: Edit): DraftChange {
  const live = released.get(key)
  const of = { key, ...partsOf(key) }
  if (edit.op === 'delete') return { ...of, op: 'removed', definition: live?.definition }
  return { ...of, op: live ? 'changed' : 'added', definition: edit.definition }
}

function moved(
  change: Omit<DraftChange, 'op'>,
  { was, definition }: Before,
  renames: Renames,
): DraftChange {
  if (isRenamed(was, renames)) return { ...change, op: 'renamed', from: was.name }
  const isSame = isSameJson(definition, change.definition)
  return { ...change, op: 'changed', ...(isSame ? { follows: true } : {}) }
}
