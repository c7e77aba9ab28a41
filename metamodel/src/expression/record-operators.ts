import { areSame, type Operand } from './operand.ts'
import { operandAt, type Operator, positions } from './operator.ts'

function related(
  evaluate: (outcomes: readonly Operand[]) => boolean,
  en: string,
  zh: string,
): Operator {
  return {
    arity: [2, 2],
    parameter: positions({ kind: 'relationship' }, { kind: 'condition' }),
    result: 'boolean',
    evaluate,
    text: { as: 'phrase', words: { 'en-US': en, 'zh-CN': zh } },
  }
}

/**
 * The operators on related records, and those on the save that is going on. A condition that is
 * unknown for a related record counts as not met; of no related records, `all` is true.
 */
export const RECORD_OPERATORS = {
  some: related(
    (outcomes) => outcomes.includes(true),
    'there are {0} with ({1})',
    '存在满足（{1}）的{0}',
  ),
  none: related(
    (outcomes) => !outcomes.includes(true),
    'there are no {0} with ({1})',
    '没有满足（{1}）的{0}',
  ),
  all: related(
    (outcomes) => outcomes.every((outcome) => outcome === true),
    'all {0} have ({1})',
    '所有{0}都满足（{1}）',
  ),
  changed: {
    arity: [1, 1],
    parameter: positions({ kind: 'field' }),
    result: 'boolean',
    evaluate: ([now = null, before = null], { isNew }) => !isNew && !areSame(now, before),
    text: {
      as: 'predicate',
      words: { verb: 'has', rest: { 'en-US': 'changed', 'zh-CN': '已更改' } },
      negated: { verb: 'has', rest: { 'en-US': 'not changed', 'zh-CN': '未更改' } },
    },
    isSaving: true,
  },
  prior: {
    arity: [1, 1],
    parameter: positions({ kind: 'field' }),
    result: 'same',
    evaluate: (operands) => operandAt(operands, 1),
    text: { as: 'phrase', words: { 'en-US': 'the previous {0}', 'zh-CN': '原{0}' } },
    isSaving: true,
  },
  is_new: {
    arity: [0, 0],
    parameter: positions(),
    result: 'boolean',
    evaluate: (_operands, { isNew }) => isNew,
    text: { as: 'phrase', words: { 'en-US': 'the record is new', 'zh-CN': '记录为新建' } },
    isSaving: true,
  },
} satisfies Record<string, Operator>
