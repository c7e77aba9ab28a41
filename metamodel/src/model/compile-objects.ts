import type { FieldTypes, PicklistValue } from '../field-types/index.ts'
import { splitName } from '../kinds/component-files.ts'
import {
  type Component,
  type Definitions,
  type FieldDefinition,
  type Kind,
  type ObjectDefinition,
} from '../kinds/index.ts'
import { corporateCurrency } from './corporate-currency.ts'
import { deriveLayout, deriveListViews, deriveRecordPage } from './derive-screens.ts'
import {
  CURRENCY,
  type FieldModel,
  masterFields,
  type Named,
  type ObjectModel,
  type RelationshipModel,
} from './model.ts'
import { withParts } from './polymorphic-parts.ts'
import type { ProblemList } from './problems.ts'
import { resolveRollUps } from './resolve-roll-ups.ts'
import {
  currencyField,
  type CurrencyGround,
  fieldModel,
  recordTypeField,
  systemFields,
} from './system-fields.ts'

const MAX_FIELDS = 500

/** Puts every object together with what belongs to it. Faulty parts are left out and reported. */
export function compileObjects(
  components: readonly Component[],
  types: FieldTypes,
  problems: ProblemList,
): ReadonlyMap<string, ObjectModel> {
  const objects = components.filter((one): one is Component<'object'> => one.kind === 'object')
  const parts = new Parts(components)
  reportOrphans(components, new Set(objects.map((one) => one.name)), problems)
  const fields = new Map(
    objects.map((one) => [one.name, objectFields(one, parts, types, problems)]),
  )
  const relationships = collectRelationships(fields, problems)
  const definitions = new Map(objects.map(({ name, definition }) => [name, definition]))
  resolveRollUps({ fields, relationships, definitions, types })
  return new Map(
    objects.map((one) => [
      one.name,
      assemble(
        one,
        fields.get(one.name) ?? new Map(),
        relationships.get(one.name) ?? new Map(),
        parts,
      ),
    ]),
  )
}

/** Components by the object they belong to. */
class Parts {
  readonly all: readonly Component[]
  readonly #byObject = new Map<string, Component[]>()

  constructor(all: readonly Component[]) {
    this.all = all
    for (const component of all) {
      const [object, own] = splitName(component.name)
      if (own !== '') this.#byObject.set(object, [...(this.#byObject.get(object) ?? []), component])
    }
  }

  of<K extends Kind>(object: string, kind: K): Named<Definitions[K]>[] {
    const found = (this.#byObject.get(object) ?? []).filter(
      (one): one is Component<K> => one.kind === kind,
    )
    return found.map((one) => ({
      fullName: one.name,
      name: splitName(one.name)[1],
      definition: one.definition,
    }))
  }
}

function reportOrphans(
  components: readonly Component[],
  objects: ReadonlySet<string>,
  problems: ProblemList,
): void {
  for (const component of components) {
    const [object, own] = splitName(component.name)
    if (own !== '' && !objects.has(object)) {
      problems.addMissing(component, '', 'object', object, objects)
    }
  }
}

function objectFields(
  object: Component<'object'>,
  parts: Parts,
  types: FieldTypes,
  problems: ProblemList,
): Map<string, FieldModel> {
  const authored = parts.of(object.name, 'field')
  if (authored.length > MAX_FIELDS) {
    problems.add(
      object,
      'too_many_fields',
      '',
      `May have at most ${MAX_FIELDS} fields`,
      `最多 ${MAX_FIELDS} 个字段`,
    )
  }
  const models = authored.flatMap((field) => {
    const type = types.get(field.definition.type)
    return type
      ? withParts(
          fieldModel(object.name, field.name, withValues(field.definition, parts), type),
          types,
        )
      : []
  })
  const hasMaster = models.some((field) => field.type.name === 'master_detail')
  const system = systemFields(object.name, object.definition, hasMaster, types)
  const typed = recordTypeField(object, inOrder(parts.of(object.name, 'record_type')), types)
  const { multi_currency: asked } = object.definition
  const valued = asked
    ? [currencyField(object.name, currencyGround(parts.all, models, asked.from), types)]
    : []
  return new Map([...system, ...typed, ...valued, ...models].map((field) => [field.name, field]))
}

function currencyGround(
  components: readonly Component[],
  models: readonly FieldModel[],
  named: string | undefined,
): CurrencyGround {
  const corporate = corporateCurrency(components)
  const listed = components.find(
    (one): one is Component<'picklist'> => one.kind === 'picklist' && one.name === CURRENCY,
  )
  const from = models.find(({ name, type }) =>
    named === undefined ? type.name === 'master_detail' : name === named,
  )
  const above = components.find(
    (one): one is Component<'object'> => one.kind === 'object' && one.name === from?.target,
  )
  return {
    corporate,
    values: listed?.definition.values ?? [{ code: corporate }],
    from: above?.definition.multi_currency === undefined ? undefined : from?.name,
  }
}

