import type { Decimal } from 'decimal.js'

import type { Message } from '../localized-text.ts'
import type { ExpressionType } from './expression.ts'
import { isDecimal, type Operand } from './operand.ts'
import type { Clock } from './relative-period.ts'

/** What an operator may stand on. */
export type Parameter =
  /** Any expression of one of these types. */
  | { readonly kind: 'value'; readonly types: readonly ExpressionType[] }
  /** As `value`, and all arguments of this kind agree on one type, which literals take on. */
  | { readonly kind: 'same'; readonly types: readonly ExpressionType[] }
  /** As `same`, but these arguments agree among themselves: the results of a `case`. */
  | { readonly kind: 'outcome'; readonly types: readonly ExpressionType[] }
  /** A list whose members have the type of the `same` arguments; with `orOne` also a single one. */
  | { readonly kind: 'members'; readonly orOne: boolean }
  /** The name of a relative period, written out. */
  | { readonly kind: 'period' }
  /** A whole number of decimal places, written out. */
  | { readonly kind: 'digits' }
  /** A regular expression, written out. */
  | { readonly kind: 'pattern' }
  /** A field of the record, and nothing else. The evaluation gets two values: now, and before. */
  | { readonly kind: 'field' }
  /** A to-many relationship, and nothing else. */
  | { readonly kind: 'relationship' }
  /** A condition on the related records. The evaluation gets its outcome for each of them. */
  | { readonly kind: 'condition' }

/** When, where and on what occasion an expression is evaluated. */
export interface Circumstances extends Clock {
  /** Whether the record is being created. */
  readonly isNew: boolean
}

/** Why an operation has no result. */
export type FailureCode =
  | 'division_by_zero'
  | 'no_such_number'
  | 'no_such_date'
  | 'not_a_number'
  | 'not_a_date'
  | 'not_a_time'
  | 'too_large'
  | 'too_long'

/** Verb and rest of a predicate: "is" and "at most {1}". Its subject is the first argument. */
export interface PredicateWords {
  /** English only; a verb that repeats is said once ("is empty or at most 0"). */
  readonly verb: string
  readonly rest: Message
}

/** How an operator is said. `{0}`, `{1}` stand for arguments. */
export type OperatorText =
  | {
      readonly as: 'predicate'
      readonly words: PredicateWords
      /** What it says under a `!`; without it: "not (…)". */
      readonly negated?: PredicateWords
      /** What it says of days and moments: "before" rather than "less than". */
      readonly temporal?: PredicateWords
    }
  | { readonly as: 'infix'; readonly sign: string; readonly binding: 'sum' | 'product' }
  | { readonly as: 'phrase'; readonly words: Message }
  /** A phrase about all arguments: `{all}` is "a, b and c". */
  | { readonly as: 'enumeration'; readonly words: Message }
  | { readonly as: 'junction'; readonly words: Message }
  | { readonly as: 'negation'; readonly words: Message }
  | { readonly as: 'choice' }

/** One operator of the profile: its types, its evaluation, its words. Its SQL is in the server. */
export interface Operator {
  /** Fewest and most arguments. */
  readonly arity: readonly [least: number, most: number]
  /** A count of arguments that is refused although it lies between: `if` needs an odd one, `case` an even one. */
  readonly isOdd?: true
  readonly isEven?: true
  parameter(index: number, count: number): Parameter
  /** The type of what it yields; `same` or `outcome` for the type that these arguments agree on. */
  readonly result: ExpressionType | 'same' | 'outcome'
  /** Pure; answers null rather than fail. */
  evaluate(operands: readonly Operand[], circumstances: Circumstances): Operand
  readonly text: OperatorText
  /** Has a meaning only while a record is being saved. */
  readonly isSaving?: true
  /** Why it yields null although no operand is blank: the reason that an empty cell shows. */
  readonly failure?: FailureCode
  /** Is told the type of its first operand, as one operand more: text may look like a moment. */
  readonly isTyped?: true
  /** Evaluates its operands itself, and only those that it needs. */
  readonly isLazy?: true
  /** Yields something else tomorrow. */
  readonly isTimeDependent?: true
}

/** The types that have an order. Text first: it is what a literal is if no neighbour says otherwise. */
export const ORDERED = ['text', 'number', 'date', 'datetime', 'time'] as const
/** The types of single values that can be told apart. */
export const COMPARABLE = [...ORDERED, 'id', 'boolean'] as const
/** The types of single values that a list may hold. */
export const COUNTABLE = [...ORDERED, 'id'] as const
export const NUMBER = ['number'] as const
export const TEXT = ['text'] as const
export const BOOLEAN = ['boolean'] as const
export const DAY_OR_MOMENT = ['date', 'datetime'] as const

/** A parameter of these types. */
export function value(types: readonly ExpressionType[]): Parameter {
  return { kind: 'value', types }
}

/** A parameter of these types that agrees with its neighbours. */
export function same(types: readonly ExpressionType[]): Parameter {
  return { kind: 'same', types }
}

/** How a function is said that has no words of its own. */
export function phrase(en: string, zh: string): OperatorText {
  return { as: 'phrase', words: { 'en-US': en, 'zh-CN': zh } }
}

/** Parameters by position; the last one also takes every further argument. */
export function positions(...parameters: readonly Parameter[]): Operator['parameter'] {
  return (index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)]
    if (parameter === undefined) {
      throw new RangeError('An operator without parameters has no arguments')
    }
    return parameter
  }
}

/** An evaluation over numbers: null as soon as one of them is. */
export function ofNumbers(calculate: (...numbers: Decimal[]) => Operand): Operator['evaluate'] {
  return (operands) => {
    const numbers = operands.filter(isDecimal)
    return numbers.length === operands.length ? calculate(...numbers) : null
  }
}

/** An evaluation over texts, dates or ids: null as soon as one of them is. */
export function ofTexts(calculate: (...texts: string[]) => Operand): Operator['evaluate'] {
  return (operands) => {
    const texts = operands.filter(isText)
    return texts.length === operands.length ? calculate(...texts) : null
  }
}

export function isText(operand: Operand | undefined): operand is string {
  return typeof operand === 'string'
}

/** The operand at a position, null if there is none: an optional argument that was left out. */
export function operandAt(operands: readonly Operand[], index: number): Operand {
  return operands[index] ?? null
}

/** Whether an operator asks about related records: it takes a relationship and a condition. */
export function isAboutRelated({ arity: [least], parameter }: Operator): boolean {
  return least > 0 && parameter(0, least).kind === 'relationship'
}

/** Whether an operator takes that many arguments. */
export function hasArity(
  { arity: [least, most], isOdd, isEven }: Operator,
  count: number,
): boolean {
  if (count < least || count > most) return false
  return count % 2 === 1 ? isEven !== true : isOdd !== true
}

/** How many arguments an operator takes, in words. */
export function arityText({ arity: [least, most], isOdd, isEven }: Operator): Message {
  if (isEven) return { 'en-US': `${least}, 6, 8 … arguments`, 'zh-CN': `${least}、6、8……` }
  if (isOdd) return { 'en-US': `${least}, 5, 7 … arguments`, 'zh-CN': `${least}、5、7……` }
  if (most === Infinity) {
    return {
      'en-US': `at least ${least} argument${least === 1 ? '' : 's'}`,
      'zh-CN': `至少 ${least}`,
    }
  }
  if (least < most) {
    return { 'en-US': `${least} to ${most} arguments`, 'zh-CN': `${least} 到 ${most}` }
  }
  return { 'en-US': `${least} argument${least === 1 ? '' : 's'}`, 'zh-CN': `${least}` }
}
