import type { ListQuery, ObjectModel, RecordPageComponent } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import { canSort } from './plan-sort.ts'

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

/** What a related list of a record page asks for, without an order that is not for the reader, who chooses columns. */
export function componentQuery(
  reader: Reader,
  child: ObjectModel,
  { where, sort: wanted }: RelatedComponent,
): ListQuery {
  const sort = wanted?.filter(({ field }) => canSort(reader, child, field))
  return {
    ...(where === undefined ? {} : { where: where as NonNullable<ListQuery['where']> }),
    ...(sort === undefined
      ? {}
      : { sort: sort.map(({ field, direction = 'asc' }) => ({ field, direction })) }),
  }
}
