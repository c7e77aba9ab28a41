import type { Expression } from '../expression/index.ts'
import type { Component, Principal } from '../kinds/index.ts'
import { ownObject, requireExpression } from './check-references.ts'
import { asksWhoReads } from './formula-values.ts'
import type { Model } from './model.ts'
import type { ProblemList } from './problems.ts'

/** A sharing rule opens some records, the same ones for everybody whom it names. */
export function checkSharingRule(
  component: Component<'sharing_rule'>,
  model: Model,
  problems: ProblemList,
): void {
  const { owned_by: owners, where, to } = component.definition
  checkPrincipals(component, 'to', to, { model, problems })
  checkPrincipals(component, 'owned_by', owners ?? [], { model, problems })
  refuseOnDetail(component, model, problems)
  if (owners === undefined && where === undefined) {
    problems.add(
      component,
      'missing_key',
      'where',
      'Say which records are shared: by their owners, by a condition, or by both',
      '请指明共享哪些记录：按负责人、按条件或两者',
    )
  }
  if (where === undefined) return
  checkCondition(component, where, model, problems)
  const object = ownObject(model, component)
  if (object && asksWhoReads(model, object, where as Expression)) {
    problems.add(
      component,
      'not_allowed_here',
      'where',
      'A sharing rule opens the same records to all whom it names; its condition cannot ask who reads',
      '共享规则对所有共享对象开放相同的记录，条件中不能使用当前用户',
    )
  }
}

/** A restriction rule closes some records to some users. */
export function checkRestrictionRule(
  component: Component<'restriction_rule'>,
  model: Model,
  problems: ProblemList,
): void {
  checkPrincipals(component, 'to', component.definition.to, { model, problems })
  refuseOnDetail(component, model, problems)
  checkCondition(component, component.definition.where, model, problems)
}

type Rule = Component<'sharing_rule'> | Component<'restriction_rule'>

function checkCondition(
  component: Rule,
  where: unknown,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  requireExpression(
    model,
    object,
    { ...component, path: 'where', use: 'query', expected: 'boolean' },
    where,
    problems,
  )
  if (typeof where === 'boolean' || where === null) {
    problems.add(component, 'inert', 'where', 'A constant decides nothing', '常量条件不起作用')
  }
}

function refuseOnDetail(component: Rule, model: Model, problems: ProblemList): void {
  const object = ownObject(model, component)
  if (!object?.master) return
  problems.add(
    component,
    'not_allowed_here',
    '',
    `Access to ${object.name} follows its parent; share or restrict ${object.master.target ?? ''} instead`,
    `${object.name} 的访问权限由父记录决定，请在 ${object.master.target ?? ''} 上设置`,
  )
}

function checkPrincipals(
  component: Rule,
  path: string,
  principals: readonly Principal[],
  { model, problems }: { model: Model; problems: ProblemList },
): void {
  for (const [index, principal] of principals.entries()) {
    if ('everyone' in principal && !principal.everyone) {
      problems.add(
        component,
        'inert',
        `${path}.${index}.everyone`,
        'Not everybody is nobody in particular; leave it out',
        '“everyone” 只能为 true',
      )
    }
    for (const key of ['role', 'role_and_below'] as const) {
      const role = key in principal ? (principal as Record<typeof key, string>)[key] : undefined
      if (role !== undefined && !model.roles.has(role)) {
        problems.addMissing(component, `${path}.${index}.${key}`, 'role', role, model.roles.keys())
      }
    }
  }
}
