import {
  compileEvaluator,
  derivationOrder,
  type Evaluator,
  type Expression,
  expressionReferences,
  type ExpressionType,
  type FieldModel,
  type Model,
  objectScope,
  type ObjectModel,
  type ValidationRuleDefinition,
} from '@trellis/metamodel'

import { releaseCache } from '../query/release-cache.ts'
import type { Release } from '../schema/release.ts'

/** A field and an expression about it, ready to run. */
export interface FieldExpression {
  field: FieldModel
  evaluate: Evaluator
}

/** A validation rule, ready to run. */
export interface PlannedRule {
  name: string
  definition: ValidationRuleDefinition
  evaluate: Evaluator
}

/** Everything of an object that a save needs, compiled once per release. */
export interface SavePlan {
  object: ObjectModel
  /** Fields that have a column, `name` and `owner` included. */
  stored: FieldModel[]
  defaults: FieldExpression[]
  derived: FieldExpression[]
  rules: PlannedRule[]
  requiredWhen: FieldExpression[]
  readOnlyWhen: FieldExpression[]
  /** Paths over relations that rules, conditions and defaults read, e.g. `account.industry`. */
  parentPaths: string[]
  /** Those of them that defaults read. */
  defaultPaths: string[]
}

const plans = releaseCache<SavePlan>('save-plans', 2000)

/** The save plan of an object in a release. */
export function savePlanOf(release: Release, object: ObjectModel): SavePlan {
  return plans(release).get(object.name, () => makePlan(release.model, object))
}

function makePlan(model: Model, object: ObjectModel): SavePlan {
  const fields = [...object.fields.values()]
  const ready = (
    field: FieldModel,
    expression: unknown,
    expected: ExpressionType,
  ): FieldExpression => ({
    field,
    evaluate: compileEvaluator(
      expression as Expression,
      objectScope(model, object, 'save'),
      expected,
    ),
  })
  const conditions = (key: 'required_when' | 'read_only_when'): FieldExpression[] =>
    fields.flatMap((field) =>
      field.definition[key] === undefined ? [] : [ready(field, field.definition[key], 'boolean')],
    )
  const rules = object.validationRules.filter((rule) => rule.definition.active !== false)
  const hasExpression = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const expressions = [
    ...rules.map((rule) => rule.definition.error_if),
    ...fields.flatMap(({ definition }) =>
      [
        definition.required_when,
        definition.read_only_when,
        definition.derive,
        definition.default,
      ].filter(hasExpression),
    ),
  ]
  return {
    object,
    stored: fields.filter(
      (field) => !field.isSystem || field.name === 'owner' || field.name === 'locked',
    ),
    defaults: fields
      .filter((field) => hasExpression(field.definition.default))
      .map((field) => ready(field, field.definition.default, field.type.expressionType)),
    derived: derivationOrder(object).map((field) =>
      ready(field, field.definition.derive, field.type.expressionType),
    ),
    rules: rules.map(({ name, definition }) => ({
      name,
      definition,
      evaluate: compileEvaluator(
        definition.error_if as Expression,
        objectScope(model, object, 'save'),
        'boolean',
      ),
    })),
    requiredWhen: conditions('required_when'),
    readOnlyWhen: conditions('read_only_when'),
    parentPaths: pathsOver(expressions),
    defaultPaths: pathsOver(
      fields.map(({ definition }) => definition.default).filter(hasExpression),
    ),
  }
}

function pathsOver(expressions: readonly unknown[]): string[] {
  const paths = expressions.flatMap((one) => expressionReferences(one as Expression).fields)
  return [...new Set(paths)].filter((path) => path.includes('.'))
}
