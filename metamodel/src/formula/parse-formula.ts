import {
  BINDING,
  type CallSyntax,
  type ChainSyntax,
  COMPARISON_BINDING,
  type FormulaProblem,
  type Infix,
  type Range,
  SIGN_BINDING,
  type Sign,
  type Syntax,
} from './syntax.ts'
import { type Token, tokenize } from './tokenize.ts'

/** The longest text of a formula, and the deepest nesting of brackets, calls and signs. */
export const MAX_FORMULA_LENGTH = 100_000
export const MAX_NESTING = 200

/** A formula taken apart, with everything that is wrong with its form. */
export interface ParsedFormula {
  readonly syntax: Syntax
  readonly problems: readonly FormulaProblem[]
}

/** Where in the tokens the parser is. */
interface Parser {
  readonly tokens: readonly Token[]
  at: number
  depth: number
  readonly problems: FormulaProblem[]
}

/** Ends a parse that has gone too deep; everything else is recovered from. */
class TooDeep extends Error {}

/**
 * Takes a formula's text apart. Never throws, in time proportional to the text: what is wrong is noted with its
 * place, and the parser goes on behind it.
 *
 * @example parseFormula('IF(amount > 0, "a", ').problems // [{ code: 'missing_operand', from: 20, … }, …]
 */
export function parseFormula(text: string): ParsedFormula {
  const whole = { from: 0, to: text.length }
  if (text.length > MAX_FORMULA_LENGTH) {
    return { syntax: { kind: 'missing', ...whole }, problems: [tooLong(text.length)] }
  }
  const { tokens, problems } = tokenize(text)
  const parser: Parser = { tokens, at: 0, depth: 0, problems: problems.slice(0, MOST_PROBLEMS) }
  // People who come from spreadsheets begin with it.
  if (isSign(peek(parser), '=')) parser.at++
  try {
    const syntax = parseBinding(parser, 0)
    const rest = peek(parser)
    if (rest.kind !== 'end') unexpected(parser, { from: rest.from, to: text.length })
    return { syntax, problems: parser.problems }
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error
    return { syntax: { kind: 'missing', ...whole }, problems: parser.problems }
  }
}

function tooLong(length: number): FormulaProblem {
  return {
    code: 'too_long',
    from: 0,
    to: length,
    message: {
      'en-US': `A formula has at most ${MAX_FORMULA_LENGTH} characters, not ${length}`,
      'zh-CN': `公式最多 ${MAX_FORMULA_LENGTH} 个字符，而不是 ${length} 个`,
    },
  }
}

const END: Token = { kind: 'end', text: '', from: 0, to: 0 }

function peek({ tokens, at }: Parser): Token {
  return tokens[at] ?? tokens.at(-1) ?? END
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === 'sign' && token.text === sign
}

function accept(parser: Parser, sign: string): boolean {
  if (!isSign(peek(parser), sign)) return false
  parser.at++
  return true
}

/** What is wrong behind so many problems is told when they are gone. */
const MOST_PROBLEMS = 100

function note(parser: Parser, code: string, range: Range, [en, zh]: readonly string[]): void {
  if (parser.problems.length >= MOST_PROBLEMS) return
  const { from, to } = range
  parser.problems.push({ code, from, to, message: { 'en-US': en ?? '', 'zh-CN': zh ?? '' } })
}

function unexpected(parser: Parser, range: Range): void {
  const { text } = peek(parser)
  note(parser, 'unexpected', range, [
    `"${text.slice(0, 40)}" is not expected here; an operator may be missing before it`,
    `此处不应出现“${text.slice(0, 40)}”，其前可能缺少运算符`,
  ])
}

/** Words that may stand between operands. */
const WORDS = new Map<string, Infix>([
  ['AND', '&&'],
  ['OR', '||'],
])
const INFIXES: ReadonlySet<string> = new Set(Object.keys(BINDING))

function infixAt(parser: Parser): Infix | undefined {
  const { kind, text } = peek(parser)
  if (kind === 'name') return WORDS.get(text.toUpperCase())
  return kind === 'sign' && isInfix(text) ? text : undefined
}

function isInfix(text: string): text is Infix {
  return INFIXES.has(text)
}

function isIn(parser: Parser): boolean {
  const { kind, text } = peek(parser)
  return kind === 'name' && text.toUpperCase() === 'IN'
}

/** Parses operands and operators that bind more closely than `least`. */
function parseBinding(parser: Parser, least: number): Syntax {
  let left = parseSigned(parser)
  for (;;) {
    if (isIn(parser) && COMPARISON_BINDING > least) {
      left = parseMembership(parser, left)
      continue
    }
    const operator = infixAt(parser)
    if (operator === undefined || BINDING[operator] <= least) return left
    left = parseChain(parser, left, BINDING[operator])
  }
}

/** All operators of one binding at once, so that a long sum is one flat part. */
function parseChain(parser: Parser, first: Syntax, binding: number): ChainSyntax {
  const links: { operator: Infix; operand: Syntax }[] = []
  let operator = infixAt(parser)
  while (operator !== undefined && BINDING[operator] === binding) {
    parser.at++
    links.push({ operator, operand: parseBinding(parser, binding) })
    operator = infixAt(parser)
  }
  return { kind: 'chain', first, links, from: first.from, to: links.at(-1)?.operand.to ?? first.to }
}

