import { type Component, LIKELY_METHODS, type MatchCondition } from '../kinds/index.ts'
import { checkFormerRuleNames } from './check-former-names.ts'
import { ownObject, requireExpression, requireField, requireObject } from './check-references.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** Where a condition stands, and what it is about. */
interface Place {
  component: Component<'duplicate_rule'>
  path: string
  condition: MatchCondition
}

/** A duplicate rule names fields that its methods can compare, can be looked up, and refuses only what is certain. */
export function checkDuplicateRule(
  component: Component<'duplicate_rule'>,
  model: Model,
  problems: ProblemList,
): void {
  const own = ownObject(model, component)
  if (!own) return
  checkFormerRuleNames(component, model, problems)
  const { among: name, match, when } = component.definition
  const target = name === undefined ? own : requireObject(model, component, 'among', name, problems)
  match.forEach((condition, at) => {
    if (target) checkCondition({ component, path: `match.${at}`, condition }, own, target, problems)
  })
  if (when !== undefined) {
    const at = { ...component, path: 'when', use: 'save', expected: 'boolean' } as const
    requireExpression(model, own, at, when, problems)
  }
  checkActions(component, target === own, problems)
  if (!match.some(({ method }) => method !== 'fuzzy_name' && method !== 'fuzzy_date')) {
    problems.add(
      component,
      'not_findable',
      'match',
      'Names and dates that are only alike cannot be looked up: add a condition of another method',
      '仅靠姓名或日期的近似无法查找：请增加一个其他方式的条件',
    )
  }
}

function checkCondition(
  { component, path, condition }: Place,
  own: ObjectModel,
  target: ObjectModel,
  problems: ProblemList,
): void {
  const { field, with: other = field, method, blank } = condition
  const mine = requireField(own, component, `${path}.field`, field, problems)
  const theirs = requireField(target, component, `${path}.with`, other, problems)
  if (!mine || !theirs) return
  if (![mine, theirs].every((one) => isComparable(one, method)) || !isAlike(mine, theirs)) {
    problems.add(
      component,
      'wrong_method',
      `${path}.method`,
      `"${method}" does not compare ${mine.type.name} with ${theirs.type.name}`,
      `“${method}”不能比较 ${mine.type.name} 与 ${theirs.type.name}`,
    )
  }
  if (blank === 'same' && (mine.type.expressionType !== 'text' || method.startsWith('fuzzy_'))) {
    problems.add(
      component,
      'wrong_blank',
      `${path}.blank`,
      'Only texts that are compared for sure can be the same when empty',
      '只有精确比较的文本可以将空值视为相同',
    )
  }
}

const LISTS = new Set(['text_list', 'boolean'])

function isComparable(field: FieldModel, method: MatchCondition['method']): boolean {
  const storage = field.type.storage(field.options)
  if (field.isVirtual === true || field.type.isSealed || LISTS.has(storage.as)) return false
  if (method === 'exact') return true
  if (method === 'fuzzy_date') return storage.as === 'date'
  return storage.as === 'text' && field.values === undefined
}

function isAlike(mine: FieldModel, theirs: FieldModel): boolean {
  return (
    mine.type.storage(mine.options).as === theirs.type.storage(theirs.options).as &&
    mine.target === theirs.target
  )
}

function checkActions(
  component: Component<'duplicate_rule'>,
  isOwn: boolean,
  problems: ProblemList,
): void {
  const { match, when, on_create: onCreate, on_update: onUpdate } = component.definition
  if (onCreate === undefined && onUpdate === undefined) {
    problems.add(
      component,
      'inert',
      '',
      'A rule that acts neither on create nor on update does nothing',
      '新建和编辑时都不执行的规则不起作用',
    )
  }
  const blocking = (['on_create', 'on_update'] as const).filter(
    (key) => component.definition[key] === 'block',
  )
  const [first] = blocking
  if (first === undefined) return
  const isSure = match.every(({ method }) => !LIKELY_METHODS.has(method))
  if (!isSure) {
    problems.add(
      component,
      'only_likely',
      first,
      'A rule refuses only what is certain: with a method that finds what is likely, it warns',
      '只有精确规则可以拦截：含近似方式的规则只能提醒',
    )
  }
  // What is refused is kept by a unique key of the table, which knows nothing of conditions, other tables and other fields.
  const isCrossed = match.some(({ field, with: other = field }) => other !== field)
  if (!isOwn || isCrossed || when !== undefined || blocking.length === 1) {
    problems.add(
      component,
      'no_unique_key',
      first,
      'A rule refuses by a unique key: on create and on update, records of its own object by the same fields, always',
      '拦截由唯一键保证：须同时作用于新建和编辑，仅限本对象的相同字段，且不带条件',
    )
  }
}
