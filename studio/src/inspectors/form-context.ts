import type { Component, FieldModel, Problem } from '@trellis/metamodel'
import { inject, type InjectionKey } from 'vue'

import type { KindForm } from './kind-forms.ts'

/** What every part of a form knows of the whole. */
export interface FormContext {
  form: KindForm
  problems: readonly Problem[]
  /** The whole of what is edited. */
  definition: Readonly<Record<string, unknown>>
  /** The field that the definition describes, in the form of a field. */
  field: FieldModel | undefined
  /** What the form describes, if it stands in the draft. */
  component: Pick<Component, 'kind' | 'name'> | undefined
  /** Properties that can no longer be changed. */
  fixed: ReadonlySet<string>
  /** Conditions are about a record that is being saved. */
  isSaving: boolean
}

export const formContextKey: InjectionKey<() => FormContext> = Symbol('formContext')

export function useFormContext(): () => FormContext {
  return inject(formContextKey, () => ({
    form: { groups: [], widgets: {} },
    problems: [],
    definition: {},
    field: undefined,
    component: undefined,
    fixed: new Set(),
    isSaving: false,
  }))
}
