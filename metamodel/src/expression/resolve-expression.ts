import {
  type ExpressionProblem,
  malformed,
  notWhileSaving,
  unknownWord,
  wrongArity,
  wrongType,
} from './expression-problem.ts'
import { CONDITION_SIZE, type ExpressionSize, sizeProblem } from './expression-size.ts'
import {
  type Expression,
  type ExpressionPath,
  type ExpressionScope,
  type ExpressionType,
  isList,
  isOperation,
  type OperationParts,
  operationParts,
  variableName,
} from './expression.ts'
import {
  arityText,
  COMPARABLE,
  hasArity,
  isAboutRelated,
  type Operator,
  type Parameter,
} from './operator.ts'
import { isOperatorName, OPERATOR_NAMES, type OperatorName, OPERATORS } from './operators.ts'
import { isProblem, isScalar, resolveList, resolveLiteral, type Wanted } from './resolve-literal.ts'
import {
  type Place,
  refuse,
  relatedScope,
  resolveDigits,
  resolveField,
  resolvePattern,
  resolvePeriodName,
} from './resolve-name.ts'
import type { TypedExpression, TypedField } from './typed-expression.ts'

/** An expression with its types, or everything that is wrong with it. */
export type Resolution =
  | { readonly typed: TypedExpression; readonly problems: readonly [] }
  | { readonly typed?: never; readonly problems: readonly ExpressionProblem[] }

/**
 * Holds an expression against a scope and finds the type of every part. Collects every problem.
 *
 * @param expected the type that the whole must have; a literal takes it on
 * @param size the most that it may hold; by default what may come from outside as a condition
 */
export function resolveExpression(
  expression: Expression,
  scope: ExpressionScope,
  expected?: ExpressionType,
  size: ExpressionSize = CONDITION_SIZE,
): Resolution {
  const oversize = sizeProblem(expression, size)
  if (oversize !== undefined) return { problems: [oversize] }
  const problems: ExpressionProblem[] = []
  const wanted =
    expected === undefined
      ? { types: ANYTHING }
      : ({ types: [expected, 'null'], type: expected } as const)
  const typed = resolve(expression, { scope, saving: scope.saving, path: [], problems }, wanted)
  if (typed === undefined || problems.length > 0) return { problems }
  return { typed, problems: [] }
}

const ANYTHING: readonly ExpressionType[] = [
  ...COMPARABLE,
  'list',
  'structure',
  'sealed',
  'file',
  'null',
]

function resolve(
  expression: Expression,
  place: Place,
  wanted: Wanted,
): TypedExpression | undefined {
  if (isOperation(expression)) return resolveOperation(expression, place, wanted)
  if (isList(expression)) return resolveListPart(expression, place, wanted)
  if (!isScalar(expression)) {
    return refuse(place, malformed(place.path, 'Not a JSON value', '不是 JSON 值'))
  }
  const literal = resolveLiteral(expression, place.path, wanted)
  return isProblem(literal) ? refuse(place, literal) : literal
}

function resolveListPart(
  members: readonly unknown[],
  place: Place,
  wanted: Wanted,
): TypedExpression | undefined {
  if (!wanted.types.includes('list')) {
    return refuse(place, wrongType(place.path, 'list', wanted.types))
  }
  const list = resolveList(members, place.path, { ...wanted, types: ['text'], type: 'text' })
  return 'kind' in list ? list : refuse(place, ...list)
}

function resolveOperation(
  expression: Expression,
  place: Place,
  wanted: Wanted,
): TypedExpression | undefined {
  const parts = operationParts(expression, place.path)
  if (parts === undefined) {
    return refuse(
      place,
      malformed(place.path, 'An operation has exactly one key', '一个运算只能有一个键'),
    )
  }
  const typed =
    parts.operator === 'var'
      ? readable(resolveField(parts, place), place)
      : resolveNamed(parts, place, wanted)
  if (typed === undefined || accepts(wanted, typed.type)) return typed
  return refuse(place, wrongType(place.path, typed.type, wantedTypes(wanted)))
}

/** A field as its neighbours read it: of one with markup its text, unless it is asked for as it is. */
function readable(
  field: TypedField | undefined,
  { path, isRaw }: Place,
): TypedExpression | undefined {
  if (field?.isMarkup !== true || isRaw === true) return field
  const { type } = field
  return { kind: 'operation', type, path, operator: 'plain_text', operands: [field] }
}

