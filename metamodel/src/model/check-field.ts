import { expressionReferences, type Expression, type ExpressionType } from '../expression/index.ts'
import { MAX_DIGITS } from '../field-types/index.ts'
import { splitName } from '../kinds/component-files.ts'
import { type Component } from '../kinds/index.ts'
import { checkFormerNames } from './check-former-names.ts'
import { checkLookupFilter } from './check-lookup-filter.ts'
import { checkNumbering } from './check-numbering.ts'
import { checkPicklistField } from './check-picklist.ts'
import { ownObject, requireExpression, requireObject } from './check-references.ts'
import { checkReplacements } from './check-replacements.ts'
import { checkRollUp } from './check-roll-up.ts'
import { dependencyCircles } from './field-dependencies.ts'
import { type FieldModel, masterFields, type Model, type ObjectModel } from './model.ts'
import { canLose } from './personal-data.ts'
import { REFERENCE_PARTS } from './polymorphic-parts.ts'
import type { ProblemList } from './problems.ts'

type FieldComponent = Component<'field'>

/** A field's options fit its type, its expressions fit the object, and its target exists. */
export function checkField(component: FieldComponent, model: Model, problems: ProblemList): void {
  const object = ownObject(model, component)
  const field = object?.fields.get(splitName(component.name)[1])
  if (!object || !field) return
  checkFormerNames(
    component,
    formerNamesOf(field),
    [...object.fields.values()].map(formerNamesOf),
    problems,
  )
  checkTarget(component, field, model, problems)
  checkPicklistField(component, { object, field }, model, problems)
  checkReplacements(component, field, problems)
  checkNumbers(component, problems)
  checkPersonal(component, field, problems)
  checkClosed(component, field, problems)
  if (field.type.name === 'roll_up') checkRollUp(component, object, model, problems)
  checkConditions(component, object, model, problems)
  checkDefaults(component, field, object, model, problems)
  checkLookupFilter(component, { object, field }, model, problems)
}

function formerNamesOf({ name, definition }: FieldModel) {
  return { name, formerNames: definition.former_names }
}

function checkTarget(
  component: FieldComponent,
  field: FieldModel,
  model: Model,
  problems: ProblemList,
): void {
  const { definition } = component
  if (field.target !== undefined) requireObject(model, component, 'target', field.target, problems)
  for (const [index, name] of (definition.targets ?? []).entries()) {
    if (requireObject(model, component, `targets.${index}`, name, problems) === undefined) continue
    if (REFERENCE_PARTS.some((part) => part === name)) refuseTarget(component, index, problems)
  }
  if (definition.required === true && definition.on_delete === 'set_null') {
    problems.add(
      component,
      'contradiction',
      'on_delete',
      'A required reference cannot be emptied: use restrict or cascade',
      '必填的关联不能置空，请使用 restrict 或 cascade',
    )
  }
  if (definition.type !== 'master_detail') return
  const own = ownObject(model, component)
  if (own && masterFields(own).length > 2) {
    problems.add(
      component,
      'too_many_masters',
      '',
      'An object may have at most two master-detail fields',
      '一个对象最多两个主从字段',
    )
  }
  if (reachesItself(model, field)) {
    problems.add(component, 'circular', 'target', 'Masters form a circle', '主从关系形成循环')
  }
}

/** `related_to.name` would be two things. */
function refuseTarget(component: FieldComponent, index: number, problems: ProblemList): void {
  problems.add(
    component,
    'duplicate_name',
    `targets.${index}`,
    `An object that is called ${REFERENCE_PARTS.join(', ')} cannot be one of several`,
    `名为 ${REFERENCE_PARTS.join('、')} 的对象不能作为多对象关联的目标`,
  )
}

function reachesItself(model: Model, start: FieldModel): boolean {
  const seen = new Set<string>()
  let at: string | undefined = start.target
  while (at !== undefined && !seen.has(at)) {
    if (at === start.object) return true
    seen.add(at)
    at = model.objects.get(at)?.master?.target
  }
  return false
}

/** What is erased must be able to be empty, or be a text that something else can take the place of. */
function checkPersonal(component: FieldComponent, field: FieldModel, problems: ProblemList): void {
  if (component.definition.personal !== true || canLose(field)) return
  problems.add(
    component,
    'contradiction',
    'personal',
    'Personal data must be able to be erased: this value cannot be empty',
    '个人信息必须可以清除，而该值不能为空',
  )
}

function checkNumbers(component: FieldComponent, problems: ProblemList): void {
  const { scale, min, max, format, reset, type } = component.definition
  if (scale !== undefined && scale > MAX_DIGITS - 1) {
    problems.add(
      component,
      'out_of_range',
      'scale',
      `At most ${MAX_DIGITS - 1}`,
      `最多 ${MAX_DIGITS - 1}`,
    )
  }
  if (min !== undefined && max !== undefined && min > max) {
    problems.add(component, 'contradiction', 'min', 'min is above max', '最小值大于最大值')
  }
  if (type === 'auto_number' && format !== undefined) {
    checkNumbering(component, { format, reset }, { at: '', problems })
  }
}

