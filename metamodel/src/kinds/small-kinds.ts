import Type, { type Static } from 'typebox'

import { PicklistValue } from '../field-types/index.ts'
import { LocalizedText } from '../localized-text.ts'
import { refers } from '../refers.ts'
import {
  ApiName,
  closed,
  expressionOn,
  fieldPathOf,
  measureOf,
  ObjectName,
  oneOf,
  optional,
  sortKeyOf,
} from './shapes.ts'

/** A place in the tree of responsibility; users have one. */
export const RoleDefinition = closed({ label: LocalizedText, parent: optional(ApiName) })
export type RoleDefinition = Static<typeof RoleDefinition>

/** Values that several fields share (`values_of`), so that they are the same everywhere. */
export const PicklistDefinition = closed({
  label: LocalizedText,
  description: optional(LocalizedText),
  values: Type.Array(PicklistValue, { minItems: 1, maxItems: 1000 }),
})
export type PicklistDefinition = Static<typeof PicklistDefinition>

/** A text made from a record: a print view or an e-mail, in Handlebars' safe form, per language. */
export const TemplateDefinition = closed({
  label: LocalizedText,
  object: ObjectName,
  type: oneOf(['print', 'email']),
  related: optional(
    Type.Array(
      closed({
        relationship: ApiName,
        fields: Type.Array(fieldPathOf('relationship'), { minItems: 1, maxItems: 30 }),
        sort: optional(Type.Array(sortKeyOf('relationship'), { maxItems: 5 })),
      }),
      { maxItems: 10 },
    ),
  ),
  body: refers(LocalizedText, 'template', 'object'),
})
export type TemplateDefinition = Static<typeof TemplateDefinition>

const Tile = closed({
  name: ApiName,
  label: LocalizedText,
  type: oneOf(['number', 'bar', 'line', 'funnel', 'ranking', 'donut']),
  object: ObjectName,
  where: optional(expressionOn('object')),
  group_by: optional(
    Type.Array(
      closed({
        field: fieldPathOf('object'),
        bucket: optional(oneOf(['day', 'week', 'month', 'quarter', 'year'])),
      }),
      { maxItems: 2 },
    ),
  ),
  measure: measureOf('object'),
  sort: optional(oneOf(['group', 'measure_desc', 'measure_asc'])),
  limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
  width: optional(Type.Integer({ minimum: 2, maximum: 12, description: 'Columns of twelve' })),
})

/** Numbers and charts of records; each opens the list behind it. */
export const DashboardDefinition = closed({
  label: LocalizedText,
  tiles: Type.Array(Tile, { minItems: 1, maxItems: 30 }),
})
export type DashboardDefinition = Static<typeof DashboardDefinition>
export type DashboardTile = DashboardDefinition['tiles'][number]

const NavigationItem = Type.Union([closed({ object: ObjectName }), closed({ dashboard: ApiName })])

/** A package of components, and the menu that its users see. */
export const AppDefinition = closed({
  label: LocalizedText,
  description: optional(LocalizedText),
  version: Type.String({
    pattern: '^\\d+\\.\\d+\\.\\d+$',
    description: 'three numbers, e.g. 1.4.0',
  }),
  corporate_currency: optional(
    Type.String({
      pattern: '^[A-Z]{3}$',
      description:
        'Of the app `platform` alone: the currency (ISO 4217) of the organization, in which sums are told; CNY if left out',
    }),
  ),
  requires: optional(Type.Record(Type.String(), Type.String())),
  navigation: optional(Type.Array(NavigationItem, { maxItems: 60 })),
})
export type AppDefinition = Static<typeof AppDefinition>
