import type { Model } from '@trellis/metamodel'

/**
 * The object whose fields the parts of a definition name: the one that `object` or `relationship` beside them
 * leads to, otherwise that of the whole.
 */
export function contextObject(model: Model, outer: string, value: unknown): string {
  const { object, relationship } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Record<string, unknown>
  if (typeof object === 'string' && object !== '') return object
  if (typeof relationship !== 'string') return outer
  return model.objects.get(outer)?.relationships.get(relationship)?.object ?? outer
}