function accepts({ types, type }: Wanted, found: ExpressionType): boolean {
  return type === undefined || found === 'null' ? types.includes(found) : found === type
}

function resolveNamed(
  parts: OperationParts,
  place: Place,
  wanted: Wanted,
): TypedExpression | undefined {
  const { operator: word, operands } = parts
  if (!isOperatorName(word)) {
    return refuse(
      place,
      unknownWord('operator', { word, path: [...place.path, word] }, OPERATOR_NAMES),
    )
  }
  const operator = OPERATORS[word]
  const before = place.problems.length
  if (operator.isSaving && !place.saving) place.problems.push(notWhileSaving(place.path, word))
  if (!hasArity(operator, operands.length)) {
    return refuse(
      place,
      wrongArity(place.path, word, { count: operands.length, wanted: arityText(operator) }),
    )
  }
  if (word === 'if_error' && place.isAttempt === true) {
    return refuse(
      place,
      malformed(
        place.path,
        'One attempt stands in another; write the second one as the fallback of the first',
        '出错判断不能套在另一个的首个参数中，请写在其后备值中',
      ),
    )
  }
  if (isAboutRelated(operator)) return resolveRelated(word, parts, place)
  const typed = resolveOperands(operator, parts, { place, wanted })
  if (typed === undefined || place.problems.length > before) return undefined
  return {
    kind: 'operation',
    type: resultType(operator, typed),
    path: place.path,
    operator: word,
    operands: typed.operands,
  }
}

/** The operands of an operation and the types that its `same` and its `outcome` arguments agree on. */
interface TypedOperands {
  readonly operands: readonly TypedExpression[]
  readonly same: ExpressionType | undefined
  readonly outcome: ExpressionType | undefined
}

function resultType({ result }: Operator, typed: TypedOperands): ExpressionType {
  return result === 'same' || result === 'outcome' ? (typed[result] ?? 'null') : result
}

/** An operation whose arguments are being resolved: its place, and what is known of their type. */
interface Agreement {
  readonly operator: Operator
  readonly place: Place
  readonly same: Group
  readonly outcome: Group
}

/** Arguments that agree on one type. */
interface Group {
  /** What they may be, if the whole yields what they are; so a literal among them knows what to be. */
  readonly allowed: readonly ExpressionType[] | undefined
  agreed: ExpressionType | undefined
  values: readonly string[] | undefined
}

function groupOf(passesOn: boolean, wanted: Wanted): Group {
  return {
    allowed: passesOn ? wantedTypes(wanted) : undefined,
    agreed: undefined,
    values: passesOn ? wanted.values : undefined,
  }
}

/**
 * Resolves the arguments in two rounds: first those that have a type of their own, then the
 * literals, which take on the type (and the picklist values) of their neighbours.
 */
function resolveOperands(
  operator: Operator,
  parts: OperationParts,
  { place, wanted }: { place: Place; wanted: Wanted },
): TypedOperands | undefined {
  const { operands, pathTo } = parts
  const agreement: Agreement = {
    operator,
    place,
    same: groupOf(operator.result === 'same', wanted),
    outcome: groupOf(operator.result === 'outcome', wanted),
  }
  const typed: (TypedExpression | undefined)[] = operands.map(() => undefined)
  for (const isFlexibleRound of [false, true]) {
    for (const [index, operand] of operands.entries()) {
      if (isFlexible(operand) !== isFlexibleRound) continue
      const parameter = operator.parameter(index, operands.length)
      const found = resolveArgument(operand, { parameter, path: pathTo(index), index }, agreement)
      typed[index] = found
      if (found !== undefined) agree(agreement, parameter, found)
    }
  }
  const complete = typed.filter((part) => part !== undefined)
  return complete.length === operands.length
    ? { operands: complete, same: agreement.same.agreed, outcome: agreement.outcome.agreed }
    : undefined
}

function wantedTypes({ types, type }: Wanted): readonly ExpressionType[] {
  return type === undefined ? types : [type]
}

/** Whether a part has no type of its own: a text, a null, a list, or a choice between such. */
function isFlexible(expression: Expression): boolean {
  if (typeof expression === 'string' || expression === null || isList(expression)) return true
  const { operator, operands } = operationParts(expression) ?? { operator: '', operands: [] }
  if (!isOperatorName(operator) || !CHOICES.has(operator)) return false
  const { result, parameter } = OPERATORS[operator]
  return operands.every(
    (operand, index) => parameter(index, operands.length).kind !== result || isFlexible(operand),
  )
}

