import type { Expression } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { filterExpression, isComplete, isSameFilter, ME, parseFilter } from './filter-tree.ts'

describe('a filter', () => {
  const cases: Expression[] = [
    { '>=': [{ var: 'amount' }, 1000] },
    { in: [{ var: 'stage' }, ['won', 'lost']] },
    {
      and: [{ '==': [{ var: 'owner' }, ME] }, { in_period: [{ var: 'close_date' }, 'this_month'] }],
    },
    {
      or: [
        { '!': [{ is_blank: [{ var: 'phone' }] }] },
        { '!': [{ contains: [{ var: 'name' }, '华'] }] },
      ],
    },
    {
      and: [
        { or: [{ '==': [{ var: 'a' }, 1] }, { '==': [{ var: 'b.c' }, 'x'] }] },
        { between: [{ var: 'd' }, 1, 2] },
      ],
    },
    { includes: [{ var: 'tags' }, ['a']] },
    { within_km: [{ var: 'location' }, 31.23, 121.47, 5] },
  ]
  it.each(cases)('%j is read and written back unchanged', (expression) => {
    expect(filterExpression(parseFilter(expression))).toEqual(expression)
  })

  it('carries along what it has no row for', () => {
    const formula = { '>': [{ '+': [{ var: 'a' }, { var: 'b' }] }, 3] }
    const filter = parseFilter({ and: [formula, { '==': [{ var: 'x' }, 1] }] })
    expect(filter.parts.map(({ kind }) => kind)).toEqual(['other', 'condition'])
    expect(filterExpression(filter)).toEqual({ and: [formula, { '==': [{ var: 'x' }, 1] }] })
  })

  it('reads a bare checkbox and its negation', () => {
    expect(filterExpression(parseFilter({ var: 'active' }))).toEqual({
      '==': [{ var: 'active' }, true],
    })
    expect(filterExpression(parseFilter({ '!': { var: 'active' } }))).toEqual({
      '==': [{ var: 'active' }, false],
    })
  })

  it('leaves out conditions that say nothing yet', () => {
    const empty = { kind: 'condition', path: 'name', word: 'contains', values: [] } as const
    expect(isComplete({ ...empty, values: [] })).toBe(false)
    expect(
      filterExpression({ kind: 'group', join: 'and', parts: [{ ...empty, values: [] }] }),
    ).toBeUndefined()
  })

  it('is compared by meaning, not by spelling', () => {
    expect(isSameFilter({ is_blank: { var: 'x' } }, { is_blank: [{ var: 'x' }] })).toBe(true)
    expect(isSameFilter({ and: [{ '==': [{ var: 'x' }, 1] }] }, { '==': [{ var: 'x' }, 1] })).toBe(
      true,
    )
    expect(isSameFilter(undefined, { '==': [{ var: 'x' }, 1] })).toBe(false)
  })
})
