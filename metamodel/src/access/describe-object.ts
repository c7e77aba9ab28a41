import type {
  DescribedField,
  DescribedListView,
  DescribedLayout,
  DescribedObject,
  DescribedRecordPage,
  DescribedRule,
  Localized,
} from '../contract/index.ts'
import {
  type Expression,
  expressionReferences,
  type ExpressionReferences,
} from '../expression/index.ts'
import type { RecordPageComponent } from '../kinds/index.ts'
import { type Locale, localize, type LocalizedText } from '../localized-text.ts'
import {
  type FieldModel,
  type Model,
  type Named,
  type ObjectModel,
  resolveFieldPath,
} from '../model/index.ts'
import type { Rights } from './rights.ts'

/** For whom something is described: in which language, with which rights. */
export interface Reader {
  locale: Locale
  rights: Rights
  permissionSets: readonly string[]
}

/**
 * What a reader may use of an object, resolved: only readable fields, layouts and views without what they may
 * not see, labels in their language. Undefined if they may not read the object at all.
 */
export function describeObject(
  model: Model,
  name: string,
  reader: Reader,
): DescribedObject | undefined {
  const object = model.objects.get(name)
  const access = reader.rights.object(name)
  if (!object || !access.read) return undefined
  const { locale, rights } = reader
  const fields = [...object.fields.values()].filter((field) => rights.field(field) !== 'none')
  return {
    name,
    label: localize(object.label, locale, name),
    plural: localize(object.plural, locale, name),
    icon: object.icon,
    access: {
      create: access.create,
      read: access.read,
      edit: access.edit,
      delete: access.delete,
      export: access.export,
      import: access.create && rights.system.has('import'),
    },
    sharing: object.sharing,
    has_owner: object.fields.has('owner'),
    name_field: object.fields.get('name')?.type.name === 'auto_number' ? 'auto_number' : 'text',
    highlights: object.highlights.filter((field) => canRead(object, field, model, reader)),
    stage_field:
      object.stageField && rights.field(object.stageField) !== 'none'
        ? object.stageField.name
        : null,
    fields: fields.map((field) => describeField(field, reader)),
    relationships: describeRelationships(model, object, reader),
    page_layouts: describeLayouts(model, object, reader),
    record_page: describeRecordPage(model, object, reader),
    list_views: object.listViews
      .filter((view) => canUseView(model, object, view.definition.where, reader))
      .map((view) => describeListView(model, object, view, reader)),
    validation_rules: describeRules(model, object, reader),
    approval_processes: object.approvalProcesses.map((process) => ({
      name: process.name,
      label: localize(process.definition.label, locale, process.name),
      steps: process.definition.steps.map((step) => ({
        name: step.name,
        label: localize(step.label, locale, step.name),
      })),
      allow_recall: process.definition.allow_recall !== false,
      ...(process.definition.entry === undefined ||
      !readsOnly(model, object, process.definition.entry, reader)
        ? {}
        : { entry: process.definition.entry }),
    })),
    templates: [...model.templates]
      .filter(([, template]) => template.object === name && template.type === 'print')
      .map(([template, definition]) => ({
        name: template,
        label: localize(definition.label, locale, template),
      })),
  }
}

/** What a reader may use of a field. */
export function describeField(field: FieldModel, reader: Reader): DescribedField {
  const { definition, type } = field
  const { locale } = reader
  const access = reader.rights.field(field)
  return {
    name: field.name,
    label: localize(field.label, locale, field.name),
    ...(definition.help === undefined ? {} : { help: localize(definition.help, locale) }),
    type: type.name,
    access: access === 'edit' && !field.isReadOnly ? 'edit' : 'read',
    required: field.isRequired,
    unique: field.isUnique,
    system: field.isSystem,
    read_only: field.isReadOnly,
    sortable: type.isSortable,
    groupable: type.isGroupable,
    filter_operators: [...type.operators],
    searchable: field.isSearchable,
    ...(field.values
      ? {
          values: field.values.map((value) => ({
            ...value,
            label: localize(value.label, locale, value.code),
            color: value.color ?? 'gray',
            active: value.active !== false,
          })),
        }
      : {}),
    ...(field.target === undefined ? {} : { target: field.target }),
    ...pick(definition, [
      'min',
      'max',
      'max_length',
      'default',
      'default_from',
      'required_when',
      'read_only_when',
      'visible_when',
      'derive',
    ]),
    ...(type.storage(field.options).as === 'numeric' || type.storage(field.options).as === 'bigint'
      ? { scale: scaleOf(field) }
      : {}),
    options: pickOptions(field),
  }
}

