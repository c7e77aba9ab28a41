import type { DescribedObject, DescribedRecordType, DescribedRule } from '../contract/index.ts'
import { localize } from '../localized-text.ts'
import {
  masterFields,
  type Model,
  type ObjectModel,
  ownFields,
  RECORD_TYPE,
  type RelationshipModel,
} from '../model/index.ts'
import { canRead, canSee, type Reader, readsOnly } from './can-read.ts'
import { describeSeen } from './describe-field.ts'
import { describeLayouts, describeListView, describeRecordPage } from './describe-screens.ts'
import { isShown, isTold, mayChooseType } from './rights.ts'

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
  const fields = ownFields(object.fields.values()).filter((field) => isShown(rights.field(field)))
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
      transfer: access.transfer,
      export: access.export,
      import: access.create && rights.system.has('import'),
    },
    sharing: object.sharing,
    has_owner: object.fields.has('owner'),
    name_field: object.fields.get('name')?.type.name === 'auto_number' ? 'auto_number' : 'text',
    highlights: object.highlights.filter((field) => canSee(object, field, model, reader)),
    stage_field:
      object.stageField && isTold(rights.field(object.stageField)) ? object.stageField.name : null,
    fields: fields.map((field) => describeSeen(model, object, field, reader)),
    relationships: describeRelationships(model, object, reader),
    record_types: describeRecordTypes(object, reader),
    page_layouts: describeLayouts(model, object, reader),
    record_page: describeRecordPage(model, object, reader),
    list_views: object.listViews
      .filter(({ definition }) => canUseView(model, object, definition, reader))
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

/** Whether the reader may know everything that decides which records a view shows. */
function canUseView(
  model: Model,
  object: ObjectModel,
  { where, scope }: ObjectModel['listViews'][number]['definition'],
  reader: Reader,
): boolean {
  const isOpen = scope !== 'mine' || canRead(object, 'owner', model, reader)
  return isOpen && readsOnly(model, object, where, reader)
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
        field: child.fields.get(field)?.partOf ?? field,
        master_detail: isMasterDetail,
        ...joined(model, child, relationship, reader),
      },
    ]
  })
}

/** Of a junction: its other master, which is what people look for in the list. */
function joined(
  model: Model,
  child: ObjectModel,
  { field: own, isMasterDetail }: RelationshipModel,
  reader: Reader,
): Pick<DescribedObject['relationships'][number], 'joins'> {
  const other = masterFields(child).find(({ name }) => name !== own)
  const isKnown =
    isMasterDetail && other?.target !== undefined && canRead(child, other.name, model, reader)
  return isKnown ? { joins: { field: other.name, object: other.target ?? '' } } : {}
}

function describeRecordTypes(
  object: ObjectModel,
  { locale, rights }: Reader,
): DescribedRecordType[] {
  const field = object.fields.get(RECORD_TYPE)
  if (!field || !isTold(rights.field(field))) return []
  const access = rights.object(object.name)
  return object.recordTypes.map(({ name, definition }) => ({
    name,
    label: localize(definition.label, locale, name),
    available: definition.active !== false && mayChooseType(access, name),
    default: definition.default === true,
    values: Object.fromEntries(
      Object.entries(definition.values ?? {}).filter(([one]) => {
        const restricted = object.fields.get(one)
        return restricted !== undefined && isTold(rights.field(restricted))
      }),
    ),
  }))
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
      at: (definition.at ?? []).filter((field) => canSee(object, field, model, reader)),
      message: localize(definition.message, reader.locale, name),
    }))
}
