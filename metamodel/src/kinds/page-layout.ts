import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { ApiName, closed, ExpressionShape, FieldName, flag, optional } from './shapes.ts'

const LayoutField = closed({
  field: FieldName,
  required: flag('Must be filled in this layout'),
  read_only: flag('Shown, not edited, in this layout'),
  visible_when: optional(ExpressionShape),
  wide: flag('Takes the whole width of the section'),
})

const LayoutSection = closed({
  name: ApiName,
  label: optional(LocalizedText),
  columns: optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
  collapsed: flag('Closed when the page opens'),
  visible_when: optional(ExpressionShape),
  fields: Type.Array(LayoutField, { maxItems: 200 }),
})
export type LayoutSection = Static<typeof LayoutSection>
export type LayoutField = Static<typeof LayoutField>

/** The sections and fields of the form and of the details. A layout can tighten a field, never loosen it. */
export const PageLayoutDefinition = closed({
  label: optional(LocalizedText),
  permission_sets: optional(
    Type.Array(ApiName, { description: 'Whom it is for; everybody if left out' }),
  ),
  record_types: optional(
    Type.Array(ApiName, { description: 'Which records it is for; all if left out' }),
  ),
  sections: Type.Array(LayoutSection, { minItems: 1, maxItems: 40 }),
})
export type PageLayoutDefinition = Static<typeof PageLayoutDefinition>