function withValues(definition: FieldDefinition, parts: Parts): FieldDefinition {
  const { values_of: shared, values_of_kind: kind } = definition
  if (shared !== undefined) {
    const picklist = parts.all.find(
      (one): one is Component<'picklist'> => one.kind === 'picklist' && one.name === shared,
    )
    return { ...definition, values: picklist?.definition.values ?? [] }
  }
  if (kind === undefined) return definition
  const values: PicklistValue[] = parts.all
    .filter((one): one is Component<'role' | 'permission_set'> => one.kind === kind)
    .map((one) => ({ code: one.name, label: one.definition.label }))
  return { ...definition, values }
}

function collectRelationships(
  fields: ReadonlyMap<string, ReadonlyMap<string, FieldModel>>,
  problems: ProblemList,
): Map<string, Map<string, RelationshipModel>> {
  const found = new Map<string, Map<string, RelationshipModel>>()
  for (const field of [...fields.values()].flatMap((one) => [...one.values()])) {
    const relationship = field.definition.relationship
    if (!relationship || field.target === undefined || field.members) continue
    const list = found.get(field.target) ?? new Map<string, RelationshipModel>()
    const at = { kind: 'field', name: `${field.object}.${field.partOf ?? field.name}` }
    if (list.has(relationship.name) || fields.get(field.target)?.has(relationship.name)) {
      problems.add(
        at,
        'duplicate_name',
        'relationship.name',
        `"${relationship.name}" is already a field or relationship of ${field.target}`,
        `“${relationship.name}”已是 ${field.target} 的字段或关联列表`,
      )
      continue
    }
    list.set(relationship.name, {
      name: relationship.name,
      label: relationship.label ?? relationship.name,
      object: field.object,
      field: field.name,
      isMasterDetail: field.type.name === 'master_detail',
    })
    found.set(field.target, list)
  }
  return found
}

function assemble(
  component: Component<'object'>,
  fields: Map<string, FieldModel>,
  relationships: Map<string, RelationshipModel>,
  parts: Parts,
): ObjectModel {
  const { name, definition } = component
  const [master] = masterFields({ fields })
  const stageField =
    definition.stage_field === undefined ? undefined : fields.get(definition.stage_field)
  const bare = {
    name,
    definition,
    label: definition.label,
    plural: definition.plural ?? definition.label,
    icon: definition.icon ?? 'box',
    fields,
    relationships,
    ...(master ? { master } : {}),
    highlights: definition.highlights ?? [],
    ...(stageField ? { stageField } : {}),
    ...moneyOf(definition, fields),
    sharing: sharingOf(definition, master),
    recordTypes: inOrder(parts.of(name, 'record_type')),
    validationRules: parts.of(name, 'validation_rule'),
    duplicateRules: active(parts.of(name, 'duplicate_rule')),
    sharingRules: active(parts.of(name, 'sharing_rule')),
    restrictionRules: active(parts.of(name, 'restriction_rule')),
    approvalProcesses: processesOf(name, parts),
  }
  const layouts = parts.of(name, 'page_layout')
  return {
    ...bare,
    pageLayouts: layouts.length > 0 ? layouts : [deriveLayout(bare)],
    recordPage: parts.of(name, 'record_page')[0] ?? deriveRecordPage(bare),
    listViews: deriveListViews(bare, inOrder(parts.of(name, 'list_view'))),
  }
}

function moneyOf(
  { multi_currency: asked }: ObjectDefinition,
  fields: ReadonlyMap<string, FieldModel>,
): Pick<ObjectModel, 'money'> {
  const currency = fields.get(CURRENCY)
  if (asked === undefined || !currency) return {}
  const rateDate = fields.get(asked.rate_date ?? '')
  return { money: { currency, ...(rateDate ? { rateDate } : {}) } }
}

function active<D extends { active?: boolean }>(rules: Named<D>[]): Named<D>[] {
  return rules.filter((rule) => rule.definition.active !== false)
}

function sharingOf(
  definition: ObjectDefinition,
  master: FieldModel | undefined,
): ObjectModel['sharing'] {
  return master ? 'controlled_by_parent' : (definition.sharing ?? 'private')
}

function inOrder<D extends { order?: number }>(named: Named<D>[]): Named<D>[] {
  return named.toSorted(
    (a, b) =>
      (a.definition.order ?? 1000) - (b.definition.order ?? 1000) ||
      a.name.localeCompare(b.name, 'en'),
  )
}

function processesOf(object: string, parts: Parts): Named<Definitions['approval_process']>[] {
  const all = parts.all.filter(
    (one): one is Component<'approval_process'> => one.kind === 'approval_process',
  )
  const own = all.filter(
    (one) => one.definition.object === object && one.definition.active !== false,
  )
  return inOrder(
    own.map((one) => ({ fullName: one.name, name: one.name, definition: one.definition })),
  )
}
