import {
  type Component,
  type FieldAccess,
  type FieldDefinition,
  type FieldType,
  type LayoutField,
  type ListViewDefinition,
  type LocalizedText,
  type ObjectDefinition,
  type PageLayoutDefinition,
  type PermissionSetDefinition,
  WIDE_TYPES,
} from '@trellis/metamodel'

import {
  belongsTo,
  componentsOf,
  definitionOf,
  type Draft,
  putComponent,
  removeComponent,
} from './draft.ts'
import { insertAt } from './lists.ts'
import { setFieldAccess } from './permission-commands.ts'

/** A new field and where it is to be seen. */
export interface NewField {
  object: string
  name: string
  definition: FieldDefinition
  /** Full names of layouts; the field goes to the end of their first section. */
  layouts: readonly string[]
  /** Full names of list views that get it as a column. */
  listViews: readonly string[]
  /** What permission sets may do with it, by name; those left out as with fields that are not named. */
  access?: Readonly<Record<string, FieldAccess>>
}

/** Puts a field, places it in layouts and list views, and says who may see and edit it. */
export function addField(draft: Draft, given: NewField): Draft {
  const field: Component = {
    kind: 'field',
    name: `${given.object}.${given.name}`,
    definition: given.definition,
  }
  const wide = WIDE_TYPES.has(given.definition.type)
  const placed = given.layouts.reduce(
    (next, layout) =>
      appendToLayout(next, layout, { field: given.name, ...(wide ? { wide } : {}) }),
    putComponent(draft, field),
  )
  const listed = given.listViews.reduce(
    (next, view) => appendColumn(next, view, given.name),
    placed,
  )
  return Object.entries(given.access ?? {}).reduce(
    (next, [set, is]) => allow(next, set, { object: given.object, field: given.name, is }),
    listed,
  )
}

function allow(
  draft: Draft,
  name: string,
  { object, field, is }: { object: string; field: string; is: FieldAccess },
): Draft {
  const set: PermissionSetDefinition | undefined = definitionOf(draft, 'permission_set', name)
  if (!set) return draft
  const definition = setFieldAccess(set, object, { fields: [field], is })
  return putComponent(draft, { kind: 'permission_set', name, definition })
}

function appendToLayout(draft: Draft, name: string, field: LayoutField): Draft {
  const layout: PageLayoutDefinition | undefined = definitionOf(draft, 'page_layout', name)
  const [first, ...rest] = layout?.sections ?? []
  if (!layout || !first) return draft
  const definition = {
    ...layout,
    sections: [{ ...first, fields: [...first.fields, field] }, ...rest],
  }
  return putComponent(draft, { kind: 'page_layout', name, definition })
}

/** Before the owner, if that is the last column, because people look for it at the end. */
function appendColumn(draft: Draft, name: string, column: string): Draft {
  const view: ListViewDefinition | undefined = definitionOf(draft, 'list_view', name)
  if (!view) return draft
  const end = view.columns.at(-1) === 'owner' ? view.columns.length - 1 : view.columns.length
  return putComponent(draft, {
    kind: 'list_view',
    name,
    definition: { ...view, columns: insertAt(view.columns, end, column) },
  })
}

/**
 * Removes a field together with its places in layouts, list views, highlights and rights. Conditions and rules that
 * read it stay as they are: what they are to say then is for a person to decide.
 */
export function removeField(draft: Draft, object: string, field: string): Draft {
  const parts = componentsOf(draft).filter(
    (one) => belongsTo(one, object) || one.kind === 'permission_set' || one.name === object,
  )
  const cleaned = parts.reduce((next, component) => {
    const definition = withoutField(component, object, field)
    return definition === undefined
      ? next
      : putComponent(next, { ...component, definition } as Component)
  }, draft)
  return removeComponent(cleaned, 'field', `${object}.${field}`)
}

function withoutField(
  component: Component,
  object: string,
  field: string,
): Component['definition'] | undefined {
  switch (component.kind) {
    case 'page_layout':
      return withoutPlace(component.definition as PageLayoutDefinition, field)
    case 'list_view':
      return withoutColumn(component.definition as ListViewDefinition, field)
    case 'object':
      return withoutHighlight(component.definition as ObjectDefinition, field)
    case 'permission_set':
      return withoutRight(component.definition as PermissionSetDefinition, object, field)
    default:
      return undefined
  }
}

function withoutPlace(layout: PageLayoutDefinition, field: string): PageLayoutDefinition {
  return {
    ...layout,
    sections: layout.sections.map((section) => ({
      ...section,
      fields: section.fields.filter((placed) => placed.field !== field),
    })),
  }
}

function withoutColumn(view: ListViewDefinition, field: string): ListViewDefinition {
  const isOther = (path: string): boolean => path !== field && !path.startsWith(`${field}.`)
  const { sort, board } = view
  return {
    ...view,
    columns: view.columns.filter(isOther),
    ...(sort ? { sort: sort.filter((key) => isOther(key.field)) } : {}),
    ...(board?.card_fields
      ? { board: { ...board, card_fields: board.card_fields.filter(isOther) } }
      : {}),
  }
}

function withoutHighlight(object: ObjectDefinition, field: string): ObjectDefinition {
  return object.highlights
    ? { ...object, highlights: object.highlights.filter((name) => name !== field) }
    : object
}

function withoutRight(
  set: PermissionSetDefinition,
  object: string,
  field: string,
): PermissionSetDefinition | undefined {
  const rights = set.objects?.[object]
  if (!rights?.fields || !Object.hasOwn(rights.fields, field)) return undefined
  const { [field]: _, ...fields } = rights.fields
  return { ...set, objects: { ...set.objects, [object]: { ...rights, fields } } }
}

/** The name that the other side of a new relation proposes: the plural of this object. */
export function proposeRelationship(object: string, taken: ReadonlySet<string>): string {
  const isCustom = object.endsWith('__c')
  const stem = isCustom ? object.slice(0, -3) : object
  const plural = /(s|x|z|ch|sh)$/.test(stem)
    ? `${stem}es`
    : stem.replace(/([^aeiou])y$/, '$1ie') + 's'
  for (let number = 1; ; number++) {
    const candidate = `${plural}${number === 1 ? '' : `_${number}`}__c`
    if (!taken.has(candidate)) return candidate
  }
}

/** What a field of a type begins with; `plural` names the related list on the other side of a relation. */
export function newFieldDefinition(
  type: FieldType,
  label: LocalizedText,
  other: { relationship: string; plural: LocalizedText },
): FieldDefinition {
  const required = (type.requiredOptions ?? []).map((key) => [key, ''])
  const { relationship: name, plural } = other
  return {
    ...Object.fromEntries(required),
    ...('values' in type.options ? { values: [] } : {}),
    ...('result' in type.options ? { result: 'number' } : {}),
    ...('format' in type.options ? { format: '{0000}' } : {}),
    ...('relationship' in type.options ? { relationship: { name, label: plural } } : {}),
    type: type.name,
    label,
  } as FieldDefinition
}
