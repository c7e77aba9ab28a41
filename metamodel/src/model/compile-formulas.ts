import {
  type Expression,
  type ExpressionPath,
  expressionReferences,
  SETTLED_SIZE,
  type TypedExpression,
  USER_PREFIX,
} from '../expression/index.ts'
import { resultType, scaleOf } from '../field-types/index.ts'
import { checkFormula, settleFormula } from '../formula/index.ts'
import { objectScope, resolveFieldPath } from './field-path.ts'
import {
  expressionOf,
  fieldsOf,
  partsOf,
  prefixed,
  rebased,
  replaceFields,
} from './formula-tree.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'
import type { Turns } from './turns.ts'

/** The most formulas that may stand in one another. */
export const MAX_FORMULA_LEVELS = 10

/** A formula that holds by itself, before others are put in their places. */
interface Sound {
  object: ObjectModel
  field: FieldModel
  expression: Expression
  typed: TypedExpression
  reads: readonly string[]
}

/**
 * Reads every formula of the model, holds it against the fields, and keeps what is computed on its field. Those that
 * read others come after them; circles and formulas that come to too much are refused.
 */
export function* compileFormulas(
  { objects }: Pick<Model, 'objects'>,
  problems: ProblemList,
): Turns<void> {
  const sound = new Map<FieldModel, Sound>()
  for (const object of objects.values()) {
    for (const field of object.fields.values()) {
      if (field.definition.formula === undefined) continue
      yield
      const found = checkOne(objects, object, field, problems)
      if (found) sound.set(field, found)
    }
  }
  const levels = new Map<FieldModel, number>()
  for (const one of sound.values()) compileOne(one, { objects, sound, levels, trail: [] }, problems)
}

function checkOne(
  objects: Model['objects'],
  object: ObjectModel,
  field: FieldModel,
  problems: ProblemList,
): Sound | undefined {
  const at = componentOf(field)
  const { formula = '', stored } = field.definition
  const before = problems.all.length
  const scope = objectScope({ objects }, object, 'record')
  const check = checkFormula(formula, scope, field.type.expressionType)
  for (const problem of check.problems) problems.addInText(at, 'formula', problem)
  if (check.expression === undefined) return undefined
  const { fields } = expressionReferences(check.expression)
  if (check.expression === null) {
    problems.add(at, 'inert', 'formula', 'Is always empty', '结果总是为空')
  }
  if (stored !== true) requireColumn(field, problems)
  const { expression, typed } = check
  return problems.all.length === before
    ? { object, field, expression, typed, reads: fields }
    : undefined
}

/** What only a column can do is said of stored formulas only. */
function requireColumn(field: FieldModel, problems: ProblemList): void {
  for (const key of ['index', 'searchable'] as const) {
    if (field.definition[key] !== true) continue
    problems.add(
      componentOf(field),
      'inert',
      key,
      `Has no effect unless the formula is stored`,
      '只有存储的公式才能使用此选项',
    )
  }
}

interface Compiling {
  objects: Model['objects']
  sound: ReadonlyMap<FieldModel, Sound>
  /** How many formulas stand in one another, of those that are compiled; 0 for those with problems. */
  levels: Map<FieldModel, number>
  /** Those that are being compiled, the outermost first. */
  trail: readonly FieldModel[]
}

/** Compiles a formula behind those that it reads. @returns its level; 0 if there is none that holds */
function compileOne(one: Sound, compiling: Compiling, problems: ProblemList): number {
  const { object, field, reads } = one
  const { objects, sound, levels, trail } = compiling
  const known = levels.get(field)
  if (known !== undefined) return known
  const start = trail.indexOf(field)
  if (start >= 0) {
    refuseCircle(trail.slice(start), problems)
    return 0
  }
  const inner = { ...compiling, trail: [...trail, field] }
  let level = 1
  for (const path of reads) {
    const read = resolveFieldPath(objects, object, path)?.field
    const other = read && sound.get(read)
    if (!other) continue
    const below = compileOne(other, inner, problems)
    if (below === 0) {
      levels.set(field, 0)
      return 0
    }
    level = Math.max(level, below + 1)
  }
  if (level > MAX_FORMULA_LEVELS) {
    refuseLevels(field, problems)
    level = 0
  } else if (!keep(one, objects, problems)) level = 0
  levels.set(field, level)
  return level
}

