import {
  checkExpression,
  describeExpression,
  type Expression,
  type ExpressionProblem,
  type ExpressionScope,
  type ExpressionType,
  objectScope,
  RECORD_PREFIX,
  resolveFieldPath,
  USER_PREFIX,
} from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useDraft } from '../draft/draft-store.ts'
import { useFormContext } from './form-context.ts'
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
  const context = useFormContext()
  const { t, te } = useI18n()
  const model = useObject(() => place().object)

  function label(path: string): string {
    const key = `studio.user_field.${path.slice(USER_PREFIX.length)}`
    if (path.startsWith(USER_PREFIX)) return te(key) ? t(key) : path
    if (path.startsWith(RECORD_PREFIX)) return ofRecord(path.slice(RECORD_PREFIX.length))
    return words.path(place().object, path)
  }

  /** In a lookup filter: a field of the record that has the lookup. */
  function ofRecord(path: string): string {
    return t('studio.of_record', { field: words.path(context().field?.object ?? '', path) })
  }

  function valueLabel(path: string, code: string): string | undefined {
    const field = model.value && resolveFieldPath(draft.model.objects, model.value, path)?.field
    const value = field?.values?.find((one) => one.code === code)
    return value && words.say(value.label, code)
  }

  function withRecord(scope: ExpressionScope): ExpressionScope {
    const { field } = context()
    const own = draft.model.objects.get(field?.object ?? '')
    if (field?.target !== place().object || !own) return scope
    const record = objectScope(draft.model, own, 'record')
    return {
      ...scope,
      field: (path) =>
        path.startsWith(RECORD_PREFIX)
          ? record.field(path.slice(RECORD_PREFIX.length))
          : scope.field(path),
    }
  }

  const problems = computed(() => {
    const { expression, expected, isSaving } = place()
    if (expression === undefined || !model.value) return []
    return checkExpression(
      expression,
      withRecord(objectScope(draft.model, model.value, isSaving ? 'save' : 'query')),
      expected,
    )
  })
  const text = computed(() => {
    const { expression } = place()
    if (expression === undefined || !model.value || problems.value.length > 0) return ''
    return describeExpression(expression, { locale: words.locale.value, label, valueLabel })
  })
  return { text, problems }
}
