import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { ApiName, closed, ExpressionShape, flag, oneOf, optional } from './shapes.ts'

const Code = Type.String({ minLength: 1, maxLength: 60 })

/**
 * Some of the users, named without their ids so that a package fits every installation: by role, by the code of a
 * department, group or queue, or everybody. `…_and_below` takes the tree below along. A code that no record has
 * names nobody.
 */
export const Principal = Type.Union([
  closed({ role: ApiName }),
  closed({ role_and_below: ApiName }),
  closed({ department: Code }),
  closed({ department_and_below: Code }),
  closed({ group: Code }),
  closed({ queue: Code }),
  closed({ everyone: Type.Boolean() }),
])
export type Principal = Static<typeof Principal>

const Principals = Type.Array(Principal, { minItems: 1, maxItems: 50 })

/** How much of a record is shared. */
export const SHARED_ACCESS = ['read', 'edit'] as const
export type SharedAccess = (typeof SHARED_ACCESS)[number]

/** Opens records to others: those of certain owners, those that meet a condition, or those that do both. */
export const SharingRuleDefinition = closed({
  label: LocalizedText,
  active: flag('true if left out'),
  owned_by: optional(Principals),
  where: optional(ExpressionShape),
  to: Principals,
  access: oneOf(SHARED_ACCESS),
})
export type SharingRuleDefinition = Static<typeof SharingRuleDefinition>

/** Closes records to some users, whatever else opens them: they see only those that meet the condition. */
export const RestrictionRuleDefinition = closed({
  label: LocalizedText,
  active: flag('true if left out'),
  to: Principals,
  where: ExpressionShape,
})
export type RestrictionRuleDefinition = Static<typeof RestrictionRuleDefinition>
