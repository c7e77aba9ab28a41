import { isMoney, type ObjectModel, resolveFieldPath } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import { isReadable } from './field-path.ts'

/**
 * The currencies of the amounts at some paths, as far as the reader may know them, to be read with them: `currency` of
 * `amount`, `account.currency` of `account.credit`. None that is there already.
 */
export function currencyPaths(
  reader: Reader,
  object: ObjectModel,
  paths: readonly string[],
): string[] {
  const { objects } = reader.release.model
  const found = paths.flatMap((path) => {
    const resolved = resolveFieldPath(objects, object, path)
    const currency = resolved && objects.get(resolved.field.object)?.money?.currency
    if (!currency || !isMoney(resolved.field) || !isReadable(reader, currency)) return []
    return [[...path.split('.').slice(0, -1), currency.name].join('.')]
  })
  return [...new Set(found)].filter((path) => !paths.includes(path))
}
