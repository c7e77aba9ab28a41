import {
  describeObject,
  type DescribedField,
  type DescribedLayout,
  type DescribedObject,
  localizeLabels,
  type Locale,
  type Model,
  type PageLayoutDefinition,
  unlimitedRights,
} from '@trellis/metamodel'

/** Stands in a section that has no field, so that the renderer draws the section and something can be dropped in it. */
export const PLACEHOLDER = '__empty_'

/** What the runtime's renderer is given, so that it draws the draft. */
export interface Design {
  object: DescribedObject
  layout: DescribedLayout
}

/**
 * The draft of a layout as the renderer wants it, for somebody who may do everything. While it is being designed
 * everything is shown, whatever its conditions say; as it will be seen, conditions hold.
 */
export function designLayout(
  model: Model,
  object: string,
  given: { layout: PageLayoutDefinition; locale: Locale; asSeen: boolean; emptyText: string },
): Design | undefined {
  const described = describeObject(model, object, {
    locale: given.locale,
    rights: unlimitedRights(),
    permissionSets: [],
  })
  if (!described) return undefined
  const localized = localizeLabels(given.layout, given.locale) as DescribedLayout
  const layout: DescribedLayout = { ...localized, name: 'draft', derived: false }
  if (given.asSeen) return { object: described, layout }
  const sections = layout.sections.map((section) => ({
    ...without(section, 'visible_when'),
    fields:
      section.fields.length > 0
        ? section.fields.map((field) => without(field, 'visible_when'))
        : [{ field: `${PLACEHOLDER}${section.name}`, wide: true, read_only: true }],
  }))
  const empty = layout.sections.filter((section) => section.fields.length === 0)
  const fields = [
    ...described.fields.map((field) => without(field, 'visible_when')),
    ...empty.map((section) => placeholder(section.name, given.emptyText)),
  ]
  return { object: { ...described, fields }, layout: { ...layout, sections } }
}

function without<T extends object>(value: T, key: keyof T): T {
  const { [key]: _, ...rest } = value
  return rest as T
}

function placeholder(section: string, label: string): DescribedField {
  return {
    name: `${PLACEHOLDER}${section}`,
    label,
    type: 'text',
    access: 'read',
    required: false,
    unique: false,
    system: false,
    read_only: true,
    sortable: false,
    groupable: false,
    filter_operators: [],
    searchable: false,
    options: {},
  }
}
