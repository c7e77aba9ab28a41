import type { Component, Measure } from '../kinds/index.ts'
import {
  ownObject,
  requireDistinct,
  requireExpression,
  requireField,
  requirePath,
  requireRecordType,
} from './check-references.ts'
import type { Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** Every field of a layout exists, each once. */
export function checkLayout(
  component: Component<'page_layout'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  for (const [index, name] of (component.definition.permission_sets ?? []).entries()) {
    if (!model.permissionSets.has(name)) {
      problems.addMissing(
        component,
        `permission_sets.${index}`,
        'permission_set',
        name,
        model.permissionSets.keys(),
      )
    }
  }
  for (const [index, name] of (component.definition.record_types ?? []).entries()) {
    requireRecordType(object, component, { path: `record_types.${index}`, name }, problems)
  }
  const { sections } = component.definition
  requireDistinct(
    component,
    'sections',
    sections.map((section) => section.name),
    problems,
  )
  requireDistinct(
    component,
    'sections',
    sections.flatMap((section) => section.fields.map((field) => field.field)),
    problems,
  )
  for (const [at, section] of sections.entries()) {
    const path = `sections.${at}`
    if (section.visible_when !== undefined) {
      requireExpression(
        model,
        object,
        { ...component, path: `${path}.visible_when`, use: 'record', expected: 'boolean' },
        section.visible_when,
        problems,
      )
    }
    for (const [index, field] of section.fields.entries()) {
      const place = `${path}.fields.${index}`
      requireField(object, component, `${place}.field`, field.field, problems)
      if (field.visible_when !== undefined) {
        requireExpression(
          model,
          object,
          { ...component, path: `${place}.visible_when`, use: 'record', expected: 'boolean' },
          field.visible_when,
          problems,
        )
      }
    }
  }
}

/** Columns, sort keys and the filter of a list view exist; a board groups by a picklist. */
export function checkListView(
  component: Component<'list_view'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  const { columns, sort, where, board, display, scope } = component.definition
  columns.forEach((column, index) =>
    requirePath(model, object, { ...component, path: `columns.${index}` }, column, problems),
  )
  requireDistinct(component, 'columns', columns, problems)
  for (const [index, key] of (sort ?? []).entries()) {
    checkSort(component, model, object, { path: `sort.${index}.field`, field: key.field }, problems)
  }
  if (where !== undefined) {
    requireExpression(
      model,
      object,
      { ...component, path: 'where', expected: 'boolean' },
      where,
      problems,
    )
  }
  if (scope === 'mine' && !object.fields.has('owner')) {
    problems.add(
      component,
      'no_owner',
      'scope',
      'Details have no owner of their own',
      '从对象没有自己的负责人',
    )
  }
  if (display === 'board' && !board) {
    problems.add(
      component,
      'missing_key',
      'board',
      'A board needs to know what it groups by',
      '看板需要设置分组字段',
    )
  }
  if (board) checkBoard(component, model, object, board, problems)
}

function checkSort(
  component: Component<'list_view' | 'record_page'>,
  model: Model,
  object: ObjectModel,
  at: { path: string; field: string },
  problems: ProblemList,
): void {
  const found = requirePath(model, object, { ...component, path: at.path }, at.field, problems)
  if (found && !found.field.type.isSortable) {
    problems.add(
      component,
      'not_sortable',
      at.path,
      `"${at.field}" cannot be sorted by`,
      `不能按“${at.field}”排序`,
    )
  }
}

function checkBoard(
  component: Component<'list_view'>,
  model: Model,
  object: ObjectModel,
  board: NonNullable<Component<'list_view'>['definition']['board']>,
  problems: ProblemList,
): void {
  const group = requireField(object, component, 'board.group_by', board.group_by, problems)
  if (group && group.type.name !== 'picklist') {
    problems.add(
      component,
      'wrong_type',
      'board.group_by',
      'A board groups by a picklist',
      '看板只能按单选字段分组',
    )
  }
  board.card_fields?.forEach((path, index) =>
    requirePath(
      model,
      object,
      { ...component, path: `board.card_fields.${index}` },
      path,
      problems,
    ),
  )
  if (board.sum !== undefined) {
    checkMeasure(
      component,
      model,
      object,
      { path: 'board.sum', measure: { fn: 'sum', field: board.sum } },
      problems,
    )
  }
}

/** Relationships, columns and facts of a 360° page exist. */
export function checkRecordPage(
  component: Component<'record_page'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  const { highlights, facts, tabs } = component.definition
  highlights?.forEach((name, index) =>
    requireField(object, component, `highlights.${index}`, name, problems),
  )
  requireDistinct(
    component,
    'tabs',
    tabs.map((tab) => tab.name),
    problems,
  )
  requireDistinct(
    component,
    'facts',
    (facts ?? []).map((fact) => fact.name),
    problems,
  )
  for (const [index, fact] of (facts ?? []).entries()) {
    const child = requireChild(
      component,
      model,
      object,
      { path: `facts.${index}`, relationship: fact.relationship },
      problems,
    )
    if (!child) continue
    checkMeasure(
      component,
      model,
      child,
      { path: `facts.${index}.measure.field`, measure: fact.measure },
      problems,
    )
    if (fact.where !== undefined) {
      requireExpression(
        model,
        child,
        { ...component, path: `facts.${index}.where`, expected: 'boolean' },
        fact.where,
        problems,
      )
    }
  }
  for (const [t, tab] of tabs.entries()) {
    for (const [c, part] of tab.components.entries()) {
      if (part.type === 'related_list') {
        checkRelatedList(
          component,
          model,
          object,
          { path: `tabs.${t}.components.${c}`, list: part },
          problems,
        )
      }
    }
  }
}

type RelatedListPart = Extract<
  Component<'record_page'>['definition']['tabs'][number]['components'][number],
  { type: 'related_list' }
>

function checkRelatedList(
  component: Component<'record_page'>,
  model: Model,
  object: ObjectModel,
  at: { path: string; list: RelatedListPart },
  problems: ProblemList,
): void {
  const { path, list } = at
  const child = requireChild(
    component,
    model,
    object,
    { path, relationship: list.relationship },
    problems,
  )
  if (!child) return
  list.columns?.forEach((column, index) =>
    requirePath(model, child, { ...component, path: `${path}.columns.${index}` }, column, problems),
  )
  for (const [index, key] of (list.sort ?? []).entries()) {
    checkSort(
      component,
      model,
      child,
      { path: `${path}.sort.${index}.field`, field: key.field },
      problems,
    )
  }
  if (list.where !== undefined) {
    requireExpression(
      model,
      child,
      { ...component, path: `${path}.where`, expected: 'boolean' },
      list.where,
      problems,
    )
  }
  if (list.total) {
    checkMeasure(
      component,
      model,
      child,
      { path: `${path}.total.field`, measure: list.total },
      problems,
    )
  }
}

function requireChild(
  component: Component,
  model: Model,
  object: ObjectModel,
  at: { path: string; relationship: string },
  problems: ProblemList,
): ObjectModel | undefined {
  const relationship = object.relationships.get(at.relationship)
  if (!relationship) {
    problems.addMissing(
      component,
      `${at.path}.relationship`,
      'relationship',
      at.relationship,
      object.relationships.keys(),
    )
  }
  return relationship && model.objects.get(relationship.object)
}

/** A measure names a field that its function can work on; only `count` needs none. */
export function checkMeasure(
  component: Pick<Component, 'kind' | 'name'>,
  model: Model,
  object: ObjectModel,
  /** Where the measured field stands. */
  at: { path: string; measure: Measure },
  problems: ProblemList,
): void {
  const { fn, field } = at.measure
  if (fn === 'count') return
  if (field === undefined) {
    problems.add(component, 'missing_key', at.path, `${fn} needs a field`, `${fn} 需要指定字段`)
    return
  }
  const found = requirePath(model, object, { ...component, path: at.path }, field, problems)
  const type = found?.field.type.expressionType
  const isOrdered = (fn === 'min' || fn === 'max') && (type === 'date' || type === 'datetime')
  if (found && type !== 'number' && !isOrdered) {
    problems.add(component, 'wrong_type', at.path, `${fn} needs a number`, `${fn} 需要数字字段`)
  }
}
