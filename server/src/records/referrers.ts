import type { FieldModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'

/** Fields of any object that refer to an object. */
export function referrers(context: WriteContext, target: string): FieldModel[] {
  return [...context.release.model.objects.values()].flatMap((object) =>
    [...object.fields.values()].filter(
      (field) => field.target === target && (!field.isSystem || field.name === 'owner'),
    ),
  )
}
