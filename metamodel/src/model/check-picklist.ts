import type { Component } from '../kinds/index.ts'
import { requireDistinct, requireField } from './check-references.ts'
import { CURRENCY, type FieldModel, type Model, type ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

type FieldComponent = Component<'field'>

/** A shared picklist has every value once. */
export function checkPicklist(
  component: Component<'picklist'>,
  model: Model,
  problems: ProblemList,
): void {
  const codes = component.definition.values.map(({ code }) => code)
  requireDistinct(component, 'values', codes, problems)
  if (component.name === CURRENCY) checkCurrencies(component, model, problems)
}

/** The shared picklist `currency` is the list of currencies: codes of ISO 4217, that of the organization among them. */
function checkCurrencies(
  component: Component<'picklist'>,
  { corporateCurrency }: Model,
  problems: ProblemList,
): void {
  const known = new Set(Intl.supportedValuesOf('currency'))
  for (const [index, { code }] of component.definition.values.entries()) {
    if (known.has(code)) continue
    problems.add(
      component,
      'unknown_value',
      `values.${index}.code`,
      `"${code}" is no currency of ISO 4217`,
      `“${code}”不是 ISO 4217 货币代码`,
    )
  }
  const own = component.definition.values.find(({ code }) => code === corporateCurrency)
  if (own && own.active !== false) return
  problems.add(
    component,
    'missing_values',
    'values',
    `${corporateCurrency}, the currency of the organization, must be in use`,
    `组织本位币 ${corporateCurrency} 必须启用`,
  )
}

/** A picklist field has its values from one place, each once, and offers only values that there are. */
export function checkPicklistField(
  component: FieldComponent,
  { object, field }: { object: ObjectModel; field: FieldModel },
  model: Model,
  problems: ProblemList,
): void {
  const { values, values_of: shared, values_of_kind: ofKind } = component.definition
  if (field.type.name !== 'picklist' && field.type.name !== 'multi_picklist') return
  if ([values, shared, ofKind].filter((one) => one !== undefined).length !== 1) {
    problems.add(
      component,
      'missing_values',
      'values',
      'Needs one of values, values_of and values_of_kind',
      '需要 values、values_of、values_of_kind 中的一个',
    )
  }
  if (values?.length === 0) {
    problems.add(
      component,
      'inert',
      'values',
      'A picklist without values does nothing',
      '没有选项的选项列表不起作用',
    )
  }
  if (shared !== undefined) requirePicklist(component, shared, model, problems)
  const codes = (field.values ?? []).map((value) => value.code)
  requireDistinct(component, 'values', codes, problems)
  checkControl(component, object, codes, problems)
}

function requirePicklist(
  component: FieldComponent,
  name: string,
  { components }: Model,
  problems: ProblemList,
): void {
  const known = components.filter(({ kind }) => kind === 'picklist').map((one) => one.name)
  if (!known.includes(name)) problems.addMissing(component, 'values_of', 'picklist', name, known)
}

/** What controls a picklist is a picklist or checkbox of the same object, and in the end not the picklist itself. */
function checkControl(
  component: FieldComponent,
  object: ObjectModel,
  codes: readonly string[],
  problems: ProblemList,
): void {
  const control = component.definition.controlled_by
  if (control === undefined) return
  const path = 'controlled_by.field'
  const field = requireField(object, component, path, control.field, problems)
  if (!field) return
  if (field.type.name !== 'picklist' && field.type.name !== 'checkbox') {
    problems.add(
      component,
      'wrong_type',
      path,
      'Only a picklist or a checkbox can say which values may be chosen',
      '只有选项列表或复选框可以决定可选的值',
    )
    return
  }
  if (isCircle(object, control.field)) {
    problems.add(
      component,
      'circle',
      path,
      'Picklists control each other in a circle',
      '选项列表之间形成了循环依赖',
    )
  }
  const controls = field.values?.map(({ code }) => code) ?? ['true', 'false']
  for (const [value, offered] of Object.entries(control.values)) {
    const at = `controlled_by.values.${value}`
    if (!controls.includes(value)) problems.addMissing(component, at, 'value', value, controls)
    for (const [index, code] of offered.entries()) {
      if (!codes.includes(code)) {
        problems.addMissing(component, `${at}.${index}`, 'value', code, codes)
      }
    }
  }
}

function isCircle({ fields }: ObjectModel, start: string): boolean {
  const seen = new Set<string>()
  for (
    let at: string | undefined = start;
    at !== undefined;
    at = fields.get(at)?.definition.controlled_by?.field
  ) {
    if (seen.has(at)) return true
    seen.add(at)
  }
  return false
}