const CHOICES: ReadonlySet<OperatorName> = new Set(['if', 'case', 'blank_value', 'if_error'])

function agree(agreement: Agreement, { kind }: Parameter, found: TypedExpression): void {
  const group = kind === 'outcome' ? agreement.outcome : agreement.same
  group.values ??= valuesOf(found)
  const takesPart = kind === 'same' || kind === 'field' || kind === 'outcome'
  if (takesPart && found.type !== 'null') group.agreed ??= found.type
}

/** The picklist codes that a part may have, if it is a field, or its value before. */
function valuesOf(typed: TypedExpression): readonly string[] | undefined {
  if (typed.kind === 'field') return typed.values
  const [first] = typed.kind === 'operation' && typed.operator === 'prior' ? typed.operands : []
  return first === undefined ? undefined : valuesOf(first)
}

/** An argument's parameter and its path. */
interface Slot {
  readonly parameter: Parameter
  readonly path: ExpressionPath
  readonly index: number
}

function resolveArgument(
  operand: Expression,
  { parameter, path, index }: Slot,
  agreement: Agreement,
): TypedExpression | undefined {
  const { place, operator } = agreement
  const isAttempt = place.isAttempt === true || (operator === OPERATORS.if_error && index === 0)
  const isRaw = parameter.kind === 'field' || operator === OPERATORS.plain_text
  const at = { ...place, path, isAttempt, isRaw }
  switch (parameter.kind) {
    case 'value':
      return resolve(operand, at, { types: parameter.types })
    case 'same':
      return resolve(operand, at, wantedOf(parameter.types, agreement.operator, agreement.same))
    case 'outcome':
      return resolve(operand, at, wantedOf(parameter.types, agreement.operator, agreement.outcome))
    case 'members':
      return resolveMembers(operand, at, { agreement, orOne: parameter.orOne })
    case 'period':
      return resolvePeriodName(operand, at)
    case 'digits':
      return resolveDigits(operand, at)
    case 'pattern':
      return resolvePattern(operand, at)
    default:
      return resolveFieldOnly(operand, at)
  }
}

function wantedOf(
  types: readonly ExpressionType[],
  operator: Operator,
  { allowed, agreed, values }: Group,
): Wanted {
  const narrowed = types.filter((type) => type === 'null' || (allowed?.includes(type) ?? true))
  const isPossible = narrowed.some((type) => type !== 'null')
  const isCompared = operator.result === 'boolean'
  return { types: isPossible ? narrowed : types, type: agreed, values, isCompared }
}

function resolveMembers(
  operand: Expression,
  at: Place,
  { agreement, orOne }: { agreement: Agreement; orOne: boolean },
): TypedExpression | undefined {
  const { agreed: type = 'text', values } = agreement.same
  if (isList(operand)) {
    const list = resolveList(operand, at.path, { types: [type], type, values, isCompared: true })
    return 'kind' in list ? list : refuse(at, ...list)
  }
  // The members of a list that is not written out are text or ids.
  if (type !== 'text' && type !== 'id') return refuse(at, wrongType(at.path, 'list', [type]))
  return resolve(operand, at, orOne ? { types: ['text', 'list'], values } : { types: ['list'] })
}

function resolveFieldOnly(operand: Expression, at: Place): TypedExpression | undefined {
  if (variableName(operand) === undefined) {
    return refuse(
      at,
      malformed(at.path, 'Expected a field: {"var": "name"}', '应为字段：{"var": "name"}'),
    )
  }
  return resolve(operand, at, { types: ANYTHING })
}

function resolveRelated(
  operator: OperatorName,
  { operands, pathTo }: OperationParts,
  place: Place,
): TypedExpression | undefined {
  const [given = null, condition = null] = operands
  const relationship = variableName(given)
  const scope = relatedScope(relationship, { ...place, path: pathTo(0) })
  if (scope === undefined || relationship === undefined) return undefined
  // What is being saved is the record, not those related to it.
  const inner = { ...place, path: pathTo(1), scope, saving: false }
  const typed = resolve(condition, inner, { types: ['boolean'] })
  if (typed === undefined) return undefined
  const { path } = place
  return { kind: 'related', type: 'boolean', path, operator, relationship, condition: typed }
}
