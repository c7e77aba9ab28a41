import type { Expression, Renaming } from '../expression/index.ts'
import { renameInExpression } from '../expression/index.ts'
import { renameInFormula } from '../formula/index.ts'
import { splitName } from '../kinds/component-files.ts'
import type { RawComponent } from '../kinds/index.ts'
import { objectScope } from './field-path.ts'
import { isRule, type Renames, renamedRule } from './find-renames.ts'
import { RECORD_PREFIX } from './lookup-filter.ts'
import { mapReferences, type ReferenceMap } from './map-references.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import { partName } from './polymorphic-parts.ts'

/** Rewrites the text of a template on records of an object; whoever can parse templates gives it. */
export type RenameInTemplate = (text: string, renaming: Renaming) => string

/** What is renamed, and the model that tells what names mean. */
export interface RenameAsked {
  model: Pick<Model, 'objects' | 'fieldTypes'>
  renames: Renames
  inTemplate: RenameInTemplate
}

/**
 * The same components under new names: what is renamed, the parts of renamed objects, and every reference to them, in
 * conditions, formulas and templates too. What a component was called is not noted here.
 */
export function renameComponents<C extends RawComponent>(
  components: readonly C[],
  asked: RenameAsked,
): C[] {
  const map = referenceMap(asked)
  return components.map((component) => {
    const name = renamedComponent(component, asked.renames)
    const definition = mapReferences(component, asked.model, map)
    return { ...component, name, definition: withoutOwnName(definition, name) }
  })
}

/** A name that comes back is no former name any more. */
function withoutOwnName(definition: unknown, name: string): unknown {
  const { former_names: former, ...rest } = Object(definition) as { former_names?: unknown }
  const own = splitName(name)[1] || name
  if (!Array.isArray(former) || !former.includes(own)) return definition
  const others = former.filter((one) => one !== own)
  return others.length === 0 ? rest : { ...rest, former_names: others }
}

/** The name that a field has afterwards; `about$account` is a part of the lookup `about`. */
export function renamedField(object: string, field: string, { objects, fields }: Renames): string {
  const [own = '', part] = field.split('$')
  const renamed = fields.get(`${object}.${own}`) ?? own
  return part === undefined ? renamed : partName(renamed, objects.get(part) ?? part)
}

/** Whether it is this component that has another name, and not what it is a part of. */
export function isRenamed(
  { kind, name }: Pick<RawComponent, 'kind' | 'name'>,
  { objects, fields, rules }: Renames,
): boolean {
  if (kind === 'object') return objects.has(name)
  return kind === 'field' ? fields.has(name) : isRule(kind) && rules.has(`${kind} ${name}`)
}

/** The name that a component has afterwards. */
export function renamedComponent(
  { kind, name }: Pick<RawComponent, 'kind' | 'name'>,
  { objects, fields, rules }: Renames,
): string {
  const [object, own] = splitName(name)
  if (kind === 'object') return objects.get(name) ?? name
  if (own === '') return name
  const renamed = (kind === 'field' ? fields.get(name) : rules.get(`${kind} ${name}`)) ?? own
  return `${objects.get(object) ?? object}.${renamed}`
}

function referenceMap({ model, renames, inTemplate }: RenameAsked): ReferenceMap {
  const { objects } = model
  return {
    object: (value) => renames.objects.get(String(value)) ?? value,
    rule: (value, object) => renamedRule(object, String(value), renames),
    field: (value, object) => renamingOf(objects, object, renames).path(String(value)),
    expression: (value, object, _path, own) =>
      renameInExpression(value as Expression, renamingOf(objects, object, renames, own)),
    formula: (value, object) => {
      const from = objects.get(object)
      if (!from) return value
      const scope = objectScope({ objects }, from, 'query')
      return renameInFormula(String(value), scope, renamingOf(objects, object, renames))
    },
    template: (value, object) =>
      inTexts(value, (text) => inTemplate(text, renamingOf(objects, object, renames))),
  }
}

function inTexts(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === 'string') return rename(value)
  const texts = Object.entries(Object(value) as Record<string, unknown>)
  return Object.fromEntries(texts.map(([locale, text]) => [locale, rename(String(text))]))
}

/** What paths that begin at records of an object become; those of `$record` begin at records of another one. */
export function renamingOf(
  objects: ReadonlyMap<string, ObjectModel>,
  object: string,
  renames: Renames,
  record = object,
): Renaming {
  return {
    path: (path) => {
      if (path.startsWith(RECORD_PREFIX)) {
        const ofRecord = renamingOf(objects, record, renames)
        return `${RECORD_PREFIX}${ofRecord.path(path.slice(RECORD_PREFIX.length))}`
      }
      const renamed: string[] = []
      const names = path.split('.')
      let at = objects.get(object)
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        renamed.push((at && renames.fields.get(`${at.name}.${name}`)) ?? name)
        let field: FieldModel | undefined = at?.fields.get(name)
        // A lookup of several objects is followed by the one that is meant.
        const part = field?.members && names.shift()
        if (part !== undefined) {
          renamed.push(renames.objects.get(part) ?? part)
          field = at?.fields.get(partName(name, part))
        }
        at = objects.get(field?.target ?? '')
      }
      return renamed.join('.')
    },
    behind: (relationship) => {
      const child = objects.get(object)?.relationships.get(relationship)?.object ?? ''
      return renamingOf(objects, child, renames)
    },
  }
}
