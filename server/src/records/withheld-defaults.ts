import { isShown, readsOnly } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import type { SavePlan } from './save-plan.ts'

/**
 * The fields that are left empty although a default would fill them: the saver is shown them, but may not read
 * everything that the default is made of, and would be told it by their own record.
 */
export function withheldDefaults({ release, actor }: Reader, plan: SavePlan): ReadonlySet<string> {
  const { model } = release
  const { rights, locale, permissionSets } = actor
  const reader = { rights, locale, permissionSets }
  const withheld = plan.stored.filter((field) => {
    const { default: value, default_from: follows } = field.definition
    if (!isShown(rights.field(field))) return false
    const source = follows === undefined ? undefined : { var: follows.field }
    return [value, source].some((one) => !readsOnly(model, plan.object, one, reader))
  })
  return new Set(withheld.map((field) => field.name))
}