function parseMembership(parser: Parser, sought: Syntax): Syntax {
  parser.at++
  const open = peek(parser)
  if (!accept(parser, '(')) missing(parser, 'missing_bracket', open, ['"(" is missing', '缺少“(”'])
  const { args, to } = parseArguments(parser, open)
  return { kind: 'membership', sought, members: args, from: sought.from, to }
}

function nested<T>(parser: Parser, parse: () => T): T {
  if (parser.depth >= MAX_NESTING) {
    note(parser, 'too_deep', peek(parser), [
      `Nested deeper than ${MAX_NESTING}`,
      `嵌套超过 ${MAX_NESTING} 层`,
    ])
    throw new TooDeep()
  }
  parser.depth++
  const parsed = parse()
  parser.depth--
  return parsed
}

function signAt(parser: Parser): Sign | 'NOT' | undefined {
  const { kind, text } = peek(parser)
  if (kind === 'sign') return text === '-' || text === '+' || text === '!' ? text : undefined
  const next = parser.tokens[parser.at + 1]
  const isWord = kind === 'name' && text.toUpperCase() === 'NOT'
  return isWord && next !== undefined && !isSign(next, '(') ? 'NOT' : undefined
}

function parseSigned(parser: Parser): Syntax {
  const sign = signAt(parser)
  if (sign === undefined) return parseOperand(parser)
  const { from } = peek(parser)
  parser.at++
  // The word NOT holds a whole comparison; a sign holds only what stands next to it.
  const binding = sign === 'NOT' ? BINDING['='] - 1 : SIGN_BINDING
  const operand = nested(parser, () => parseBinding(parser, binding))
  return { kind: 'sign', sign: sign === 'NOT' ? '!' : sign, operand, from, to: operand.to }
}

function parseOperand(parser: Parser): Syntax {
  const token = peek(parser)
  const { from, to, text } = token
  switch (token.kind) {
    case 'number':
      parser.at++
      return { kind: 'number', value: numberOf(text), text, from, to }
    case 'text':
      parser.at++
      return { kind: 'text', value: text, from, to }
    case 'name':
      return parseName(parser, token)
    case 'path':
      parser.at++
      return { kind: 'path', path: text, from, to }
    default:
      if (isSign(token, '(')) return parseGroup(parser)
      return missing(parser, 'missing_operand', token, [
        'A field, a value or a function is missing here',
        '此处缺少字段、值或函数',
      ])
  }
}

function numberOf(text: string): number {
  return text.endsWith('%') ? Number(`${text.slice(0, -1)}e-2`) : Number(text)
}

function missing(
  parser: Parser,
  code: string,
  { from, to }: Range,
  words: readonly string[],
): Syntax {
  note(parser, code, { from, to: Math.max(to, from) }, words)
  return { kind: 'missing', from, to: from }
}

const VALUES = new Map<string, Syntax>([
  ['TRUE', { kind: 'boolean', value: true, from: 0, to: 0 }],
  ['FALSE', { kind: 'boolean', value: false, from: 0, to: 0 }],
  ['NULL', { kind: 'null', from: 0, to: 0 }],
])

function parseName(parser: Parser, { text, from, to }: Token): Syntax {
  parser.at++
  const open = peek(parser)
  if (isSign(open, '(')) return parseCall(parser, { name: text, nameRange: { from, to } })
  const value = VALUES.get(text.toUpperCase())
  return value === undefined ? { kind: 'path', path: text, from, to } : { ...value, from, to }
}

function parseCall(
  parser: Parser,
  { name, nameRange }: Pick<CallSyntax, 'name' | 'nameRange'>,
): Syntax {
  const open = peek(parser)
  parser.at++
  const { args, to } = parseArguments(parser, open)
  return { kind: 'call', name, nameRange, args, from: nameRange.from, to }
}

/** Arguments up to the closing bracket, which is missed at the end only. */
function parseArguments(parser: Parser, open: Range): { args: Syntax[]; to: number } {
  return nested(parser, () => {
    const args: Syntax[] = []
    while (!isSign(peek(parser), ')') && peek(parser).kind !== 'end') {
      args.push(parseBinding(parser, 0))
      recover(parser)
      if (!accept(parser, ',')) break
      const next = peek(parser)
      if (isSign(next, ')') || next.kind === 'end') args.push(parseOperand(parser))
    }
    return { args, to: close(parser, open) }
  })
}

/** Passes over what is neither the next argument nor the end of them. */
function recover(parser: Parser): void {
  const from = parser.at
  let depth = 0
  for (let token = peek(parser); token.kind !== 'end'; token = peek(parser)) {
    if (depth === 0 && (isSign(token, ',') || isSign(token, ')'))) break
    if (isSign(token, '(')) depth++
    if (isSign(token, ')')) depth--
    if (parser.at === from) unexpected(parser, token)
    parser.at++
  }
}

function close(parser: Parser, open: Range): number {
  const { to } = peek(parser)
  if (!accept(parser, ')')) {
    note(parser, 'missing_bracket', open, ['This bracket is not closed', '此括号没有闭合'])
  }
  return to
}

function parseGroup(parser: Parser): Syntax {
  const open = peek(parser)
  parser.at++
  return nested(parser, () => {
    const inner = parseBinding(parser, 0)
    recover(parser)
    return { kind: 'group', inner, from: open.from, to: close(parser, open) }
  })
}
