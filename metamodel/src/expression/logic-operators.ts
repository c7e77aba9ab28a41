import type { Operand } from './operand.ts'
import {
  BOOLEAN,
  COMPARABLE,
  type Operator,
  operandAt,
  positions,
  same,
  value,
} from './operator.ts'

const condition = value(BOOLEAN)
const branch = same([...COMPARABLE, 'list', 'null'])

/** `and` and `or` over true, false and null (unknown), as in SQL. `decisive` settles it alone. */
function junction(decisive: boolean): Operator['evaluate'] {
  return (operands) => {
    if (operands.includes(decisive)) return decisive
    return operands.includes(null) ? null : !decisive
  }
}

function choose(operands: readonly Operand[]): Operand {
  const last = operands.length - 1
  for (let index = 0; index < last; index += 2) {
    if (operands[index] === true) return operandAt(operands, index + 1)
  }
  return operandAt(operands, last)
}

/** The operators of logic. A condition that is unknown (null) counts as not met in `if`. */
export const LOGIC_OPERATORS = {
  and: {
    arity: [1, Infinity],
    parameter: positions(condition),
    result: 'boolean',
    evaluate: junction(false),
    text: { as: 'junction', words: { 'en-US': 'and', 'zh-CN': '且' } },
  },
  or: {
    arity: [1, Infinity],
    parameter: positions(condition),
    result: 'boolean',
    evaluate: junction(true),
    text: { as: 'junction', words: { 'en-US': 'or', 'zh-CN': '或' } },
  },
  '!': {
    arity: [1, 1],
    parameter: positions(condition),
    result: 'boolean',
    evaluate: ([operand = null]) => (operand === null ? null : operand === false),
    text: { as: 'negation', words: { 'en-US': 'not ({0})', 'zh-CN': '并非（{0}）' } },
  },
  if: {
    arity: [3, Infinity],
    isOdd: true,
    parameter: (index, count) => (index % 2 === 0 && index < count - 1 ? condition : branch),
    result: 'same',
    evaluate: choose,
    text: { as: 'choice' },
  },
} satisfies Record<string, Operator>
