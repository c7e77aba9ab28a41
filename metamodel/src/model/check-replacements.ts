import type { Component } from '../kinds/index.ts'
import { requireRecordType } from './check-references.ts'
import type { FieldModel, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** What takes the place of old values is a value of the field, and what is replaced is none of them. */
export function checkReplacements(
  component: Component<'field'>,
  field: FieldModel,
  problems: ProblemList,
): void {
  const codes = field.values?.map((value) => value.code)
  for (const [old, next] of Object.entries(component.definition.replaced_values ?? {})) {
    const place = `replaced_values.${old}`
    if (codes?.includes(old)) addStillThere(component, place, old, problems)
    const parsed = next === '' ? undefined : field.type.parseText(next, field.options)
    if (parsed && 'fault' in parsed) {
      problems.add(
        component,
        parsed.fault.code,
        place,
        parsed.fault.message['en-US'],
        parsed.fault.message['zh-CN'],
      )
    }
  }
}

/** What takes the place of old record types is one that the object has, and what is replaced is none of them. */
export function checkReplacedTypes(
  component: Component<'object'>,
  object: ObjectModel,
  problems: ProblemList,
): void {
  const { replaced_record_types: replaced = {} } = component.definition
  for (const [old, next] of Object.entries(replaced)) {
    const path = `replaced_record_types.${old}`
    if (object.recordTypes.some(({ name }) => name === old)) {
      addStillThere(component, path, old, problems)
    }
    if (next !== '') requireRecordType(object, component, { path, name: next }, problems)
  }
}

function addStillThere(
  component: Component,
  path: string,
  old: string,
  problems: ProblemList,
): void {
  const [en, zh] = [`"${old}" is still one of the values`, `“${old}”仍是可选值之一`]
  problems.add(component, 'contradiction', path, en, zh)
}
