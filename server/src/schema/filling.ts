import type { Model } from '@trellis/metamodel'

import type { PhysicalMap } from './physical-map.ts'

/** A model and the tables that it rests in. */
export interface FillingGround {
  model: Model
  physical: PhysicalMap
}

/** By what SQL existing rows get the value of a column: a roll-up, a stored formula. */
export interface Filling {
  /**
   * SQL over the row `t` of the column's own table, with quoted names.
   *
   * @example `(select count(*) from "main"."contact" c where c."account" = t."id" and c.deleted_at is null)`
   */
  value: string
  /**
   * Other tables that it reads, each with a query over a row `r` of theirs that answers the ids of the rows `t` to be
   * filled anew when that row changes. While a large table is filled, changes are followed by it.
   *
   * @example { table: 'contact', rows: 'SELECT r."account"' }
   */
  sources?: readonly { table: string; rows: string }[]
}
