import {
  checkExpression, describeExpression, type Expression, type ExpressionProblem, type ExpressionScope, type ExpressionType, objectScope,
} from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'

import { useDraft } from '../draft/draft-store.ts'
import { useObject, useWords } from './use-words.ts'

/** An expression read live: what it says, and what is wrong with it. */
export interface ReadExpression {
  text: ComputedRef<string>
  problems: ComputedRef<readonly ExpressionProblem[]>
}

export interface ExpressionPlace {
  expression: Expression | undefined
  object: string
  isSaving: boolean
  expected?: ExpressionType | undefined
}

/** Reads an expression against the draft's model while it is being edited. */
export function useExpression(place: () => ExpressionPlace): ReadExpression {
  const draft = useDraft()
  const words = useWords()
  const model = useObject(() => place().object)

  const scope = computed<ExpressionScope | undefined>(() => {
    if (!model.value) return undefined
    const own = objectScope(draft.model, model.value, place().isSaving)
    return { ...own, field: (path) => labelled(own, path) }
  })

  function labelled(own: ExpressionScope, path: string): ReturnType<ExpressionScope['field']> {
    const field = own.field(path)
    return field && { ...field, label: words.path(place().object, path) }
  }

  const problems = computed(() => {
    const { expression, expected } = place()
    if (expression === undefined || !scope.value) return []
    return checkExpression(expression, scope.value, expected)
  })
  const text = computed(() => {
    const { expression } = place()
    if (expression === undefined || !scope.value || problems.value.length > 0) return ''
    return describeExpression(expression, scope.value, words.locale.value)
  })
  return { text, problems }
}
