export { checkFormula, type FormulaCheck, type FormulaPart } from './check-formula.ts'
export {
  completeFormula,
  type FieldCompletion,
  type FormulaCompletion,
  wordBefore,
} from './complete-formula.ts'
export {
  FORMULA_FUNCTIONS,
  type FormulaFunction,
  type FunctionGroup,
  functionNamed,
} from './function-table.ts'
export { normalExpression } from './normal-expression.ts'
export { MAX_FORMULA_LENGTH, type ParsedFormula, parseFormula } from './parse-formula.ts'
export { printFormula } from './print-formula.ts'
export { renameInFormula } from './rename-in-formula.ts'
export { type FormulaReading, settledEvaluator, settleFormula } from './settle-formula.ts'
export { type Token, tokenize, type Tokens } from './tokenize.ts'
export { FORMULA_PROBLEM_CODES, type FormulaProblem, type Range, type Syntax } from './syntax.ts'
