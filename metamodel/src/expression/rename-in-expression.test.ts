import { describe, expect, it } from 'vitest'

import { type Expression, renameInExpression, type Renaming } from './index.ts'

const v = (name: string): Expression => ({ var: name })

/** `account` is `customer`, but for the records of relationships. */
const renaming: Renaming = {
  path: (path) => path.replace(/^account(?=\.|$)/, 'customer'),
  behind: () => ({ path: (path) => (path === 'name' ? 'title' : path), behind: () => renaming }),
}

describe('renameInExpression', () => {
  it('renames a field and the paths through it, and no literal', () => {
    const expression: Expression = {
      and: [
        { '==': [v('account'), v('account.parent')] },
        { '!': v('account') },
        { in: ['account', ['account']] },
      ],
    }
    expect(renameInExpression(expression, renaming)).toEqual({
      and: [
        { '==': [v('customer'), v('customer.parent')] },
        { '!': v('customer') },
        { in: ['account', ['account']] },
      ],
    })
  })

  it('renames what is read of related records as it is called there', () => {
    const some = { some: [v('account'), { and: [{ is_blank: v('name') }, v('account')] }] }
    expect(renameInExpression(some, renaming)).toEqual({
      some: [v('account'), { and: [{ is_blank: v('title') }, v('account')] }],
    })
  })

  it('answers the same object where nothing changes', () => {
    const expression = { '>': [v('amount'), 3] }
    expect(renameInExpression(expression, renaming)).toBe(expression)
  })
})
