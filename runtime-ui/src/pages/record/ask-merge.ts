import type { DescribedObject } from '@trellis/metamodel'
import { shallowRef } from 'vue'

/** Records of which somebody means to make one; drawn by `MergeHost`. */
export const mergeQuestion = shallowRef<{ object: string; ids: readonly string[] }>()

/** Whether the caller may merge records of an object at all; the server judges each of them. */
export function mayMerge({ access }: DescribedObject): boolean {
  return access.edit && access.delete
}
