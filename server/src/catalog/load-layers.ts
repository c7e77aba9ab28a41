import { freezeJson, type Patch } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import { CUSTOMER } from './component-store.ts'
import type { Layers } from './layers.ts'

/** The releases in force of a few tenants, and those that plans and rollbacks look at. */
const MOST_KEPT = 8

/** What releases are made of, by their ids: a release never changes, so that it is read once. */
const kept = new Map<string, Layers>()

/**
 * The layers as they were in a release; each version of a component is valid from one release until another. Of a
 * release that follows one that is known, only what differs is read; the rest stays the very same objects, which is
 * how others know without a look that nothing has changed about them. All of it is frozen.
 */
export async function loadLayers(db: Queryable, schema: string, release: number): Promise<Layers> {
  // A line of releases is told by the id of each: a known one of a lower number is where this one comes from.
  const [newest, ...older] = await db.query<{ number: number; id: string }>(sql`
    select number, id from ${systemTable(schema, '_release')}
    where number = ${release} or (number < ${release} and id = any(${[...kept.keys()]}::uuid[]))
    order by number desc`)
  if (newest?.number !== release) return loadAll(db, schema, release)
  const known = kept.get(newest.id)
  const [nearest] = older
  const base = nearest && kept.get(nearest.id)
  const layers =
    known ??
    (nearest && base
      ? await loadSince(db, schema, { layers: base, from: nearest.number, to: release })
      : await loadAll(db, schema, release))
  keep(newest.id, layers)
  return layers
}

function keep(id: string, layers: Layers): void {
  // Moved to the end, so that the first one is always the least recently used.
  kept.delete(id)
  kept.set(id, layers)
  const [oldest] = kept.keys()
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
}

interface ComponentVersion {
  layer: string
  kind: string
  name: string
  definition: unknown
}

interface PatchVersion extends Omit<Patch, 'value'> {
  value: unknown
  isRemoval: boolean
}

/** Everything that is valid in a release. */
async function loadAll(db: Queryable, schema: string, release: number): Promise<Layers> {
  const valid = sql`since <= ${release} and (until is null or until > ${release})`
  const { components, patches } = await loadVersions(db, schema, valid, release)
  return layersOf(components, patches.map(toPatch))
}

/** A later release, from an earlier one and what began or ended between them. */
async function loadSince(
  db: Queryable,
  schema: string,
  { layers, from, to }: { layers: Layers; from: number; to: number },
): Promise<Layers> {
  const between = sql`(since > ${from} and since <= ${to} or until > ${from} and until <= ${to})`
  const { components, patches } = await loadVersions(db, schema, between, to)
  const before = [...layers.packaged, ...layers.own.map((one) => ({ ...one, layer: CUSTOMER }))]
  const isIn = ({ isValid }: Validity): boolean => isValid
  return layersOf(
    [...untouched(before, components, componentKey), ...components.filter(isIn)],
    [...untouched(layers.patches, patches, patchKey), ...patches.filter(isIn).map(toPatch)],
  )
}

/** Whether a version is still valid in the release that is asked for. */
interface Validity {
  isValid: boolean
}

async function loadVersions(
  db: Queryable,
  schema: string,
  which: RawBuilder<unknown>,
  release: number,
): Promise<{
  components: (ComponentVersion & Validity)[]
  patches: (PatchVersion & Validity)[]
}> {
  const isValid = sql`since <= ${release} and (until is null or until > ${release}) as "isValid"`
  const components = await db.query<ComponentVersion & Validity>(sql`
    select layer, kind, name, definition, ${isValid}
    from ${systemTable(schema, '_component')} where ${which}`)
  const patches = await db.query<PatchVersion & Validity>(sql`
    select kind, name, path, value, value is null as "isRemoval", base, ${isValid}
    from ${systemTable(schema, '_patch')} where ${which}`)
  return { components, patches }
}

function untouched<Item>(
  before: readonly Item[],
  touched: readonly Item[],
  keyOf: (item: Item) => string,
): Item[] {
  const keys = new Set(touched.map(keyOf))
  return before.filter((one) => !keys.has(keyOf(one)))
}

type Placed = Pick<ComponentVersion, 'layer' | 'kind' | 'name'>
const componentKey = ({ layer, kind, name }: Placed): string => `${layer} ${kind} ${name}`

type PatchPlace = Pick<Patch, 'kind' | 'name' | 'path'>
const patchKey = ({ kind, name, path }: PatchPlace): string => `${kind} ${name} ${path}`

/** In JSON a removal would be no value at all. */
function toPatch({ kind, name, path, value, isRemoval, base }: PatchVersion): Patch {
  return { kind, name, path, value: isRemoval ? undefined : value, base }
}

function layersOf(components: readonly ComponentVersion[], patches: readonly Patch[]): Layers {
  const inOrder = sortedBy(components, componentKey).map(({ layer, kind, name, definition }) =>
    freezeJson({ layer, kind, name, definition }),
  )
  return {
    packaged: inOrder.filter((one) => one.layer !== CUSTOMER),
    own: inOrder
      .filter((one) => one.layer === CUSTOMER)
      .map(({ kind, name, definition }) => ({ kind, name, definition })),
    patches: sortedBy(patches, patchKey).map(freezeJson),
  }
}

function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item)
}
