import { CHOICE_OPERATORS } from './choice-operators.ts'
import { COMPARISON_OPERATORS } from './comparison-operators.ts'
import { DATE_OPERATORS } from './date-operators.ts'
import { LOGIC_OPERATORS } from './logic-operators.ts'
import { NUMBER_FUNCTIONS } from './number-functions.ts'
import { NUMBER_OPERATORS } from './number-operators.ts'
import type { Operator } from './operator.ts'
import { PART_OPERATORS } from './part-operators.ts'
import { RECORD_OPERATORS } from './record-operators.ts'
import { TEXT_FORMS } from './text-forms.ts'
import { TEXT_FUNCTIONS } from './text-functions.ts'
import { TEXT_OPERATORS } from './text-operators.ts'
import { TIME_FUNCTIONS } from './time-functions.ts'

const TABLE = {
  ...LOGIC_OPERATORS,
  ...COMPARISON_OPERATORS,
  ...TEXT_OPERATORS,
  ...NUMBER_OPERATORS,
  ...DATE_OPERATORS,
  ...RECORD_OPERATORS,
  ...PART_OPERATORS,
  ...CHOICE_OPERATORS,
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...TEXT_FORMS,
  ...TIME_FUNCTIONS,
}

export type OperatorName = keyof typeof TABLE

/**
 * The closed list of operators. Checking, evaluation and wording read this one table; the server's
 * SQL table has the same keys. `var` is not in it: it names a field rather than computes.
 */
export const OPERATORS: Readonly<Record<OperatorName, Operator>> = TABLE

/** Every word that may stand as the key of an operation. */
export const OPERATOR_NAMES: readonly string[] = ['var', ...Object.keys(OPERATORS)]

/** Whether a word is an operator of the profile (other than `var`). */
export function isOperatorName(word: string): word is OperatorName {
  return Object.hasOwn(OPERATORS, word)
}