function scaleOf(field: FieldModel): number {
  const storage = field.type.storage(field.options)
  return storage.as === 'numeric' ? storage.scale : 0
}

function pickOptions(field: FieldModel): Record<string, unknown> {
  const own = Object.keys(field.type.options).filter(
    (key) => key !== 'values' && key !== 'relationship',
  )
  return Object.fromEntries(
    own.flatMap((key) => (field.options[key] === undefined ? [] : [[key, field.options[key]]])),
  )
}

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])),
  ) as Partial<Pick<T, K>>
}

/** Whether the reader may read a field path from an object, every hop of it. */
export function canRead(object: ObjectModel, path: string, model: Model, reader: Reader): boolean {
  const resolved = resolveFieldPath(model.objects, object, path)
  if (!resolved) return false
  return [...resolved.hops, resolved.field].every(
    (field) => reader.rights.object(field.object).read && reader.rights.field(field) !== 'none',
  )
}

function readsOnly(
  model: Model,
  object: ObjectModel,
  expression: unknown,
  reader: Reader,
): boolean {
  return canReadAll(model, object, expressionReferences(expression as Expression), reader)
}

/** Whether the reader may read all that an expression reads, also of related records. */
function canReadAll(
  model: Model,
  object: ObjectModel,
  { fields, related }: ExpressionReferences,
  reader: Reader,
): boolean {
  const own = fields.filter((path) => !Object.hasOwn(related, path.split('.')[0] ?? ''))
  if (!own.every((path) => canRead(object, path, model, reader))) return false
  return Object.entries(related).every(([name, references]) => {
    const relationship = object.relationships.get(name)
    const child = relationship && model.objects.get(relationship.object)
    return (
      relationship !== undefined &&
      child !== undefined &&
      canRead(child, relationship.field, model, reader) &&
      canReadAll(model, child, references, reader)
    )
  })
}

function canUseView(model: Model, object: ObjectModel, where: unknown, reader: Reader): boolean {
  return where === undefined || readsOnly(model, object, where, reader)
}

function describeRelationships(
  model: Model,
  object: ObjectModel,
  reader: Reader,
): DescribedObject['relationships'] {
  return [...object.relationships.values()].flatMap((relationship) => {
    const child = model.objects.get(relationship.object)
    if (!child || !canRead(child, relationship.field, model, reader)) return []
    const { name, field, isMasterDetail } = relationship
    return [
      {
        name,
        label: localize(relationship.label, reader.locale, name),
        object: relationship.object,
        field,
        master_detail: isMasterDetail,
      },
    ]
  })
}

function describeLayouts(model: Model, object: ObjectModel, reader: Reader): DescribedLayout[] {
  const mine = object.pageLayouts.filter(({ definition }) => {
    const sets = definition.permission_sets
    return sets === undefined || sets.some((set) => reader.permissionSets.includes(set))
  })
  const usable = mine.length > 0 ? mine : object.pageLayouts.slice(0, 1)
  // A layout made for certain people goes before the one for everybody.
  const ordered = usable.toSorted(
    (a, b) =>
      Number(a.definition.permission_sets === undefined) -
      Number(b.definition.permission_sets === undefined),
  )
  return ordered.map((layout) => {
    const sections = layout.definition.sections.map((section) => ({
      ...section,
      fields: section.fields.filter(({ field }) => canRead(object, field, model, reader)),
    }))
    return named(
      layout,
      { ...layout.definition, sections: sections.filter((section) => section.fields.length > 0) },
      reader.locale,
    ) as DescribedLayout
  })
}

