import type { Component } from '../kinds/index.ts'
import type { FieldModel } from './model.ts'
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
    if (codes?.includes(old)) {
      problems.add(
        component,
        'contradiction',
        place,
        `"${old}" is still one of the values`,
        `“${old}”仍是可选值之一`,
      )
    }
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
