import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import {
  ApiName,
  closed,
  expressionOn,
  FieldName,
  fieldPathOf,
  measureOf,
  oneOf,
  optional,
  sortKeyOf,
} from './shapes.ts'

const Fact = closed({
  name: ApiName,
  label: LocalizedText,
  relationship: ApiName,
  measure: measureOf('relationship'),
  where: optional(expressionOn('relationship')),
  tone: optional(oneOf(['neutral', 'good', 'bad'], 'bad: red when above zero')),
})

const Component = Type.Union([
  closed({
    type: Type.Literal('related_list'),
    relationship: ApiName,
    label: optional(LocalizedText),
    columns: optional(Type.Array(fieldPathOf('relationship'), { maxItems: 12 })),
    where: optional(expressionOn('relationship')),
    sort: optional(Type.Array(sortKeyOf('relationship'), { maxItems: 5 })),
    limit: optional(Type.Integer({ minimum: 1, maximum: 50 })),
    total: optional(measureOf('relationship')),
  }),
  closed({
    type: Type.Union([
      Type.Literal('details'),
      Type.Literal('timeline'),
      Type.Literal('history'),
      Type.Literal('approvals'),
    ]),
  }),
])

/** The 360° view of a record: highlights in the header, key facts, and tabs of components. */
export const RecordPageDefinition = closed({
  label: optional(LocalizedText),
  highlights: optional(Type.Array(FieldName, { maxItems: 10 })),
  facts: optional(Type.Array(Fact, { maxItems: 8 })),
  tabs: Type.Array(
    closed({
      name: ApiName,
      label: optional(LocalizedText),
      components: Type.Array(Component, { minItems: 1, maxItems: 20 }),
    }),
    { minItems: 1, maxItems: 20 },
  ),
})
export type RecordPageDefinition = Static<typeof RecordPageDefinition>
export type RecordPageComponent = RecordPageDefinition['tabs'][number]['components'][number]
