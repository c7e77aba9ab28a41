import type { DescribedObject, DescribedRecordPage, Expression, Overview } from '@trellis/metamodel'

import { allOf, fieldIs, listLink, type ListLink } from './list-link.ts'
import { isConverted } from './resolve-tile.ts'

export type PageComponent = DescribedRecordPage['tabs'][number]['components'][number]
type RelatedComponent = Extract<PageComponent, { type: 'related_list' }>
/** A related list; `isConverted` if its total is made of amounts in several currencies. */
export type RelatedHead = Overview['related'][number] & { isConverted?: boolean }
type Describe = (object: string) => DescribedObject | undefined

/** A component of a tab with what there is to show in it. */
export type ShownComponent =
  | { type: 'details' | 'timeline' | 'history' | 'approvals' }
  | { type: 'related_list'; related: RelatedHead; all: ListLink }

export interface ShownTab {
  name: string
  /** Empty where the page gives none: its first component is its name then. */
  label: string
  /** The one related list of the tab, for count and sum in its title. */
  related: RelatedHead | null
  components: ShownComponent[]
}

export interface ShownRecordPage {
  /** Details stand beside the tabs instead of in one of them. */
  hasAside: boolean
  tabs: ShownTab[]
}

/**
 * The tabs of a record page as they are shown: related lists that the reader may not see fall away, and where there
 * is room the details stand beside the tabs, so that a tab of nothing else is not needed.
 */
export function resolveRecordPage(
  object: DescribedObject,
  overview: Overview,
  { isWide, describe }: { isWide: boolean; describe: Describe },
): ShownRecordPage {
  const { tabs } = object.record_page
  const lists = tabs
    .flatMap((tab) => tab.components)
    .filter((component) => component.type === 'related_list')
  const hasAside =
    isWide && tabs.some((tab) => tab.components.some(({ type }) => type === 'details'))
  const related = new Map(
    overview.related.map((list): [string, RelatedHead] => {
      const total = lists.find(({ relationship }) => relationship === list.relationship)?.total
      const isSum = total !== undefined && isConverted(describe(list.object), total, describe)
      return [list.relationship, { ...list, isConverted: isSum }]
    }),
  )
  const shown = tabs.map((tab) => {
    const components = tab.components.flatMap((component) =>
      showComponent(component, overview, related),
    )
    const left = hasAside ? components.filter(({ type }) => type !== 'details') : components
    const [first] = left
    const only = left.length === 1 && first?.type === 'related_list' ? first.related : null
    return {
      name: tab.name,
      label: tab.label ?? only?.label ?? '',
      related: only,
      components: left,
    }
  })
  return { hasAside, tabs: shown.filter((tab) => tab.components.length > 0) }
}

function showComponent(
  component: PageComponent,
  overview: Overview,
  related: ReadonlyMap<string, RelatedHead>,
): ShownComponent[] {
  if (component.type !== 'related_list') return [{ type: component.type }]
  const list = related.get(component.relationship)
  if (!list) return []
  const { total, ...rest } = list
  // A count beside the count says nothing.
  const sum = total && component.total?.fn !== 'count' ? { total } : {}
  const shown = { ...rest, ...sum, label: component.label ?? list.label }
  return [
    { type: 'related_list', related: shown, all: relatedLink(component, list, overview.record.id) },
  ]
}

function relatedLink(component: RelatedComponent, list: RelatedHead, id: string): ListLink {
  return listLink(list.object, allOf(fieldIs(list.field, id), asCriteria(component.where)))
}

/** Where the records are that a fact was counted from; null if the reader may not see their object. */
export function factLink(object: DescribedObject, name: string, id: string): ListLink | null {
  const fact = object.record_page.facts?.find((one) => one.name === name)
  const relationship = object.relationships.find((one) => one.name === fact?.relationship)
  if (!fact || !relationship) return null
  return listLink(
    relationship.object,
    allOf(fieldIs(relationship.field, id), asCriteria(fact.where)),
  )
}

/** The facts of a record page that are made of amounts in several currencies, by name. */
export function convertedFacts(object: DescribedObject, describe: Describe): ReadonlySet<string> {
  const facts = (object.record_page.facts ?? []).filter(({ relationship, measure }) => {
    const child = object.relationships.find(({ name }) => name === relationship)?.object
    return child !== undefined && isConverted(describe(child), measure, describe)
  })
  return new Set(facts.map(({ name }) => name))
}

function asCriteria(where: unknown): Expression | undefined {
  return where === undefined || where === null ? undefined : (where as Expression)
}
