import {
  API_NAME,
  findRenames,
  isRenaming,
  isRule,
  type Kind,
  MAX_NAME_LENGTH,
  type Model,
  overlayPatches,
  type Patch,
  patchesBetween,
  type RawComponent,
  renameComponents,
  type RenameAsked,
  renamedComponent,
  type Renames,
  splitName,
  valueAt,
  canonicalJson,
} from '@trellis/metamodel'

import { message, refuse, RequestError } from '../errors.ts'
import { renameInTemplate } from '../templates/rename-in-template.ts'
import { compileOnce } from './compile-once.ts'
import { type Edit, flatten, isAt, type Layers, withEdits } from './layers.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { problemsError } from './publish-failures.ts'

/** An object, a field or a rule and the name that it is to have. */
export interface RenameOrder {
  kind: Kind
  name: string
  to: string
}

/** Edits of a change set, and those that are not needed any more. */
export interface RenameEdits {
  put: Edit[]
  drop: Pick<Edit, 'kind' | 'name'>[]
}

/**
 * What renaming takes: the component under its new name, with the old one noted, its parts, and everything that refers
 * to it, as edits on top of those of the change set.
 * @throws RequestError not_found · conflict for what is of a package or no object or field, or if the name is taken ·
 *   malformed for what is no name · invalid_metadata while the change set has problems
 */
export async function planRename(
  { layers, edits }: { layers: Layers; edits: readonly Edit[] },
  order: RenameOrder,
  fieldTypes: PublishTarget['fieldTypes'],
): Promise<RenameEdits> {
  const before = flatten(layers)
  const components = flatten(withEdits(layers, edits))
  const { model, problems } = await compileOnce(components, fieldTypes)
  requireRenamable(layers, components, order)
  if (!model) throw problemsError(problems)
  const isReleased = isInForce(before, components, order)
  const renames = renamesOf(order)
  const renamed = renameComponents(components, asking(model, renames)).map((one, index) =>
    components[index] && isAt(order.kind, order.name)(components[index])
      ? { ...one, definition: withFormerName(one.definition, order, isReleased) }
      : one,
  )
  return editsBetween({ before, components, renamed })
}

/** Whether the name is in force: of what the change set has renamed already, only the name in force is noted. */
function isInForce(
  before: readonly RawComponent[],
  components: readonly RawComponent[],
  { kind, name }: RenameOrder,
): boolean {
  const renames = findRenames(before, components)
  const was = before.find((one) => one.kind === kind && renamedComponent(one, renames) === name)
  return was !== undefined && ownName(was.name) === ownName(name)
}

function ownName(name: string): string {
  return splitName(name)[1] || name
}

function asking(model: Model, renames: Renames): RenameAsked {
  return { model, renames, inTemplate: renameInTemplate }
}

function renamesOf({ kind, name, to }: RenameOrder): Renames {
  const none = new Map<string, string>()
  const nothing: Renames = { objects: none, fields: none, rules: none }
  if (kind === 'object') return { ...nothing, objects: new Map([[name, to]]) }
  if (kind === 'field') return { ...nothing, fields: new Map([[name, to]]) }
  return { ...nothing, rules: new Map([[`${kind} ${name}`, to]]) }
}

function requireRenamable(
  layers: Layers,
  components: readonly RawComponent[],
  { kind, name, to }: RenameOrder,
): void {
  if (kind !== 'object' && kind !== 'field' && !isRule(kind)) {
    throw conflict('Only objects, fields and rules can be renamed', '只有对象、字段和规则可以更名')
  }
  if (!components.some(isAt(kind, name))) throw new RequestError('not_found')
  if (layers.packaged.some(isAt(kind, name))) {
    throw conflict(
      'Its name belongs to the package that it comes from; change its label instead',
      '名称属于其所在的应用包，请改为修改显示名称',
    )
  }
  if (!new RegExp(API_NAME).test(to) || to.length > MAX_NAME_LENGTH) {
    throw refuse(
      'malformed',
      'to',
      message(
        `"${to}" is no API name: lower-case letters, digits and single _`,
        `“${to}”不是合法的 API 名称：小写字母、数字和单个下划线`,
      ),
    )
  }
  if (
    components.some(isAt(kind, renamedComponent({ kind, name }, renamesOf({ kind, name, to }))))
  ) {
    throw conflict(`"${to}" is taken already`, `“${to}”已被使用`)
  }
}

