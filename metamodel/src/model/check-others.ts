import type { Component, ObjectRights } from '../kinds/index.ts'
import {
  requireDistinct,
  requireExpression,
  requireField,
  requireObject,
  requirePath,
  requireRecordType,
} from './check-references.ts'
import { checkMeasure } from './check-screens.ts'
import { PLATFORM_APP } from './corporate-currency.ts'
import type { Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** A menu leads somewhere. */
export function checkApp(component: Component<'app'>, model: Model, problems: ProblemList): void {
  checkCorporateCurrency(component, problems)
  for (const [index, item] of (component.definition.navigation ?? []).entries()) {
    const path = `navigation.${index}`
    if ('object' in item) requireObject(model, component, `${path}.object`, item.object, problems)
    else if (!model.dashboards.has(item.dashboard)) {
      problems.addMissing(
        component,
        `${path}.dashboard`,
        'dashboard',
        item.dashboard,
        model.dashboards.keys(),
      )
    }
  }
}

/** There is one currency of the organization, and one place that says which. */
function checkCorporateCurrency(component: Component<'app'>, problems: ProblemList): void {
  const { corporate_currency: code } = component.definition
  if (code === undefined) return
  const path = 'corporate_currency'
  if (component.name !== PLATFORM_APP) {
    const [en, zh] = [`Only the app ${PLATFORM_APP} says it`, `只能在应用 ${PLATFORM_APP} 中设置`]
    problems.add(component, 'not_allowed_here', path, en, zh)
  } else if (!Intl.supportedValuesOf('currency').includes(code)) {
    const [en, zh] = ['is no currency of ISO 4217', '不是 ISO 4217 货币代码']
    problems.add(component, 'unknown_value', path, `"${code}" ${en}`, `“${code}”${zh}`)
  }
}

/** A permission set names objects and fields that exist. */
export function checkPermissionSet(
  component: Component<'permission_set'>,
  model: Model,
  problems: ProblemList,
): void {
  for (const [name, rights] of Object.entries(component.definition.objects ?? {})) {
    const object = requireObject(model, component, `objects.${name}`, name, problems)
    if (object) checkNames(object, component, rights, problems)
    if (WRITING.some((right) => rights[right] === true) && rights.read !== true) {
      problems.add(
        component,
        'inert',
        `objects.${name}`,
        'Other rights need the right to read',
        '其他权限需要先有读取权限',
      )
    }
  }
  for (const [index, app] of (component.definition.apps ?? []).entries()) {
    if (!model.apps.has(app)) {
      problems.add(
        component,
        'unknown_app',
        `apps.${index}`,
        `There is no app "${app}"`,
        `应用“${app}”不存在`,
      )
    }
  }
}

const WRITING = ['create', 'edit', 'delete', 'transfer', 'export'] as const

/** The fields and record types that rights over an object name. */
function checkNames(
  object: ObjectModel,
  at: Component<'permission_set'>,
  { fields = {}, reveal = [], record_types: types = [] }: ObjectRights,
  problems: ProblemList,
): void {
  const of = `objects.${object.name}`
  for (const field of Object.keys(fields)) {
    requireField(object, at, `${of}.fields.${field}`, field, problems)
  }
  for (const [index, field] of reveal.entries()) {
    requireField(object, at, `${of}.reveal.${index}`, field, problems)
  }
  for (const [index, name] of types.entries()) {
    requireRecordType(object, at, { path: `${of}.record_types.${index}`, name }, problems)
  }
}

/** Roles form a tree. */
export function checkRole(component: Component<'role'>, model: Model, problems: ProblemList): void {
  const { parent } = component.definition
  if (parent !== undefined && !model.roles.has(parent)) {
    problems.addMissing(component, 'parent', 'role', parent, model.roles.keys())
  }
  const seen = new Set([component.name])
  let at = parent
  while (at !== undefined) {
    if (seen.has(at)) {
      if (at === component.name) {
        problems.add(component, 'circular', 'parent', 'Roles form a circle', '角色形成循环')
      }
      return
    }
    seen.add(at)
    at = model.roles.get(at)?.parent
  }
}

/** Every tile measures something that exists. */
export function checkDashboard(
  component: Component<'dashboard'>,
  model: Model,
  problems: ProblemList,
): void {
  requireDistinct(
    component,
    'tiles',
    component.definition.tiles.map((tile) => tile.name),
    problems,
  )
  for (const [index, tile] of component.definition.tiles.entries()) {
    const path = `tiles.${index}`
    const object = requireObject(model, component, `${path}.object`, tile.object, problems)
    if (!object) continue
    checkMeasure(
      component,
      model,
      object,
      { path: `${path}.measure.field`, measure: tile.measure },
      problems,
    )
    if (tile.where !== undefined) {
      requireExpression(
        model,
        object,
        { ...component, path: `${path}.where`, expected: 'boolean' },
        tile.where,
        problems,
      )
    }
    for (const [at, group] of (tile.group_by ?? []).entries()) {
      requirePath(
        model,
        object,
        { ...component, path: `${path}.group_by.${at}.field` },
        group.field,
        problems,
      )
    }
    if (tile.type !== 'number' && (tile.group_by ?? []).length === 0) {
      problems.add(
        component,
        'missing_key',
        `${path}.group_by`,
        'A chart needs to know what it groups by',
        '图表需要分组字段',
      )
    }
  }
}

/** A template reads lists and fields that exist. Its text is parsed where Handlebars is at hand. */
export function checkTemplate(
  component: Component<'template'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = requireObject(model, component, 'object', component.definition.object, problems)
  for (const [index, related] of (component.definition.related ?? []).entries()) {
    const path = `related.${index}`
    const relationship = object?.relationships.get(related.relationship)
    if (object && !relationship) {
      problems.addMissing(
        component,
        `${path}.relationship`,
        'relationship',
        related.relationship,
        object.relationships.keys(),
      )
    }
    const child = relationship && model.objects.get(relationship.object)
    if (child) {
      related.fields.forEach((field, at) =>
        requirePath(model, child, { ...component, path: `${path}.fields.${at}` }, field, problems),
      )
    }
  }
}
