import type { FieldTypes } from '../field-types/index.ts'
import type { Component, Definitions, Kind } from '../kinds/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import type { Problem } from '../problem.ts'
import { checkComponents } from './check-components.ts'
import { checkMeaning } from './check-meaning.ts'
import { compileFormulas } from './compile-formulas.ts'
import { compileObjects } from './compile-objects.ts'
import { corporateCurrency } from './corporate-currency.ts'
import type { Model } from './model.ts'
import { ProblemList } from './problems.ts'
import { inOneGo, type Turns } from './turns.ts'

/** What compiling came to: the model if nothing is wrong, and everything that was found. */
export interface Compiled {
  model: Model | undefined
  /**
   * The same as long as every component can be read, even if some would be refused: for what is in force since a version
   * that let it pass.
   */
  standing: Model | undefined
  problems: Problem[]
}

/**
 * Compiles components into the frozen model that everything else interprets. Every problem of every
 * component is found in one go: unknown keys, references to nothing, circular values, duplicate or too
 * long names. Pure: the same function judges a file, a call of the API and an edit in the studio.
 * @example const { model, problems } = compileModel(components, createFieldTypes())
 */
export function compileModel(
  components: readonly RawComponent[],
  fieldTypes: FieldTypes,
): Compiled {
  return inOneGo(compileInTurns(components, fieldTypes))
}

/** The same in many short turns, for those who have others to serve between them. */
export function* compileInTurns(
  components: readonly RawComponent[],
  fieldTypes: FieldTypes,
): Turns<Compiled> {
  const problems = new ProblemList()
  const sound = yield* checkComponents(components, fieldTypes, problems)
  const objects = compileObjects(sound, fieldTypes, problems)
  yield
  yield* compileFormulas({ objects }, problems)
  const model: Model = {
    fieldTypes,
    corporateCurrency: corporateCurrency(sound),
    objects,
    permissionSets: byName(sound, 'permission_set'),
    roles: byName(sound, 'role'),
    apps: byName(sound, 'app'),
    dashboards: byName(sound, 'dashboard'),
    templates: byName(sound, 'template'),
    approvalProcesses: byName(sound, 'approval_process'),
    components: sound,
  }
  const isReadable = !problems.hasErrors
  yield* checkMeaning(model, problems)
  return {
    model: problems.hasErrors ? undefined : model,
    standing: isReadable ? model : undefined,
    problems: problems.all,
  }
}

/** The definitions of one kind by name. */
export function byName<K extends Kind>(
  components: readonly Component[],
  kind: K,
): ReadonlyMap<string, Definitions[K]> {
  const found = components.filter((component): component is Component<K> => component.kind === kind)
  return new Map(found.map((component) => [component.name, component.definition]))
}
