import type { RawBuilder } from 'kysely'

import type { FromClause } from './from-clause.ts'
import type { ListPlan } from './plan-list.ts'

/** How many rows a page has, and one more. */
export interface PageLimits {
  size: number
  /** As `limit …`: so many, and twice as many. */
  page: RawBuilder<unknown>
  twice: RawBuilder<unknown>
  /** The last of so many rows, as `offset … limit 1`. */
  last: RawBuilder<unknown>
  /** As `limit …`: so many of each of a list that together they are about two pages, if the list is not short. */
  sample(list: RawBuilder<readonly string[]>): RawBuilder<unknown>
}

/** A page whose rows are looked for. */
export interface PageAsked {
  plan: ListPlan
  after: readonly boolean[] | undefined
  limits: PageLimits
  /** What is asked of the rows besides that the reader may see them. */
  conditionsOf(from: FromClause): RawBuilder<boolean>[]
}
