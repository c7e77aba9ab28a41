import type { SqlParameter } from '../conditions/compile-expression.ts'

/**
 * The place of a value in a compiled statement: what each request brings along. It stands among the bound
 * values and is replaced by the value of that name before the statement runs.
 */
export class Slot {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** The place of a constant of a condition, which each condition of the same shape fills anew. */
export class ConditionSlot {
  /** Which of the conditions of the statement. */
  readonly condition: number
  readonly parameter: SqlParameter

  constructor(condition: number, parameter: SqlParameter) {
    this.condition = condition
    this.parameter = parameter
  }
}

/** Values by the names of their slots. */
export type SlotValues = Readonly<Record<string, unknown>>
