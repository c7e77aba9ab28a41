import { describe, expect, it } from 'vitest'

import { type Expression, expressionReferences } from './index.ts'

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
