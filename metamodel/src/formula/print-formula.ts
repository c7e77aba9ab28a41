import {
  type Expression,
  isList,
  operationParts,
  type OperationParts,
  type Scalar,
  variableName,
} from '../expression/index.ts'
import { functionOf } from './function-table.ts'
import { BINDING, type Infix, SIGN_BINDING } from './syntax.ts'

/**
 * An expression as the formula that people would type for it. Parsed again it is the same expression
 * (`normalExpression`).
 *
 * @example printFormula({ and: [{ is_blank: { var: 'phone' } }, { '>': [{ var: 'amount' }, 0] }] })
 *   // 'AND(ISBLANK(phone), amount > 0)'
 */
export function printFormula(expression: Expression): string {
  return print(expression).text
}

/** The binding of what needs no brackets anywhere. */
const ATOM = 9

interface Printed {
  readonly text: string
  readonly binding: number
  readonly sign?: Infix
}

const INFIXES: Readonly<Record<string, Infix>> = {
  '==': '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '+': '+',
  '-': '-',
  concat: '&',
  '*': '*',
  '/': '/',
  power: '^',
}

/** Signs that gather all operands of a chain, so that one in another needs brackets. */
const GATHERING: ReadonlySet<Infix> = new Set(['+', '&', '*'])

function print(expression: Expression): Printed {
  const name = variableName(expression)
  if (name !== undefined) return atom(printPath(name))
  const parts = operationParts(expression)
  if (parts !== undefined) return printOperation(parts)
  if (isList(expression)) return atom(expression.map((one) => printScalar(one).text).join(', '))
  return printScalar(typeof expression === 'object' ? null : expression)
}

function atom(text: string): Printed {
  return { text, binding: ATOM }
}

const RESERVED: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'IN', 'TRUE', 'FALSE', 'NULL'])
const PLAIN_PATH = /^\$?[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u

/** A path as it is written in a formula: in brackets where it could be taken for something else. */
export function printPath(path: string): string {
  return RESERVED.has(path.toUpperCase()) || !PLAIN_PATH.test(path) ? `{!${path}}` : path
}

function printScalar(value: Scalar): Printed {
  if (value === null) return atom('NULL')
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE')
  if (typeof value === 'string') return atom(printText(value))
  return { text: String(value), binding: value < 0 ? SIGN_BINDING : ATOM }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

function printText(text: string): string {
  return `"${text.replaceAll(/[\\"\n\r\t]/g, (character) => ESCAPES[character] ?? character)}"`
}

function within(printed: Printed, needsBrackets: boolean): string {
  return needsBrackets ? `(${printed.text})` : printed.text
}

function printOperation({ operator, operands }: OperationParts): Printed {
  const sign = Object.hasOwn(INFIXES, operator) ? INFIXES[operator] : undefined
  if (sign !== undefined && operands.length > 1) return printInfix(sign, operands)
  if (operator === '-') return printMinus(operands[0] ?? null)
  return atom(printCall(operator, operands))
}

function printInfix(sign: Infix, operands: readonly Expression[]): Printed {
  const binding = BINDING[sign]
  const texts = operands.map((operand, index) => {
    const printed = print(operand)
    const isSame = printed.sign === sign && GATHERING.has(sign)
    const isLoose = index === 0 ? printed.binding < binding : printed.binding <= binding
    return within(printed, isLoose || isSame)
  })
  return { text: texts.join(` ${sign} `), binding, sign }
}

// A minus before a number that is written out would be a part of the number.
function printMinus(operand: Expression): Printed {
  const printed = print(operand)
  const isLoose = printed.binding < SIGN_BINDING || typeof operand === 'number'
  return { text: `-${within(printed, isLoose)}`, binding: SIGN_BINDING }
}

function printCall(operator: string, operands: readonly Expression[]): string {
  const texts = operands.map((operand) => print(operand).text).filter((text) => text !== '')
  if (operator === 'if' && operands.length > 3) return `IFS(${texts.join(', ')})`
  if (operator === 'in' || operator === 'one_of') return `IN(${texts.join(', ')})`
  if (operator === 'distance') {
    const [a, b, c, d, unit] = texts
    return `DISTANCE(GEOLOCATION(${a}, ${b}), GEOLOCATION(${c}, ${d}), ${unit})`
  }
  return `${functionOf(operator)?.name ?? operator.toUpperCase()}(${texts.join(', ')})`
}
