import {
  compileEvaluator,
  controllingFields,
  derivationOrder,
  describeLookupFilter,
  type Evaluator,
  type Expression,
  expressionReferences,
  type ExpressionType,
  type FieldModel,
  filterOfRecord,
  formulaValue,
  type Model,
  objectScope,
  type ObjectModel,
  readPaths,
  resolveFieldPath,
  rollUpsOf,
  type ValidationRuleDefinition,
} from '@trellis/metamodel'

import { STORED_TIME_ZONE } from '../conditions/compile-formula.ts'
import type { PlannedDuplicateRule } from '../duplicates/choose-duplicate-rules.ts'
import { message } from '../errors.ts'
import { releaseCache } from '../query/release-cache.ts'
import type { Release } from '../schema/release.ts'
import type { LookupFilter } from '../validation/check-lookup-filters.ts'
import type { Hold } from './read-rows.ts'

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
  /** Those of them that people fill, and lookups of several objects, which rest in columns of their parts. */
  entered: FieldModel[]
  defaults: FieldExpression[]
  derived: FieldExpression[]
  rules: PlannedRule[]
  lookupFilters: LookupFilter[]
  duplicateRules: PlannedDuplicateRule[]
  /** With the condition under which the field is seen, if it has one. */
  requiredWhen: (FieldExpression & { isSeen?: Evaluator })[]
  readOnlyWhen: FieldExpression[]
  /** The virtual formulas that expressions name, by path. */
  formulas: ReadonlyMap<string, FieldModel>
  /** Paths over relations that rules, conditions and defaults read, e.g. `account.industry`. */
  parentPaths: string[]
  /** How parents are held that stored formulas read, by the way to them (`account.`). */
  holds: ReadonlyMap<string, Hold>
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
  const rules = object.validationRules.filter((rule) => rule.definition.active !== false)
  const hasExpression = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const expressions = [
    ...fields.flatMap((field) => filterOfRecord(field) ?? []),
    ...rules.map((rule) => rule.definition.error_if),
    ...object.duplicateRules.map((rule) => rule.definition.when).filter(hasExpression),
    ...fields.flatMap(({ definition }) =>
      [
        definition.required_when,
        definition.required_when === undefined ? undefined : definition.visible_when,
        definition.read_only_when,
        definition.derive,
        definition.default,
      ].filter(hasExpression),
    ),
  ]
  const read = readPaths(model, object, pathsOf(expressions))
  const stored = fields.flatMap(({ formula, isVirtual }) =>
    formula && isVirtual !== true ? formula.inputs : [],
  )
  return {
    object,
    stored: fields.filter(
      ({ isSystem, isVirtual, name }) =>
        isVirtual !== true && (!isSystem || name === 'owner' || name === 'locked'),
    ),
    entered: fields.filter(isEntered),
    defaults: fields
      .filter((field) => hasExpression(field.definition.default))
      .map((field) => ready(field, field.definition.default, field.type.expressionType)),
    derived: derivationOrder(object).map((field) =>
      field.formula
        ? { field, evaluate: storedValue(field) }
        : ready(field, field.definition.derive, field.type.expressionType),
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
    lookupFilters: lookupFiltersOf(model, object),
    duplicateRules: duplicateRulesOf(model, object),
    ...conditionsOf(fields, ready),
    formulas: read.formulas,
    parentPaths: pathsOver([...read.columns, ...stored]),
    holds: holdsOf(model, object, stored),
    defaultPaths: pathsOver(
      readPaths(
        model,
        object,
        pathsOf(fields.map(({ definition }) => definition.default).filter(hasExpression)),
      ).columns,
    ),
  }
}

function conditionsOf(
  fields: readonly FieldModel[],
  ready: (field: FieldModel, expression: unknown, expected: ExpressionType) => FieldExpression,
): Pick<SavePlan, 'requiredWhen' | 'readOnlyWhen'> {
  const conditions = (
    key: 'required_when' | 'read_only_when' | 'visible_when',
  ): FieldExpression[] =>
    fields.flatMap((field) =>
      field.definition[key] === undefined ? [] : [ready(field, field.definition[key], 'boolean')],
    )
  const seenWhen = new Map(conditions('visible_when').map((one) => [one.field, one.evaluate]))
  const requiredWhen = conditions('required_when').map((one) => {
    const isSeen = seenWhen.get(one.field)
    return isSeen ? { ...one, isSeen } : one
  })
  return { requiredWhen, readOnlyWhen: conditions('read_only_when') }
}

function isEntered({ isSystem, isVirtual, name, members, partOf }: FieldModel): boolean {
  const rests = isVirtual !== true || members !== undefined
  return rests && partOf === undefined && (!isSystem || name === 'owner')
}

function lookupFiltersOf(model: Model, object: ObjectModel): LookupFilter[] {
  const scope = objectScope(model, object, 'save')
  return [...object.fields.values()].flatMap((field) => {
    const condition = filterOfRecord(field)
    if (condition === undefined) return []
    const words = message(
      describeLookupFilter(model, object, field, 'en-US'),
      describeLookupFilter(model, object, field, 'zh-CN'),
    )
    const evaluate = compileEvaluator(condition, scope, 'boolean')
    return [{ field, evaluate, controls: controllingFields(field), words }]
  })
}

function duplicateRulesOf(model: Model, own: ObjectModel): PlannedDuplicateRule[] {
  return own.duplicateRules.flatMap(({ name, definition }) => {
    const target = model.objects.get(definition.among ?? own.name)
    if (!target) return []
    if (definition.when === undefined) return [{ name, definition, own, target }]
    const scope = objectScope(model, own, 'save')
    const evaluate = compileEvaluator(definition.when as Expression, scope, 'boolean')
    return [{ name, definition, own, target, evaluate }]
  })
}

/** The same for everybody: it knows no user, and reads moments by the clock of the house. */
function storedValue(field: FieldModel): Evaluator {
  return ({ record, now }) => formulaValue(field, { record, now, timeZone: STORED_TIME_ZONE })
}

/**
 * A parent that a stored formula reads must not change before the save is through, or the change would miss it. Where
 * the save will write the parent's roll-ups, it is held as for that: two who held it together could not both go on.
 */
function holdsOf(
  model: Model,
  object: ObjectModel,
  paths: readonly string[],
): ReadonlyMap<string, Hold> {
  const holds = new Map<string, Hold>()
  for (const path of paths) {
    let prefix = ''
    for (const hop of resolveFieldPath(model.objects, object, path)?.hops ?? []) {
      prefix += `${hop.name}.`
      const isRolledUp = rollUpsOf(model, hop.object).some(
        ({ object: parent, rollUp }) => parent === hop.target && rollUp.via === hop.name,
      )
      holds.set(prefix, isRolledUp ? 'update' : 'share')
    }
  }
  return holds
}

function pathsOf(expressions: readonly unknown[]): string[] {
  return expressions.flatMap((one) => expressionReferences(one as Expression).fields)
}

function pathsOver(paths: readonly string[]): string[] {
  return [...new Set(paths)].filter((path) => path.includes('.'))
}
