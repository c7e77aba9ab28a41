import {
  canonicalJson,
  freezeJson,
  type Kind,
  overlayPatches,
  type Patch,
  patchesBetween,
  type RawComponent,
} from '@trellis/metamodel'

/** A component of an app package. */
export interface PackagedComponent extends RawComponent {
  /** The package, e.g. `app:crm`. */
  layer: string
}

/** The metadata of a tenant by layers: packages below, the customer's patches on them, the customer's own on top. */
export interface Layers {
  packaged: readonly PackagedComponent[]
  patches: readonly Patch[]
  own: readonly RawComponent[]
}

/** One edit of a change set. */
export interface Edit {
  kind: Kind
  name: string
  op: 'put' | 'delete'
  definition: unknown
}

/** Whether a component, an edit or a patch is of that kind and name. */
export const isAt =
  (kind: string, name: string) =>
  (one: { kind: string; name: string }): boolean =>
    one.kind === kind && one.name === name

const flattened = new WeakMap<Layers, readonly RawComponent[]>()

/** The layers as one set of components, in the order in which the database tells them. */
export function flatten(layers: Layers): readonly RawComponent[] {
  const known = flattened.get(layers)
  if (known) return known
  const { packaged, patches, own } = layers
  const inLayers = packaged.toSorted((a, b) => compare(a.layer, b.layer) || byName(a, b))
  const made = overlayPatches(inLayers, patches, own.toSorted(byName)).map(freezeJson)
  flattened.set(layers, made)
  return made
}

function byName(a: RawComponent, b: RawComponent): number {
  return compare(a.kind, b.kind) || compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The layers with a customer's edits: a packaged component gets patches, an own one is replaced. */
export function withEdits(layers: Layers, edits: readonly Edit[]): Layers {
  return edits.reduce(withEdit, layers)
}

function withEdit(layers: Layers, edit: Edit): Layers {
  const isIt = isAt(edit.kind, edit.name)
  const packaged = layers.packaged.find(isIt)
  const patches = layers.patches.filter((patch) => !isIt(patch))
  const own = layers.own.filter((one) => !isIt(one))
  if (!packaged) {
    return {
      ...layers,
      own:
        edit.op === 'delete'
          ? own
          : [...own, { kind: edit.kind, name: edit.name, definition: edit.definition }],
    }
  }
  if (edit.op === 'put') {
    return { ...layers, patches: [...patches, ...patchesBetween(packaged, edit.definition)] }
  }
  const hidden: Patch = {
    kind: edit.kind,
    name: edit.name,
    path: '',
    value: undefined,
    base: canonicalJson(packaged.definition),
  }
  return { ...layers, patches: [...patches, hidden] }
}

/** The layers with a package installed or replaced; the customer's patches stay. */
export function withPackage(
  layers: Layers,
  app: string,
  components: readonly RawComponent[],
): Layers {
  const layer = `app:${app}`
  const others = layers.packaged.filter((one) => one.layer !== layer)
  const installed = components.map(({ kind, name, definition }) => ({
    kind,
    name,
    definition,
    layer,
  }))
  return { ...layers, packaged: [...others, ...installed] }
}

/** The layer a component comes from: its package, or `customer`. */
export function layerOf(layers: Layers, kind: string, name: string): string {
  return layers.packaged.find(isAt(kind, name))?.layer ?? 'customer'
}
