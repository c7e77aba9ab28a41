import type { Component } from '../kinds/index.ts'
import { ownObject, requireDistinct, requireField } from './check-references.ts'
import type { FieldModel, Model } from './model.ts'
import { RECORD_TYPE } from './model.ts'
import type { ProblemList } from './problems.ts'

/** A record type names picklists of its object and values that they have; one type of an object is the default. */
export function checkRecordType(
  component: Component<'record_type'>,
  model: Model,
  problems: ProblemList,
): void {
  const object = ownObject(model, component)
  if (!object) return
  const { values = {}, default: isDefault, active } = component.definition
  for (const [name, { codes, default: chosen }] of Object.entries(values)) {
    const path = `values.${name}`
    const field = requireField(object, component, path, name, problems)
    if (!field) continue
    if (!hasChosenValues(field)) {
      const [en, zh] = ['Only picklists have values to choose from', '只有选项字段可以限定可选值']
      problems.add(component, 'wrong_type', path, en, zh)
      continue
    }
    const known = (field.values ?? []).map(({ code }) => code)
    for (const [index, code] of codes.entries()) {
      if (known.includes(code)) continue
      problems.addMissing(component, `${path}.codes.${index}`, 'value', code, known)
    }
    requireDistinct(component, `${path}.codes`, codes, problems)
    if (chosen !== undefined && !codes.includes(chosen)) {
      problems.addMissing(component, `${path}.default`, 'value', chosen, codes)
    }
  }
  if (isDefault !== true) return
  if (active === false) {
    problems.add(
      component,
      'inert',
      'default',
      'A type that is not to be chosen cannot be the default',
      '已停用的记录类型不能作为默认',
    )
  }
  const others = object.recordTypes.filter(
    ({ fullName, definition }) => fullName !== component.name && definition.default === true,
  )
  if (others.length > 0) {
    problems.add(
      component,
      'duplicate_default',
      'default',
      `${others[0]?.fullName ?? ''} is the default already`,
      `${others[0]?.fullName ?? ''} 已是默认类型`,
    )
  }
}

function hasChosenValues({ type, definition, name }: FieldModel): boolean {
  const isPicklist = type.name === 'picklist' || type.name === 'multi_picklist'
  return isPicklist && definition.values_of_kind === undefined && name !== RECORD_TYPE
}
