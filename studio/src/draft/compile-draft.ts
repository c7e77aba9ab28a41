import { compileModel, type FieldTypes, type Model, type Problem } from '@trellis/metamodel'

import { componentsOf, type Draft, type DraftComponent, keyOf } from './draft.ts'

/** What the draft comes to. */
export interface CompiledDraft {
  /** The draft as a model. While it has errors: without the faulty edits, so that the editors still have ground. */
  model: Model
  problems: readonly Problem[]
}

const MOST_ROUNDS = 6

/**
 * Compiles the draft with the same function by which the server judges it. Every problem is of the draft as
 * it is; a faulty component stands in the model as it is live, or not at all if it is new.
 */
export function compileDraft(draft: Draft, fieldTypes: FieldTypes): CompiledDraft {
  let components = componentsOf(draft)
  const first = compileModel(components, fieldTypes)
  let { model, problems } = first
  for (let round = 0; model === undefined && round < MOST_ROUNDS; round++) {
    components = withoutFaulty(draft, components, problems)
    ;({ model, problems } = compileModel(components, fieldTypes))
  }
  return { model: model ?? emptyModel(fieldTypes), problems: first.problems }
}

function withoutFaulty(
  draft: Draft,
  components: readonly DraftComponent[],
  problems: readonly Problem[],
): DraftComponent[] {
  const faulty = new Set(
    problems.filter((one) => one.severity === 'error').map((one) => `${one.kind} ${one.name}`),
  )
  return components.flatMap((component): DraftComponent[] => {
    const key = keyOf(component.kind, component.name)
    if (!faulty.has(key)) return [component]
    const released = draft.released.get(key)
    return component.state === 'changed' && released
      ? [{ ...released, state: 'released' } as DraftComponent]
      : []
  })
}

function emptyModel(fieldTypes: FieldTypes): Model {
  const { model } = compileModel([], fieldTypes)
  if (!model) throw new Error('An empty draft does not compile')
  return model
}

/** The problems of one component. */
export function problemsOf(problems: readonly Problem[], kind: string, name: string): Problem[] {
  return problems.filter((problem) => problem.kind === kind && problem.name === name)
}

/** The problems at a property of a definition or below it. */
export function problemsAt(problems: readonly Problem[], path: string): Problem[] {
  return problems.filter((problem) => problem.path === path || problem.path.startsWith(`${path}.`))
}