function describeRecordPage(
  model: Model,
  object: ObjectModel,
  reader: Reader,
): DescribedRecordPage {
  const page = object.recordPage
  const child = (relationship: string): ObjectModel | undefined => {
    const found = object.relationships.get(relationship)
    const target = found && model.objects.get(found.object)
    return found && target && canRead(target, found.field, model, reader) ? target : undefined
  }
  const { highlights, facts, tabs } = page.definition
  const seen = {
    ...page.definition,
    highlights: (highlights ?? object.highlights).filter((path) =>
      canRead(object, path, model, reader),
    ),
    facts: (facts ?? []).filter(({ relationship, measure, where }) => {
      const target = child(relationship)
      return (
        target !== undefined &&
        (measure.field === undefined || canRead(target, measure.field, model, reader)) &&
        canUseView(model, target, where, reader)
      )
    }),
    tabs: tabs
      .map((tab) => ({
        ...tab,
        components: tab.components.flatMap((part): RecordPageComponent[] => {
          if (part.type !== 'related_list') return [part]
          const target = child(part.relationship)
          if (!target || !canUseView(model, target, part.where, reader)) return []
          const columns = (
            part.columns ?? relatedColumns(target, object, part.relationship)
          ).filter((path) => canRead(target, path, model, reader))
          return [{ ...part, columns }]
        }),
      }))
      .filter((tab) => tab.components.length > 0),
  }
  return named(page, seen, reader.locale) as DescribedRecordPage
}

/** The columns of a related list that names none: those of the child's first list view, without the way back. */
export function relatedColumns(
  child: ObjectModel,
  parent: ObjectModel,
  relationship: string,
): string[] {
  const back = parent.relationships.get(relationship)?.field
  return (child.listViews[0]?.definition.columns ?? ['name'])
    .filter((column) => column !== back)
    .slice(0, 6)
}

function describeListView(
  model: Model,
  object: ObjectModel,
  view: ObjectModel['listViews'][number],
  reader: Reader,
): DescribedListView {
  const readable = (path: string): boolean => canRead(object, path, model, reader)
  const { columns, sort, board } = view.definition
  const definition = {
    ...view.definition,
    columns: columns.filter(readable),
    ...(sort ? { sort: sort.filter((key) => readable(key.field)) } : {}),
    ...(board
      ? { board: { ...board, card_fields: (board.card_fields ?? []).filter(readable) } }
      : {}),
  }
  return named(view, definition, reader.locale) as DescribedListView
}

function describeRules(model: Model, object: ObjectModel, reader: Reader): DescribedRule[] {
  return object.validationRules
    .filter(
      ({ definition }) =>
        definition.active !== false && readsOnly(model, object, definition.error_if, reader),
    )
    .filter(
      ({ definition }) =>
        definition.bypass === undefined || !reader.rights.custom.has(definition.bypass),
    )
    .map(({ name, definition }) => ({
      name,
      error_if: definition.error_if,
      on: definition.on ?? ['create', 'update'],
      at: definition.at ?? [],
      message: localize(definition.message, reader.locale, name),
    }))
}

function named<D extends object>(
  from: Named<D>,
  definition: D,
  locale: Locale,
): Localized<D> & { name: string; derived: boolean } {
  const label = (definition as { label?: LocalizedText }).label
  return {
    ...(localizeLabels(definition, locale) as Localized<D>),
    ...(label === undefined ? { label: from.name } : {}),
    name: from.name,
    derived: from.isDerived === true,
  }
}

const TEXT_KEYS = new Set(['label', 'plural', 'message'])

/** A definition with every label, plural and message in one language. */
export function localizeLabels(value: unknown, locale: Locale): unknown {
  if (Array.isArray(value)) return value.map((item) => localizeLabels(item, locale))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      TEXT_KEYS.has(key) ? localize(item as LocalizedText, locale) : localizeLabels(item, locale),
    ]),
  )
}
