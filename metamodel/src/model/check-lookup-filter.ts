import { type Expression, expressionReferences } from '../expression/index.ts'
import type { Component } from '../kinds/index.ts'
import { requireExpression } from './check-references.ts'
import { filterOfRecord, RECORD_PREFIX } from './lookup-filter.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** A lookup filter holds against both records that it reads, and says something of the one that is looked up. */
export function checkLookupFilter(
  component: Component<'field'>,
  { object, field }: { object: ObjectModel; field: FieldModel },
  model: Model,
  problems: ProblemList,
): void {
  const condition = filterOfRecord(field)
  if (condition === undefined) return
  const path = 'lookup_filter.where'
  const at = { ...component, path, use: 'record', expected: 'boolean' } as const
  requireExpression(model, object, at, condition, problems)
  const named = expressionReferences(component.definition.lookup_filter?.where as Expression).fields
  if (!named.some((one) => !one.startsWith('$'))) {
    problems.add(
      component,
      'inert',
      path,
      'Reads no field of the record that is looked up',
      '未读取被关联记录的任何字段',
    )
  }
  for (const one of named) {
    // A form has the fields of its own record; of another it has but the name.
    if (!one.startsWith(RECORD_PREFIX) || one.split('.').length === 2) continue
    problems.add(
      component,
      'crosses_relation',
      path,
      `"${one}" is on another record: of this record only its own fields may be read`,
      `“${one}”在另一条记录上：只能读取本记录自己的字段`,
    )
  }
}
