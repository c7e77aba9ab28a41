import type { Component } from '../kinds/index.ts'
import { checkFormerRuleNames } from './check-former-names.ts'
import { ownObject, requireExpression, requireField } from './check-references.ts'
import type { Model } from './model.ts'
import type { ProblemList } from './problems.ts'

/** A rule's condition is true or false while saving, and its message has a place that exists. */
export function checkRule(
  component: Component<'validation_rule'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  checkFormerRuleNames(component, model, problems)
  const { error_if: condition, at } = component.definition
  requireExpression(
    model,
    object,
    { ...component, path: 'error_if', use: 'save', expected: 'boolean' },
    condition,
    problems,
  )
  at?.forEach((name, index) => requireField(object, component, `at.${index}`, name, problems))
  if (typeof condition === 'boolean' || condition === null) {
    problems.add(component, 'inert', 'error_if', 'A constant decides nothing', '常量条件不起作用')
  }
}
