import type {
  DescribedLayout,
  DescribedListView,
  DescribedRecordPage,
  Localized,
} from '../contract/index.ts'
import type { ListViewDefinition, RecordPageComponent } from '../kinds/index.ts'
import { type Locale, localize, type LocalizedText } from '../localized-text.ts'
import type { Model, Named, ObjectModel } from '../model/index.ts'
import { canRead, canSee, canSortBy, type Reader, readsOnly } from './can-read.ts'

/** The layouts that are for a reader, with what they may look at. */
export function describeLayouts(
  model: Model,
  object: ObjectModel,
  reader: Reader,
): DescribedLayout[] {
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
  // A condition that reads what the reader may not know is left out: they see the part in any case.
  const seenAlways = <Part extends { visible_when?: unknown }>(part: Part): Part => {
    if (readsOnly(model, object, part.visible_when, reader)) return part
    const { visible_when: _, ...rest } = part
    return rest as Part
  }
  return ordered.map((layout) => {
    const sections = layout.definition.sections.map((section) => ({
      ...seenAlways(section),
      fields: section.fields
        .filter(({ field }) => canSee(object, field, model, reader))
        .map(seenAlways),
    }))
    return named(
      layout,
      { ...layout.definition, sections: sections.filter((section) => section.fields.length > 0) },
      reader.locale,
    ) as DescribedLayout
  })
}

/** The record page with what a reader may look at. */
export function describeRecordPage(
  model: Model,
  object: ObjectModel,
  reader: Reader,
): DescribedRecordPage {
  const page = object.recordPage
  const { highlights, facts, tabs } = page.definition
  const seen = {
    ...page.definition,
    highlights: (highlights ?? object.highlights).filter((path) =>
      canSee(object, path, model, reader),
    ),
    facts: (facts ?? []).filter(({ relationship, measure, where }) => {
      const target = childOf(model, object, relationship, reader)
      return (
        target !== undefined &&
        canMeasure(model, target, measure, reader) &&
        readsOnly(model, target, where, reader)
      )
    }),
    tabs: tabs
      .map((tab) => ({
        ...tab,
        components: tab.components.flatMap((part): RecordPageComponent[] =>
          part.type === 'related_list' ? describeRelated(model, object, part, reader) : [part],
        ),
      }))
      .filter((tab) => tab.components.length > 0),
  }
  return named(page, seen, reader.locale) as DescribedRecordPage
}

type RelatedComponent = Extract<RecordPageComponent, { type: 'related_list' }>

function describeRelated(
  model: Model,
  object: ObjectModel,
  component: RelatedComponent,
  reader: Reader,
): RelatedComponent[] {
  const { sort, total, ...rest } = component
  const target = childOf(model, object, rest.relationship, reader)
  if (!target || !readsOnly(model, target, rest.where, reader)) return []
  const columns = rest.columns ?? relatedColumns(target, object, rest.relationship)
  const order = sort?.filter(({ field }) => canSortBy(target, field, model, reader))
  return [
    {
      ...rest,
      columns: columns.filter((path) => canSee(target, path, model, reader)),
      ...(order === undefined ? {} : { sort: order }),
      ...(total && canMeasure(model, target, total, reader) ? { total } : {}),
    },
  ]
}

/** The object of a relationship, if the reader may know what refers here. */
function childOf(
  model: Model,
  object: ObjectModel,
  relationship: string,
  reader: Reader,
): ObjectModel | undefined {
  const found = object.relationships.get(relationship)
  const target = found && model.objects.get(found.object)
  return found && target && canRead(target, found.field, model, reader) ? target : undefined
}

function canMeasure(
  model: Model,
  object: ObjectModel,
  { field }: { field?: string },
  reader: Reader,
): boolean {
  return field === undefined || canRead(object, field, model, reader)
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

/** A list view with what a reader may look at; what it shows first and sums up, they must know. */
export function describeListView(
  model: Model,
  object: ObjectModel,
  view: ObjectModel['listViews'][number],
  reader: Reader,
): DescribedListView {
  const mayKnow = (path: string): boolean => canRead(object, path, model, reader)
  const mayLook = (path: string): boolean => canSee(object, path, model, reader)
  const { columns, sort, board, ...rest } = view.definition
  const definition: ListViewDefinition = {
    ...rest,
    columns: columns.filter(mayLook),
    ...(sort ? { sort: sort.filter((key) => canSortBy(object, key.field, model, reader)) } : {}),
    ...describeBoard(board, mayKnow, mayLook),
  }
  if (definition.board === undefined) delete definition.display
  return named(view, definition, reader.locale) as DescribedListView
}

/** A board stands on the field that it groups by; without it the view is a table. */
function describeBoard(
  board: ListViewDefinition['board'],
  mayKnow: (path: string) => boolean,
  mayLook: (path: string) => boolean,
): Pick<ListViewDefinition, 'board'> {
  if (board === undefined || !mayKnow(board.group_by)) return {}
  const { sum, card_fields: fields = [], ...rest } = board
  return {
    board: {
      ...rest,
      card_fields: fields.filter(mayLook),
      ...(sum !== undefined && mayKnow(sum) ? { sum } : {}),
    },
  }
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