/** Of a value that nothing can be asked of, no key that asks it. */
function checkClosed(component: FieldComponent, { type }: FieldModel, problems: ProblemList): void {
  if (type.expressionType !== 'structure' && type.expressionType !== 'sealed') return
  for (const key of ['searchable', 'index', 'derive'] as const) {
    if (component.definition[key] === undefined || component.definition[key] === false) continue
    problems.add(
      component,
      'inert',
      key,
      `A field of type ${type.name} has no "${key}"`,
      `${type.name} 类型的字段不支持“${key}”`,
    )
  }
}

function checkConditions(
  component: FieldComponent,
  object: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  for (const key of ['required_when', 'read_only_when', 'visible_when'] as const) {
    const condition = component.definition[key]
    if (condition !== undefined) {
      requireExpression(
        model,
        object,
        { ...component, path: key, use: 'record', expected: 'boolean' },
        condition,
        problems,
      )
    }
  }
}

function checkDefaults(
  component: FieldComponent,
  field: FieldModel,
  object: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  const { derive, default_from: follows } = component.definition
  const isReference = field.target !== undefined
  const { expressionType } = field.type
  const expected: ExpressionType = expressionType
  if (derive !== undefined && (isReference || expressionType === 'list')) {
    problems.add(
      component,
      'not_derivable',
      'derive',
      'A reference or a list cannot be derived',
      '关联字段或多选字段不能由表达式计算',
    )
  } else if (derive !== undefined) {
    requireExpression(
      model,
      object,
      { ...component, path: 'derive', use: 'save', expected },
      derive,
      problems,
    )
    requireOwnFields(component, object, derive as Expression, problems)
  }
  if (component.definition.default !== undefined) {
    checkDefault(component, field, object, model, problems)
  }
  if (follows) checkFollows(component, follows, object, problems)
}

function checkDefault(
  component: FieldComponent,
  field: FieldModel,
  object: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  const value = component.definition.default
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    requireExpression(
      model,
      object,
      { ...component, path: 'default', use: 'record', expected: field.type.expressionType },
      value,
      problems,
    )
    return
  }
  const parsed = field.type.parse(value, field.options)
  if ('fault' in parsed) {
    problems.add(
      component,
      'wrong_default',
      'default',
      parsed.fault.message['en-US'],
      parsed.fault.message['zh-CN'],
    )
  }
}

function requireOwnFields(
  component: FieldComponent,
  object: ObjectModel,
  derive: Expression,
  problems: ProblemList,
): void {
  for (const path of expressionReferences(derive).fields) {
    if (object.fields.get(path)?.type.isComputed === true) {
      problems.add(
        component,
        'computed',
        'derive',
        `"${path}" is computed itself: write the derived value as a formula`,
        `“${path}”本身由系统计算，请改用公式字段`,
      )
    }
    if (path.includes('.')) {
      problems.add(
        component,
        'crosses_relation',
        'derive',
        `"${path}" is on another record: a derived value reads its own record only`,
        `“${path}”在另一条记录上：计算字段只能读取本记录`,
      )
    }
  }
}

function checkFollows(
  component: FieldComponent,
  follows: { field: string; attribute: string },
  object: ObjectModel,
  problems: ProblemList,
): void {
  const source = object.fields.get(follows.field)
  if (source?.type.name !== 'picklist') {
    problems.addMissing(
      component,
      'default_from.field',
      'field',
      follows.field,
      object.fields.keys(),
    )
  } else if (!source.values?.some((value) => Object.hasOwn(value, follows.attribute))) {
    problems.addMissing(component, 'default_from.attribute', 'attribute', follows.attribute, [
      'probability',
      'forecast',
      'kind',
    ])
  }
}

/** Reports computed values that need each other, over objects too; circles of formulas alone are found with them. */
export function checkFieldCircles(model: Model, problems: ProblemList): void {
  for (const circle of dependencyCircles(model)) {
    const [first] = circle
    if (!first || circle.every((field) => field.type.name === 'formula')) continue
    const shown = [...circle, first].map((field) => `${field.object}.${field.name}`).join(' → ')
    problems.add(
      { kind: 'field', name: `${first.object}.${first.name}` },
      'circular',
      first.definition.derive === undefined ? '' : 'derive',
      `Computed values need each other: ${shown}`,
      `计算字段相互依赖：${shown}`,
    )
  }
}

/** Derived fields and stored formulas of an object in an order in which each finds what it needs. */
export function derivationOrder(object: ObjectModel): FieldModel[] {
  const order: FieldModel[] = []
  const visit = (field: FieldModel | undefined): void => {
    if (!field || field.isVirtual === true || order.includes(field)) return
    const { derive } = field.definition
    if (derive === undefined && !field.formula) return
    const inputs = field.formula?.inputs ?? expressionReferences(derive as Expression).fields
    for (const path of inputs) visit(object.fields.get(path))
    order.push(field)
  }
  for (const field of object.fields.values()) visit(field)
  return order
}
