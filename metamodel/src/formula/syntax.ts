import type { Message } from '../localized-text.ts'

/** A place in a formula's text: from the first character to behind the last one. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The words by which programs know what is wrong with a formula, besides those of an expression. */
export const FORMULA_PROBLEM_CODES = [
  'too_long',
  'unknown_character',
  'unfinished_text',
  'unfinished_comment',
  'missing_operand',
  'missing_bracket',
  'unexpected',
  'unknown_function',
  'unsupported_function',
] as const

/** One thing that is wrong with a formula, to be underlined at its place. */
export interface FormulaProblem extends Range {
  readonly code: string
  readonly message: Message
  /** What was probably meant. */
  readonly suggestion?: string
}

/** A formula as it was typed, taken apart; nothing is known yet of fields and types. */
export type Syntax =
  | (Range & { readonly kind: 'number'; readonly value: number; readonly text: string })
  | (Range & { readonly kind: 'text'; readonly value: string })
  | (Range & { readonly kind: 'boolean'; readonly value: boolean })
  | (Range & { readonly kind: 'null' })
  | (Range & { readonly kind: 'path'; readonly path: string })
  | CallSyntax
  | ChainSyntax
  | (Range & { readonly kind: 'sign'; readonly sign: Sign; readonly operand: Syntax })
  | (Range & {
      readonly kind: 'membership'
      readonly sought: Syntax
      readonly members: readonly Syntax[]
    })
  /** Something in brackets, which keep it from becoming a part of the chain around it. */
  | (Range & { readonly kind: 'group'; readonly inner: Syntax })
  /** Where an operand should stand. Its problem is already noted. */
  | (Range & { readonly kind: 'missing' })

export interface CallSyntax extends Range {
  readonly kind: 'call'
  readonly name: string
  readonly nameRange: Range
  readonly args: readonly Syntax[]
}

/** Operands between operators of one binding, from left to right: `a + b - c`. */
export interface ChainSyntax extends Range {
  readonly kind: 'chain'
  readonly first: Syntax
  readonly links: readonly { readonly operator: Infix; readonly operand: Syntax }[]
}

export type Sign = '-' | '+' | '!'

/** Operators between operands, in their one spelling. */
export type Infix =
  | '||'
  | '&&'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '&'
  | '*'
  | '/'
  | '^'

/** How closely operators hold their operands; those of one binding make one chain. */
export const BINDING: Readonly<Record<Infix, number>> = {
  '||': 1,
  '&&': 2,
  '=': 3,
  '<>': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '&': 5,
  '*': 6,
  '/': 6,
  '^': 7,
}

/** The binding of `IN` and of what stands before and behind a comparison. */
export const COMPARISON_BINDING = 4
/** The binding of a sign and of what it stands before. */
export const SIGN_BINDING = 8
