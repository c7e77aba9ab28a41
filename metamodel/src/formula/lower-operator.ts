import { type Expression, isList, type Scalar } from '../expression/index.ts'
import { type Lowered, type Lowering, operation } from './lowering.ts'
import type { ChainSyntax, Infix, Range } from './syntax.ts'

const COMPARISONS = { '=': '==', '<>': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const

function isComparison(operator: Infix): operator is keyof typeof COMPARISONS {
  return Object.hasOwn(COMPARISONS, operator)
}

/** Operands between operators, from left to right; neighbours of one kind become one operation. */
export function lowerChain({ first, links }: ChainSyntax, lowering: Lowering): Lowered {
  let left = lowering.lower(first)
  let open: Open | undefined
  for (const { operator, operand } of links) {
    const right = lowering.lower(operand)
    const kind = kindOf(operator, left, right)
    if (kind !== undefined) {
      if (open?.kind === kind) open.parts.push(right)
      else open = { kind, parts: [finish(open, left, lowering), right] }
      const range = { from: left.from, to: right.to }
      // Only the type is asked for before the chain is done; the operation is made when it is complete.
      left = {
        expression: null,
        type: kind === 'concat' ? 'text' : typeOf(kind),
        isLiteral: false,
        ...range,
      }
      continue
    }
    left = join(operator, finish(open, left, lowering), right, lowering)
    open = undefined
  }
  return finish(open, left, lowering)
}

/** An operation that takes any number of operands and has not been given all of them yet. */
interface Open {
  readonly kind: Gathering
  readonly parts: Lowered[]
}
type Gathering = '+' | '*' | 'concat' | 'and' | 'or'

function typeOf(kind: Gathering): Lowered['type'] {
  return kind === 'and' || kind === 'or' ? 'boolean' : 'number'
}

function finish(open: Open | undefined, left: Lowered, lowering: Lowering): Lowered {
  if (open === undefined) return left
  // An id is text to everybody but the database.
  const parts =
    open.kind === 'concat'
      ? open.parts.map((part) =>
          part.type === 'id' ? operation('to_text', [part], part, lowering) : part,
        )
      : open.parts
  return operation(open.kind, parts, left, lowering)
}

function kindOf(operator: Infix, left: Lowered, right: Lowered): Gathering | undefined {
  switch (operator) {
    case '&&':
      return 'and'
    case '||':
      return 'or'
    case '&':
      return 'concat'
    case '*':
      return '*'
    case '+':
      if (isTemporal(left) || isTemporal(right)) return undefined
      return left.type === 'text' || right.type === 'text' ? 'concat' : '+'
    default:
      return undefined
  }
}

function isDay({ type }: Lowered): boolean {
  return type === 'date' || type === 'datetime'
}

function isTemporal(lowered: Lowered): boolean {
  return isDay(lowered) || lowered.type === 'time'
}

function join(operator: Infix, left: Lowered, right: Lowered, lowering: Lowering): Lowered {
  const range = { from: left.from, to: right.to }
  if (isComparison(operator)) return compare(operator, left, right, lowering)
  switch (operator) {
    case '/':
      return operation('/', [left, right], range, lowering)
    case '^':
      return operation('power', [left, right], range, lowering)
    case '+':
      return add(left, right, range, lowering)
    default:
      return subtract(left, right, range, lowering)
  }
}

function add(left: Lowered, right: Lowered, range: Range, lowering: Lowering): Lowered {
  const [moved, by] = isTemporal(left) ? [left, right] : [right, left]
  return operation(isDay(moved) ? 'add_days' : 'add_time', [moved, by], range, lowering)
}

function subtract(left: Lowered, right: Lowered, range: Range, lowering: Lowering): Lowered {
  // A text that is written out stands for a date beside one.
  const bothAre = (is: (lowered: Lowered) => boolean): boolean =>
    (is(left) && (is(right) || right.type === 'text')) || (is(right) && left.type === 'text')
  if (bothAre(isDay)) return operation('days_between', [right, left], range, lowering)
  if (bothAre(({ type }) => type === 'time')) {
    return operation('time_between', [right, left], range, lowering)
  }
  if (!isTemporal(left)) return operation('-', [left, right], range, lowering)
  return add(left, negative(right, lowering), range, lowering)
}

/** The same with the other sign; a number that is written out stays one. */
export function negative(given: Lowered, lowering: Pick<Lowering, 'places'>): Lowered {
  const { expression } = given
  if (typeof expression === 'number') {
    return { ...given, expression: expression === 0 ? 0 : -expression }
  }
  return operation('-', [given], given, lowering)
}

/** `= NULL` asks whether something is empty. */
function compare(
  operator: keyof typeof COMPARISONS,
  left: Lowered,
  right: Lowered,
  lowering: Lowering,
): Lowered {
  const range = { from: left.from, to: right.to }
  const asked = right.expression === null ? left : right
  const isEquality = operator === '=' || operator === '<>'
  if (isEquality && (left.expression === null || right.expression === null)) {
    const blank = operation('is_blank', [asked], range, lowering)
    return operator === '=' ? blank : operation('!', [blank], range, lowering)
  }
  return operation(COMPARISONS[operator], [left, right], range, lowering)
}

/** Whether the first is one of the others: a list if all are written out. An empty one is never met. */
export function lowerMembership(
  [sought, ...others]: readonly Lowered[],
  range: Range,
  lowering: Lowering,
): Lowered {
  if (sought === undefined) return operation('in', [], range, lowering)
  const members = others.filter(({ expression }) => expression !== null)
  const [only] = members
  if (only?.type === 'list' && members.length === 1) {
    return operation('in', [sought, only], range, lowering)
  }
  const list = listOf(members)
  if (list === undefined) return operation('one_of', [sought, ...members], range, lowering)
  const written: Lowered = { ...range, expression: list, type: 'list', isLiteral: true }
  return operation('in', [sought, written], range, lowering)
}

/** The values of parts that are all written out. */
export function listOf(parts: readonly Lowered[]): Scalar[] | undefined {
  const values = parts.flatMap(({ expression }) => (isScalar(expression) ? [expression] : []))
  return values.length === parts.length ? values : undefined
}

function isScalar(expression: Expression): expression is Scalar {
  return !isList(expression) && (typeof expression !== 'object' || expression === null)
}
