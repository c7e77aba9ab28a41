import { splitName } from '../kinds/component-files.ts'
import type { Component, RawComponent } from '../kinds/index.ts'
import type { Model } from './model.ts'
import type { ProblemList } from './problems.ts'

interface Named {
  name: string
  formerNames: readonly string[] | undefined
}

/** A former name leads to one thing: nothing is called so now, and nothing else was. */
export function checkFormerNames(
  at: Pick<RawComponent, 'kind' | 'name'>,
  own: Named,
  all: readonly Named[],
  problems: ProblemList,
): void {
  for (const [index, former] of (own.formerNames ?? []).entries()) {
    const taken = all.find(
      ({ name, formerNames = [] }) =>
        name === former || (name !== own.name && formerNames.includes(former)),
    )
    if (!taken) continue
    problems.add(
      at,
      'former_name_taken',
      `former_names.${index}`,
      `"${former}" means "${taken.name}" by now: take it out of the former names`,
      `“${former}”现在指“${taken.name}”：请将其从曾用名中移除`,
    )
  }
}

type Rule = Component<'validation_rule'> | Component<'duplicate_rule'>

/** The same of a rule, among those of its kind and object. */
export function checkFormerRuleNames(rule: Rule, model: Model, problems: ProblemList): void {
  if (rule.definition.former_names === undefined) return
  const [object] = splitName(rule.name)
  const rules = model.components
    .filter((one): one is Rule => one.kind === rule.kind && splitName(one.name)[0] === object)
    .map(namedRule)
  checkFormerNames(rule, namedRule(rule), rules, problems)
}

function namedRule({ name, definition }: Rule): Named {
  return { name: splitName(name)[1], formerNames: definition.former_names }
}
