import { describeExpression, type Expression, expressionReferences } from '../expression/index.ts'
import { type Locale, localize } from '../localized-text.ts'
import { objectScope, resolveFieldPath } from './field-path.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'

/** How a lookup filter names the record that has the lookup; its other names are of the record that is looked up. */
export const RECORD_PREFIX = '$record.'
const USER_PREFIX = '$user.'

/** A lookup filter as a condition on the record that has the lookup: `account` is `contact.account`, `$record.account` is `account`. */
export function filterOfRecord({ name, definition }: FieldModel): Expression | undefined {
  const where = definition.lookup_filter?.where
  if (where === undefined) return undefined
  return renamed(where, (path) => {
    if (path.startsWith(RECORD_PREFIX)) return path.slice(RECORD_PREFIX.length)
    return path.startsWith(USER_PREFIX) ? path : `${name}.${path}`
  }) as Expression
}

/** The fields of the record itself that decide what its lookup may lead to. */
export function controllingFields(field: FieldModel): string[] {
  const where = filterOfRecord(field)
  if (where === undefined) return []
  return expressionReferences(where).fields.filter((path) => !path.includes('.'))
}

/** A part of an expression with other names in the place of its own. */
function renamed(part: unknown, rename: (path: string) => string): unknown {
  if (Array.isArray(part)) return part.map((one) => renamed(one, rename))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      const [name] = [value].flat()
      const isName = key === 'var' && typeof name === 'string'
      return [key, isName ? rename(name) : renamed(value, rename)]
    }),
  )
}

/** Why a look-up offers only some records, in words: what the filter's author says, or what it asks. */
export function describeLookupFilter(
  model: Pick<Model, 'objects'>,
  object: ObjectModel,
  field: FieldModel,
  locale: Locale,
): string {
  const { message } = field.definition.lookup_filter ?? {}
  if (message !== undefined) return localize(message, locale)
  const where = filterOfRecord(field)
  if (where === undefined) return ''
  const at = (path: string): FieldModel | undefined =>
    resolveFieldPath(model.objects, object, path)?.field
  const scope = objectScope(model, object, 'record')
  return describeExpression(where, {
    locale,
    label: (path) => labelOf(locale, path, at(path)),
    valueLabel: (path, code) => {
      if (scope.field(path) === undefined) return undefined
      const value = at(path)?.values?.find((one) => one.code === code)
      return value && localize(value.label, locale, code)
    },
  })
}

function labelOf(locale: Locale, path: string, field: FieldModel | undefined): string {
  const label = localize(field?.label, locale, path)
  if (path.includes('.')) return label
  return locale === 'zh-CN' ? `本记录的${label}` : `this record's ${label}`
}
