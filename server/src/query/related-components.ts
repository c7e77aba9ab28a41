import type { ListQuery, ObjectModel, RecordPageComponent } from '@trellis/metamodel'

/** A related list on a record page. */
export type RelatedComponent = Extract<RecordPageComponent, { type: 'related_list' }>

/** The related lists of an object's record page, all of them or those of one relationship. */
export function relatedComponents(
  { recordPage }: ObjectModel,
  relationship?: string,
): RelatedComponent[] {
  const components = recordPage.definition.tabs.flatMap((tab) => tab.components)
  return components.filter(
    (one): one is RelatedComponent =>
      one.type === 'related_list' &&
      (relationship === undefined || one.relationship === relationship),
  )
}

/** What a related list of a record page asks for; its columns are chosen by who reads. */
export function componentQuery({ where, sort }: RelatedComponent): ListQuery {
  return {
    ...(where === undefined ? {} : { where: where as NonNullable<ListQuery['where']> }),
    ...(sort === undefined
      ? {}
      : { sort: sort.map(({ field, direction = 'asc' }) => ({ field, direction })) }),
  }
}
