import { canonicalJson } from '../json-value.ts'
import type { RawComponent } from '../kinds/index.ts'
import { diffProperties } from './diff-models.ts'

/**
 * A customer's change to a packaged component: one row per property path. The package stays untouched;
 * deleting the patch gives the vendor's value back.
 */
export interface Patch {
  kind: string
  name: string
  /** Dotted property path; empty when the whole component is hidden (`value` undefined). */
  path: string
  /** The customer's value; undefined takes the property away. */
  value: unknown
  /** Canonical JSON of the vendor's value that was replaced. */
  base: string
}

/** The patches that turn a packaged definition into the wanted one. */
export function patchesBetween(component: RawComponent, wanted: unknown): Patch[] {
  return diffProperties(component.definition, wanted).map(({ path, old, new: value }) => ({
    kind: component.kind,
    name: component.name,
    path,
    value,
    base: canonicalJson(old),
  }))
}

/** Puts the customer's layer over the packaged one: packaged components with their patches, then the customer's own. */
export function overlayPatches(
  packaged: readonly RawComponent[],
  patches: readonly Patch[],
  own: readonly RawComponent[],
): RawComponent[] {
  const byComponent = Map.groupBy(patches, (patch) => `${patch.kind} ${patch.name}`)
  const patched = packaged.flatMap((component) => {
    const changes = byComponent.get(`${component.kind} ${component.name}`) ?? []
    if (changes.some((patch) => patch.path === '' && patch.value === undefined)) return []
    return [changes.reduce(applyPatch, component)]
  })
  return [...patched, ...own]
}

function applyPatch(component: RawComponent, patch: Patch): RawComponent {
  if (patch.path === '') return { ...component, definition: patch.value }
  return {
    ...component,
    definition: withProperty(component.definition, patch.path.split('.'), patch.value),
  }
}

/** A definition with another value at a path; undefined takes the property away. */
export function withProperty(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key = '', ...rest] = path
  const before =
    typeof target === 'object' && target !== null ? (target as Record<string, unknown>) : {}
  const next = rest.length === 0 ? value : withProperty(before[key], rest, value)
  const { [key]: _replaced, ...others } = before
  return next === undefined ? others : { ...others, [key]: next }
}
