import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import {
  closed,
  ExpressionShape,
  FieldName,
  FieldPath,
  oneOf,
  optional,
  SortKey,
} from './shapes.ts'

/** A named list: which records, which columns, in which order, as a table or as a board (kanban). */
export const ListViewDefinition = closed({
  label: LocalizedText,
  order: optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      description: 'Place among the views of the object',
    }),
  ),
  scope: optional(oneOf(['all', 'mine'], 'mine: records that the reader owns')),
  where: optional(ExpressionShape),
  columns: Type.Array(FieldPath, { minItems: 1, maxItems: 30 }),
  sort: optional(Type.Array(SortKey, { maxItems: 5 })),
  display: optional(oneOf(['table', 'board'])),
  board: optional(
    closed({
      group_by: FieldName,
      card_fields: optional(Type.Array(FieldPath, { maxItems: 6 })),
      sum: optional(FieldName),
    }),
  ),
})
export type ListViewDefinition = Static<typeof ListViewDefinition>
