import { type Expression, expressionReferences, type ExpressionType } from '../expression/index.ts'
import type { RollUpFunction } from '../field-types/index.ts'
import type { Component } from '../kinds/index.ts'
import { requireExpression, requireField } from './check-references.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

type FieldComponent = Component<'field'>

/** Of what each function can be made. */
const MEASURED: Readonly<Record<Exclude<RollUpFunction, 'count'>, readonly ExpressionType[]>> = {
  sum: ['number'],
  avg: ['number'],
  min: ['number', 'date', 'datetime', 'time'],
  max: ['number', 'date', 'datetime', 'time'],
}

/** They change with every save, whatever is saved. */
const RESTLESS: ReadonlySet<string> = new Set(['updated_at', 'updated_by', 'version'])

/** A roll-up names records that refer here, something that can be made of them, and a condition that stays true by itself. */
export function checkRollUp(
  component: FieldComponent,
  object: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  const { via = '', fn, searchable, where } = component.definition
  if (searchable !== undefined) {
    const [en, zh] = ['Nobody searches for a roll-up', '汇总字段不参与搜索']
    problems.add(component, 'inert', 'searchable', en, zh)
  }
  const relationship = object.relationships.get(via)
  const child = relationship && model.objects.get(relationship.object)
  if (!child) {
    problems.addMissing(component, 'via', 'relationship', via, object.relationships.keys())
    return
  }
  if (fn !== undefined) checkSource(component, fn, child, problems)
  if (where !== undefined) checkWhere(component, child, model, problems)
}

function checkSource(
  component: FieldComponent,
  fn: RollUpFunction,
  child: ObjectModel,
  problems: ProblemList,
): void {
  const { field: name } = component.definition
  if (fn === 'count') {
    if (name === undefined) return
    const [en, zh] = ['A count is of records and has no field', '计数针对记录，无需字段']
    problems.add(component, 'not_allowed_here', 'field', en, zh)
    return
  }
  if (name === undefined) {
    const [en, zh] = [`Say of which field of ${child.name}`, `请指明 ${child.name} 的字段`]
    problems.add(component, 'missing_key', 'field', en, zh)
    return
  }
  const source = requireField(child, component, 'field', name, problems)
  if (!source || isRefused(component, 'field', source, problems)) return
  const isRolledUp = source.type.name === 'roll_up' && !source.rollUp
  if (isRolledUp || (MEASURED[fn].includes(source.type.expressionType) && !source.values)) return
  problems.add(
    component,
    'wrong_type',
    'field',
    `"${name}" is ${source.type.name}: there is no ${fn} of it`,
    `“${name}”的类型是 ${source.type.name}，无法进行 ${fn} 汇总`,
  )
}

/** A value that changes without its record being saved, or with every save, would leave the roll-up stale. */
function isRefused(
  component: FieldComponent,
  path: string,
  { name, isVirtual }: FieldModel,
  problems: ProblemList,
): boolean {
  if (isVirtual === true) {
    problems.add(
      component,
      'goes_stale',
      path,
      `"${name}" is computed as it is read: store the formula to roll it up`,
      `“${name}”为实时计算，汇总前请将该公式设为存储`,
    )
  } else if (RESTLESS.has(name)) {
    problems.add(
      component,
      'not_allowed_here',
      path,
      `"${name}" changes with every save and cannot be rolled up`,
      `“${name}”每次保存都会变化，不能用于汇总`,
    )
  } else return false
  return true
}

function checkWhere(
  component: FieldComponent,
  child: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  const { where } = component.definition
  requireExpression(
    model,
    child,
    { ...component, path: 'where', use: 'query', expected: 'boolean' },
    where,
    problems,
  )
  if (typeof where === 'boolean' || where === null) {
    problems.add(component, 'inert', 'where', 'A constant decides nothing', '常量条件不起作用')
  }
  const { fields, relationships, user, timeDependent } = expressionReferences(where as Expression)
  for (const path of fields) {
    const field = child.fields.get(path)
    if (field) isRefused(component, 'where', field, problems)
    else if (path.includes('.')) {
      problems.add(
        component,
        'crosses_relation',
        'where',
        `"${path}" is on another record: the condition reads the fields of ${child.name} only`,
        `“${path}”在另一条记录上：条件只能读取 ${child.name} 自己的字段`,
      )
    }
  }
  const isFleeting = user.length > 0 || relationships.length > 0 || timeDependent
  if (!isFleeting) return
  problems.add(
    component,
    'goes_stale',
    'where',
    'The condition may not ask for the time, the user or other records: nothing would be saved when the answer changes',
    '条件不能使用当前时间、当前用户或其他记录：结果变化时不会有任何保存动作',
  )
}
