import { describeExpression, type Expression, resolveFieldPath } from '@trellis/metamodel'

import { useDraft } from '../draft/draft-store.ts'
import { useWords } from './use-words.ts'

/**
 * Tells conditions on the records of an object in a sentence, in the words of the draft; undefined for what is none or
 * names what is not there.
 */
export function useConditionText(): (object: string, condition: unknown) => string | undefined {
  const draft = useDraft()
  const words = useWords()
  return (name, condition) => {
    const object = draft.model.objects.get(name)
    if (typeof condition !== 'object' || condition === null || !object) return undefined
    try {
      return describeExpression(condition as Expression, {
        locale: words.locale.value,
        label: (path) => words.path(name, path),
        valueLabel: (path, code) => {
          const field = resolveFieldPath(draft.model.objects, object, path)?.field
          const value = field?.values?.find((one) => one.code === code)
          return value && words.say(value.label, code)
        },
      })
    } catch {
      return undefined
    }
  }
}
