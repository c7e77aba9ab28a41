import { type ExpressionScope, hasArity, OPERATORS } from '../expression/index.ts'
import { editDistance, nearest } from '../problem.ts'
import { FORMULA_FUNCTIONS, functionNamed } from './function-table.ts'
import { lowerSpecial } from './lower-function.ts'
import { lowerChain, lowerMembership, negative } from './lower-operator.ts'
import { type Lowered, type Lowering, operation, type Places, wrongCount } from './lowering.ts'
import { resolvePath } from './resolve-path.ts'
import type { CallSyntax, FormulaProblem, Range, Syntax } from './syntax.ts'

/** A formula as an expression, with the words in it that nobody knows. */
export interface LoweredFormula {
  readonly lowered: Lowered
  readonly problems: readonly FormulaProblem[]
  readonly places: Places
}

/** Makes an expression of a formula's syntax. Types decide what `+` and `-` mean; all else is the check's. */
export function lowerFormula(syntax: Syntax, scope: ExpressionScope): LoweredFormula {
  const problems: FormulaProblem[] = []
  const places: Places = new WeakMap()
  const make = (inScope: ExpressionScope): Lowering => {
    const lowering: Lowering = {
      scope: inScope,
      problems,
      places,
      lower: (part, other) => lower(part, other === undefined ? lowering : make(other)),
    }
    return lowering
  }
  return { lowered: make(scope).lower(syntax), problems, places }
}

function lower(syntax: Syntax, lowering: Lowering): Lowered {
  const { from, to } = syntax
  switch (syntax.kind) {
    case 'number':
      return { expression: syntax.value, type: 'number', isLiteral: true, from, to }
    case 'text':
      return { expression: syntax.value, type: 'text', isLiteral: true, from, to }
    case 'boolean':
      return { expression: syntax.value, type: 'boolean', isLiteral: true, from, to }
    case 'group':
      return { ...lowering.lower(syntax.inner), from, to }
    case 'path':
      return lowerPath(syntax, lowering)
    case 'call':
      return lowerCall(syntax, lowering)
    case 'chain':
      return lowerChain(syntax, lowering)
    case 'membership': {
      const parts = [syntax.sought, ...syntax.members].map((part) => lowering.lower(part))
      return lowerMembership(parts, syntax, lowering)
    }
    case 'sign':
      return lowerSign(syntax, lowering)
    default:
      return { expression: null, type: 'null', isLiteral: true, from, to }
  }
}

function lowerSign(syntax: Extract<Syntax, { kind: 'sign' }>, lowering: Lowering): Lowered {
  const { sign, operand, from, to } = syntax
  const inner = lowering.lower(operand)
  if (sign === '+') return { ...inner, from, to }
  if (sign === '!') return operation('!', [inner], syntax, lowering)
  if (operand.kind === 'number') return { ...inner, ...negative(inner, lowering), from, to }
  return operation('-', [inner], syntax, lowering)
}

function lowerPath(
  syntax: Range & { path: string },
  { scope, problems, places }: Lowering,
): Lowered {
  const { path, from, to } = syntax
  const found = resolvePath(path, scope)
  if (found === undefined) {
    const suggestion = near(path, scope.fieldNames?.() ?? [])
    problems.push({
      ...unknown('unknown_field', syntax, suggestion, [
        `Unknown field "${path}"`,
        `未知的字段“${path}”`,
      ]),
    })
  }
  const expression = { var: found ?? path }
  places.set(expression, { self: { from, to }, operands: [{ from, to }] })
  const type = found === undefined ? undefined : scope.field(found)?.type
  return { expression, type, isLiteral: false, from, to }
}

/** The nearest known word, if at most half of its letters differ. */
function near(word: string, known: readonly string[]): string | undefined {
  const found = nearest(word.slice(0, 60), known)
  if (found === undefined) return undefined
  const distance = editDistance(word.slice(0, 60).toLowerCase(), found.toLowerCase())
  return 2 * distance <= found.length ? found : undefined
}

/** A word that nobody knows, with what was probably meant. */
function unknown(
  code: string,
  { from, to }: Range,
  suggestion: string | undefined,
  [en, zh]: readonly [string, string],
): FormulaProblem {
  if (suggestion === undefined) {
    return { code, from, to, message: { 'en-US': en, 'zh-CN': zh } }
  }
  const message = {
    'en-US': `${en}. Did you mean "${suggestion}"?`,
    'zh-CN': `${zh}，是否想写“${suggestion}”？`,
  }
  return { code, from, to, message, suggestion }
}

function lowerCall(syntax: CallSyntax, lowering: Lowering): Lowered {
  const { name, nameRange, args, from, to } = syntax
  const known = functionNamed(name)
  if (known === undefined || known.missing !== undefined) {
    for (const argument of args) lowering.lower(argument)
    const names = FORMULA_FUNCTIONS.map((one) => one.name)
    lowering.problems.push(
      known?.missing === undefined
        ? unknown('unknown_function', nameRange, near(name.toUpperCase(), names), [
            `Unknown function "${name}"`,
            `未知的函数“${name}”`,
          ])
        : { code: 'unsupported_function', ...nameRange, message: known.missing },
    )
    return { expression: null, type: undefined, isLiteral: false, from, to }
  }
  const special = lowerSpecial(known.name, syntax, lowering)
  if (special !== undefined) return special
  const parts = args.map((argument) => lowering.lower(argument))
  if (known.operator === undefined || !hasArity(OPERATORS[known.operator], parts.length)) {
    return wrongCount(known.signature, syntax, lowering)
  }
  return operation(known.operator, parts, syntax, lowering)
}
