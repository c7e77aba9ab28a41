import type { Expression } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { conditionExpression, parseCondition } from './condition-tree.ts'

const amount = { var: 'amount' }

/** Conditions that the builder has lines for: reading and writing them changes nothing. */
const BUILT: Expression[] = [
  { '==': [{ var: 'stage' }, 'won'] },
  { '==': [{ var: 'active' }, true] },
  { '>=': [amount, 1000] },
  { '<': [amount, { var: 'account.credit_limit' }] },
  { '<': [{ var: 'close_date' }, { today: [] }] },
  { in: [{ var: 'stage' }, ['won', 'lost']] },
  { not_in: [{ var: 'stage' }, ['won']] },
  { between: [amount, 1, 10] },
  { in_period: [{ var: 'close_date' }, 'this_quarter'] },
  { contains: [{ var: 'name' }, '华'] },
  { is_blank: [amount] },
  { '!': [{ is_blank: [amount] }] },
  { changed: [{ var: 'stage' }] },
  {
    and: [
      { is_blank: [amount] },
      { or: [{ '==': [{ var: 'stage' }, 'won'] }, { '==': [{ var: 'stage' }, 'lost'] }] },
    ],
  },
]

/** Conditions that it has no line for: they are kept as they are written. */
const WRITTEN: Expression[] = [
  { '>': [{ '*': [amount, 2] }, 10] },
  { '!': [{ and: [{ is_blank: [amount] }, { '>': [amount, 1] }] }] },
  { '>': [5, amount] },
  { is_new: [] },
  { and: [{ is_blank: [amount] }, { '>': [{ '+': [amount, 1] }, 2] }] },
]

describe('the condition builder', () => {
  it.each(BUILT.map((expression) => [JSON.stringify(expression), expression]))(
    'reads and writes %s',
    (_, expression) => {
      expect(conditionExpression(parseCondition(expression as Expression))).toEqual(expression)
      expect(JSON.stringify(parseCondition(expression as Expression))).not.toContain('written')
    },
  )

  it.each(WRITTEN.map((expression) => [JSON.stringify(expression), expression]))(
    'keeps %s',
    (_, expression) => {
      expect(conditionExpression(parseCondition(expression as Expression))).toEqual(expression)
      expect(JSON.stringify(parseCondition(expression as Expression))).toContain('written')
    },
  )

  it('says nothing while nothing is complete', () => {
    expect(parseCondition(undefined)).toEqual({ kind: 'group', join: 'and', items: [] })
    expect(
      conditionExpression({
        kind: 'group',
        join: 'and',
        items: [{ kind: 'test', path: 'stage', test: 'equals', values: [] }],
      }),
    ).toBeUndefined()
    expect(
      conditionExpression({ kind: 'test', path: 'amount', test: 'between', values: [1, null] }),
    ).toBeUndefined()
  })

  it('leaves incomplete lines out of what is complete', () => {
    const group = parseCondition({ is_blank: [amount] })
    const more = {
      ...group,
      items: [
        ...group.items,
        { kind: 'test' as const, path: '', test: 'equals' as const, values: [] },
      ],
    }
    expect(conditionExpression(more)).toEqual({ is_blank: [amount] })
  })

  it('reads an operand without brackets', () => {
    expect(parseCondition({ '!': { is_blank: amount } })).toMatchObject({
      items: [{ test: 'is_filled', path: 'amount' }],
    })
  })
})
