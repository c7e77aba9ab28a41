import type { LayoutField, LayoutSection, PageLayoutDefinition } from '@trellis/metamodel'

import { freeName } from './api-names.ts'
import { insertAt, moveTo, removeAt, replaceAt } from './lists.ts'

/** A place in a layout: a section, and a field of it. */
export interface LayoutPlace {
  section: number
  field: number
}

/** Where a field is placed, or undefined. */
export function placeOfField(layout: PageLayoutDefinition, field: string): LayoutPlace | undefined {
  for (const [section, one] of layout.sections.entries()) {
    const index = one.fields.findIndex((placed) => placed.field === field)
    if (index >= 0) return { section, field: index }
  }
  return undefined
}

/** The names of all fields that are placed. */
export function placedFields(layout: PageLayoutDefinition): Set<string> {
  return new Set(layout.sections.flatMap((section) => section.fields.map((placed) => placed.field)))
}

/** Puts a field at a place; one that is placed already moves there and keeps its settings. */
export function placeField(
  layout: PageLayoutDefinition,
  field: string,
  place: LayoutPlace,
): PageLayoutDefinition {
  const from = placeOfField(layout, field)
  const placed = from ? layout.sections[from.section]?.fields[from.field] : undefined
  const without = from ? takeField(layout, field) : layout
  const shift = from && from.section === place.section && from.field < place.field ? 1 : 0
  return changeSection(without, place.section, (section) => ({
    ...section,
    fields: insertAt(
      section.fields,
      Math.min(place.field - shift, section.fields.length),
      placed ?? { field },
    ),
  }))
}

/** Takes a field off the layout. */
export function takeField(layout: PageLayoutDefinition, field: string): PageLayoutDefinition {
  return {
    ...layout,
    sections: layout.sections.map((section) => ({
      ...section,
      fields: section.fields.filter((placed) => placed.field !== field),
    })),
  }
}

/** Moves a field by one place up or down, over the border of a section into the next. */
export function nudgeField(
  layout: PageLayoutDefinition,
  field: string,
  by: -1 | 1,
): PageLayoutDefinition {
  const from = placeOfField(layout, field)
  const section = from ? layout.sections[from.section] : undefined
  if (!from || !section) return layout
  const to = from.field + by
  if (to >= 0 && to < section.fields.length) {
    return changeSection(layout, from.section, (one) => ({
      ...one,
      fields: moveTo(one.fields, from.field, to),
    }))
  }
  const next = layout.sections[from.section + by]
  if (!next) return layout
  return placeField(layout, field, {
    section: from.section + by,
    field: by < 0 ? next.fields.length : 0,
  })
}

/** Changes the settings of a placed field; settings that are undefined or false are left out. */
export function setLayoutField(
  layout: PageLayoutDefinition,
  field: string,
  settings: { [K in keyof Omit<LayoutField, 'field'>]: LayoutField[K] | undefined },
): PageLayoutDefinition {
  const place = placeOfField(layout, field)
  if (!place) return layout
  return changeSection(layout, place.section, (section) => {
    const placed = { ...section.fields[place.field], ...settings, field }
    return { ...section, fields: replaceAt(section.fields, place.field, withoutOff(placed)) }
  })
}

/** Adds an empty section after the one at `index`. */
export function addSection(layout: PageLayoutDefinition, index: number): PageLayoutDefinition {
  const name = freeName('section', new Set(layout.sections.map((section) => section.name)))
  const section: LayoutSection = {
    name,
    label: { 'zh-CN': '新分区', 'en-US': 'New section' },
    fields: [],
  }
  return { ...layout, sections: insertAt(layout.sections, index + 1, section) }
}

/** Removes a section; its fields go to the end of the one before, or the one after the first. */
export function removeSection(layout: PageLayoutDefinition, index: number): PageLayoutDefinition {
  const gone = layout.sections[index]
  if (!gone || layout.sections.length === 1) return layout
  const sections = removeAt(layout.sections, index)
  const heir = Math.max(0, index - 1)
  return changeSection({ ...layout, sections }, heir, (section) => ({
    ...section,
    fields: [...section.fields, ...gone.fields],
  }))
}

export function moveSection(
  layout: PageLayoutDefinition,
  from: number,
  to: number,
): PageLayoutDefinition {
  return { ...layout, sections: moveTo(layout.sections, from, to) }
}

/** Changes the settings of a section; settings that are undefined or false are left out. */
export function setSection(
  layout: PageLayoutDefinition,
  index: number,
  settings: { [K in keyof Omit<LayoutSection, 'name' | 'fields'>]: LayoutSection[K] | undefined },
): PageLayoutDefinition {
  return changeSection(layout, index, (section) => withoutOff({ ...section, ...settings }))
}

function changeSection(
  layout: PageLayoutDefinition,
  index: number,
  change: (section: LayoutSection) => LayoutSection,
): PageLayoutDefinition {
  return {
    ...layout,
    sections: layout.sections.map((section, at) => (at === index ? change(section) : section)),
  }
}

function withoutOff<T extends object, R>(settings: T): R {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== false),
  ) as R
}