function conflict(en: string, zh: string): RequestError {
  return new RequestError('conflict', { detail: message(en, zh) })
}

/** Notes what a component was called; a name that nobody has seen yet need not be remembered. */
function withFormerName(definition: unknown, { name }: RenameOrder, isReleased: boolean): unknown {
  const { former_names: former = [] } = definition as { former_names?: string[] }
  return isReleased
    ? { ...Object(definition), former_names: [...former, ownName(name)] }
    : definition
}

function editsBetween(asked: {
  before: readonly RawComponent[]
  components: readonly RawComponent[]
  renamed: readonly RawComponent[]
}): RenameEdits {
  const { before, components, renamed } = asked
  const put: Edit[] = []
  const drop: RenameEdits['drop'] = []
  for (const [index, { kind: word, name, definition }] of renamed.entries()) {
    const kind = word as Kind
    const was = components[index]
    if (
      !was ||
      (was.name === name && canonicalJson(was.definition) === canonicalJson(definition))
    ) {
      continue
    }
    const live = before.find(isAt(kind, name))
    // What is live again needs no edit.
    if (live && canonicalJson(live.definition) === canonicalJson(definition)) {
      drop.push({ kind, name })
    } else put.push({ kind, name, op: 'put', definition })
    if (was.name === name) continue
    if (before.some(isAt(kind, was.name))) {
      put.push({ kind, name: was.name, op: 'delete', definition: null })
    } else drop.push({ kind, name: was.name })
  }
  return { put, drop }
}

/**
 * The layers under the names that a new version of a package gives: the customer's own components and patches follow
 * what the vendor has renamed.
 *
 * @param next the layers with the new version
 */
export async function followRenames(
  layers: Layers,
  next: Layers,
  fieldTypes: PublishTarget['fieldTypes'],
): Promise<Layers> {
  const before = flatten(layers)
  const renames = findRenames(before, flatten(next))
  if (!isRenaming(renames)) return layers
  const { model } = await compileOnce(before, fieldTypes)
  return model ? renameLayers(layers, asking(model, renames)) : layers
}

function renameLayers(layers: Layers, asked: RenameAsked): Layers {
  const patched = new Set(layers.patches.map(({ kind, name }) => `${kind} ${name}`))
  const touched = layers.packaged.filter(({ kind, name }) => patched.has(`${kind} ${name}`))
  const known = new Set(touched.map(({ kind, name }) => `${kind} ${name}`))
  const strays = layers.patches.filter(({ kind, name }) => !known.has(`${kind} ${name}`))
  return {
    packaged: renameComponents(layers.packaged, asked),
    own: renameComponents(layers.own, asked),
    patches: [
      ...touched.flatMap((vendor) => renamePatches(vendor, layers.patches, asked)),
      ...strays.map((patch) => ({ ...patch, name: renamedComponent(patch, asked.renames) })),
    ],
  }
}

function renamePatches(
  vendor: RawComponent,
  patches: readonly Patch[],
  asked: RenameAsked,
): Patch[] {
  const own = patches.filter(isAt(vendor.kind, vendor.name))
  const [now = vendor] = renameComponents([vendor], asked)
  const [mine] = renameComponents(overlayPatches([vendor], own, []), asked)
  if (!mine) return [{ ...now, path: '', value: undefined, base: canonicalJson(now.definition) }]
  return patchesBetween(now, mine.definition).map((patch) => {
    const before = own.find(({ path }) => path === patch.path)
    const isUnsettled =
      before !== undefined &&
      before.base !== canonicalJson(valueAt(vendor.definition, patch.path.split('.')))
    return isUnsettled ? { ...patch, base: before.base } : patch
  })
}
