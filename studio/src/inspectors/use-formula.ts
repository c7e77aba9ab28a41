import {
  checkFormula,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type FormulaCheck,
  objectScope,
  resolveFieldPath,
  resultType,
  USER_PREFIX,
} from '@trellis/metamodel'
import { computed, type ComputedRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useDraft } from '../draft/draft-store.ts'
import { settled } from '../draft/settled.ts'
import type { CompletionWords } from './formula-completions.ts'
import { useExpression } from './use-expression.ts'
import { useObject, useWords } from './use-words.ts'

/** A formula read live: what it is, what is wrong with it, and what may be typed. */
export interface ReadFormula {
  check: ShallowRef<FormulaCheck | undefined>
  /** What it says, in words. */
  sentence: ComputedRef<string>
  completionWords: CompletionWords
}

export interface FormulaPlace {
  object: string
  text: string
  /** The type that the field is to have. */
  result: string
}

const DELAY = 120

/** Reads a formula against the draft's model while it is typed. */
export function useFormula(place: () => FormulaPlace): ReadFormula {
  const draft = useDraft()
  const words = useWords()
  const { t, te } = useI18n()
  const model = useObject(() => place().object)

  const scope = computed<ExpressionScope | undefined>(() => {
    if (!model.value) return undefined
    const plain = objectScope(draft.model, model.value, 'record')
    return {
      ...plain,
      // What people have made is meant more often than what every record has.
      fieldNames: (parent) =>
        (plain.fieldNames?.(parent) ?? []).toSorted((a, b) => rank(a) - rank(b)),
      field: (path) => {
        const field = plain.field(path)
        return field && { ...field, label: labelOf(path) }
      },
    }
  })

  function labelOf(path: string): string {
    if (!path.startsWith(USER_PREFIX)) return words.path(place().object, path)
    const key = `studio.user_field.${path.slice(USER_PREFIX.length)}`
    return te(key) ? t(key) : path
  }

  const fieldAt = (path: string): ReturnType<typeof resolveFieldPath> =>
    model.value && resolveFieldPath(draft.model.objects, model.value, path)

  const rank = (path: string): number => Number(fieldAt(path)?.field.isSystem === true)

  const check = settled(
    () => ({ ...place(), scope: scope.value }),
    ({ text, result, scope: known }) => {
      if (!known || text.trim() === '') return undefined
      const expected: ExpressionType | undefined = draft.fieldTypes.get(result)?.expressionType
      return checkFormula(text, known, expected)
    },
    { delay: DELAY },
  )

  const { text: sentence } = useExpression(() => ({
    expression: (check.value?.expression ?? undefined) as Expression | undefined,
    object: place().object,
    isSaving: false,
  }))

  return {
    check,
    sentence,
    completionWords: {
      scope: () => scope.value,
      describe: ({ description }) => words.say(description),
      typeName: ({ path, type }) => {
        const found = fieldAt(path)
        return found
          ? words.fieldType(resultType(found.field.type))
          : t(`studio.value_type.${type}`)
      },
      isReference: (path) => fieldAt(path)?.field.target !== undefined,
    },
  }
}
