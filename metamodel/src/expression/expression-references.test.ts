import { describe, expect, it } from 'vitest'

import { type Expression, expressionReferences, renameInExpression } from './index.ts'

const v = (name: string): Expression => ({ var: name })

describe('expressionReferences', () => {
  it('finds fields, parents, the user, related records, saving and time', () => {
    const expression = {
      and: [
        { '>': [v('amount'), v('account.limit')] },
        { '==': [v('owner'), v('$user.id')] },
        {
          some: [
            v('contacts'),
            { and: [{ is_blank: v('email') }, { '<': [v('since'), { today: [] }] }] },
          ],
        },
        { none: [v('contacts'), { '==': [v('role'), v('$user.role')] }] },
        { '==': [{ prior: v('stage') }, 'amount'] },
      ],
    }
    const references = expressionReferences(expression)
    expect(references).toMatchObject({
      fields: [
        'account.limit',
        'amount',
        'contacts.email',
        'contacts.role',
        'contacts.since',
        'owner',
        'stage',
      ],
      relationships: ['contacts'],
      user: ['id', 'role'],
      needsSaving: true,
      timeDependent: true,
    })
    expect(references.related['contacts']).toMatchObject({
      fields: ['email', 'role', 'since'],
      needsSaving: false,
      timeDependent: true,
    })
  })

  it('finds nothing in literals', () => {
    expect(expressionReferences({ in: ['amount', ['var', 'amount']] })).toEqual({
      fields: [],
      relationships: [],
      related: {},
      user: [],
      needsSaving: false,
      timeDependent: false,
    })
  })

  it('knows which operators depend on the day', () => {
    expect(expressionReferences({ in_period: [v('d'), 'today'] }).timeDependent).toBe(true)
    expect(expressionReferences({ year: [v('d')] }).timeDependent).toBe(false)
  })
})

describe('renameInExpression', () => {
  const expression: Expression = {
    and: [
      { '==': [v('account'), v('account.parent')] },
      { '!': v('account') },
      { some: [v('accounts'), { '==': [v('account'), 'account'] }] },
      { in: ['account', ['account']] },
    ],
  }

  it('renames a field and the paths through it, and nothing else', () => {
    expect(renameInExpression(expression, 'account', 'customer')).toEqual({
      and: [
        { '==': [v('customer'), v('customer.parent')] },
        { '!': v('customer') },
        { some: [v('accounts'), { '==': [v('account'), 'account'] }] },
        { in: ['account', ['account']] },
      ],
    })
  })

  it('renames a field of a parent, of related records, and a relationship', () => {
    expect(renameInExpression(v('account.parent'), 'account.parent', 'account.group')).toEqual(
      v('account.group'),
    )
    const some = { some: [v('accounts'), { is_blank: v('name') }] }
    expect(renameInExpression(some, 'accounts.name', 'accounts.title')).toEqual({
      some: [v('accounts'), { is_blank: v('title') }],
    })
    expect(renameInExpression(some, 'accounts', 'clients')).toEqual({
      some: [v('clients'), { is_blank: v('name') }],
    })
    expect(renameInExpression(some, 'name', 'title')).toBe(some)
  })

  it('answers the same object where nothing changes, and comes back where it does', () => {
    expect(renameInExpression(expression, 'stage', 'phase')).toBe(expression)
    const there = renameInExpression(expression, 'account', 'customer')
    expect(renameInExpression(there, 'customer', 'account')).toEqual(expression)
  })
})