/** Keeps what is computed on the field. @returns whether it is not too much */
function keep(one: Sound, objects: Model['objects'], problems: ProblemList): boolean {
  const { object, field, expression, reads } = one
  const scope = objectScope({ objects }, object, 'record')
  const settled = settleFormula(one.typed, scope, {
    blanks: field.definition.blanks ?? 'zero',
    isPercent: resultType(field.type) === 'percent',
  })
  const virtual = (path: string): FieldModel | undefined => {
    const found = resolveFieldPath(objects, object, path)?.field
    return found?.isVirtual === true && found.formula ? found : undefined
  }
  const total = fieldsOf(settled).reduce(
    (sum, { name }) => sum + partsOf(virtual(name)?.formula?.typed),
    partsOf(settled),
  )
  if (total > SETTLED_SIZE.parts) {
    refuseSize(field, problems)
    return false
  }
  const typed = replaceFields(rounded(field, settled), ({ name, path }) => {
    const other = virtual(name)
    const formula = other?.formula
    if (!formula) return undefined
    return rebased(prefixed(formula.typed, name.slice(0, -other.name.length)), path)
  })
  const inputs = new Set(fieldsOf(typed).map(({ name }) => name))
  if (field.isVirtual !== true && isRestless(typed)) {
    refuseStored(field, problems)
    return false
  }
  field.formula = {
    expression,
    typed,
    reads,
    inputs: [...inputs].filter((name) => !name.startsWith(USER_PREFIX)).toSorted(),
  }
  return true
}

/** They change with every save, whatever is saved. */
const RESTLESS: ReadonlySet<string> = new Set(['updated_at', 'updated_by', 'version'])

/** Whether a value changes although nothing that it is computed of has been saved. */
function isRestless(typed: TypedExpression): boolean {
  const { fields, user, timeDependent } = expressionReferences(expressionOf(typed))
  const isFleeting = fields.some((path) => RESTLESS.has(path.split('.').at(-1) ?? path))
  return timeDependent || user.length > 0 || isFleeting
}

/** A number with the decimal places of its field, so that what is shown is what is counted with. */
function rounded({ type, definition }: FieldModel, typed: TypedExpression): TypedExpression {
  if (type.expressionType !== 'number') return typed
  const at = (index: number): ExpressionPath => ['round', index]
  const places = scaleOf(definition, resultType(type) === 'number' ? 0 : 2)
  return {
    kind: 'operation',
    type: 'number',
    path: [],
    operator: 'round',
    operands: [
      rebased(typed, at(0)),
      { kind: 'literal', type: 'number', path: at(1), value: places },
    ],
  }
}

function componentOf({ object, name }: FieldModel): { kind: string; name: string } {
  return { kind: 'field', name: `${object}.${name}` }
}

function refuseStored(field: FieldModel, problems: ProblemList): void {
  problems.add(
    componentOf(field),
    'not_storable',
    'stored',
    'Reads the time, the user, or what changes with every save: its value changes by itself and cannot be stored',
    '公式读取当前时间、当前用户或每次保存都会变化的字段，其值会自行变化，不能存储',
  )
}

function refuseCircle(circle: readonly FieldModel[], problems: ProblemList): void {
  const [first] = circle
  if (!first) return
  const shown = [...circle, first].map(({ object, name }) => `${object}.${name}`).join(' → ')
  problems.add(
    componentOf(first),
    'circular',
    'formula',
    `Formulas need each other: ${shown}`,
    `公式相互依赖：${shown}`,
  )
}

function refuseLevels(field: FieldModel, problems: ProblemList): void {
  problems.add(
    componentOf(field),
    'too_deep',
    'formula',
    `More than ${MAX_FORMULA_LEVELS} formulas stand in one another`,
    `公式相互引用超过 ${MAX_FORMULA_LEVELS} 层`,
  )
}

function refuseSize(field: FieldModel, problems: ProblemList): void {
  problems.add(
    componentOf(field),
    'too_large',
    'formula',
    `With the formulas that it reads it has more than ${SETTLED_SIZE.parts} parts`,
    `连同所引用的公式超过 ${SETTLED_SIZE.parts} 个部分`,
  )
}
