import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  checkExpression,
  type Expression,
  type ExpressionProblemCode,
  type ExpressionScope,
  type ExpressionType,
  EXPRESSION_PROBLEM_CODES,
  OPERATORS,
  resolveExpression,
  type ScopeField,
} from './index.ts'

const FIELDS: Readonly<Record<string, ScopeField>> = {
  amount: { type: 'number' },
  name: { type: 'text' },
  stage: { type: 'text', values: ['open', 'won', 'lost'] },
  active: { type: 'boolean' },
  close_date: { type: 'date' },
  created_at: { type: 'datetime' },
  tags: { type: 'list', values: ['vip', 'new'] },
  account: { type: 'id' },
  'account.industry': { type: 'text' },
  '$user.id': { type: 'id' },
  '$user.regions': { type: 'list' },
}

const EMAIL: ScopeField = { type: 'text' }

const CONTACTS: ExpressionScope = {
  saving: true,
  field: (path) => (path === 'email' ? EMAIL : undefined),
  fieldNames: () => ['email'],
}

// A scope that looks names up in a plain object, as a careless one would.
function scope(saving = false): ExpressionScope {
  return {
    saving,
    field: (path) =>
      path.split('.').reduce<never>((at, key) => at?.[key], { ...FIELDS } as never) ?? FIELDS[path],
    relationship: (name) => ({ contacts: CONTACTS } as Record<string, ExpressionScope>)[name],
    fieldNames: () => Object.keys(FIELDS),
    relationshipNames: () => ['contacts'],
  }
}

const v = (name: string): Expression => ({ var: name })

function found(expression: unknown, expected?: ExpressionType, saving = false): string[] {
  const problems = checkExpression(expression as Expression, scope(saving), expected)
  return problems.map(({ code, path, suggestion }) =>
    [code, path, suggestion].filter((word) => word !== undefined).join(' '),
  )
}

/** An expression of so many operations inside each other. */
function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce((inner) => ({ '!': [inner] }), v('active'))
}

/** An expression of 2 × count + 1 parts. */
function wide(count: number): unknown {
  return { and: Array.from({ length: count }, () => v('active')) }
}

function listed(count: number): unknown {
  return { in: [v('name'), Array.from({ length: count }, String)] }
}

describe('checkExpression', () => {
  it.each<[string, unknown]>([
    ['a comparison', { '>': [v('amount'), 10.5] }],
    ['a picklist value', { '==': [v('stage'), 'won'] }],
    ['picklist values in a list', { in: [v('stage'), ['won', 'lost']] }],
    ['a multi-picklist', { includes: [v('tags'), ['vip']] }],
    ['one value of a multi-picklist', { excludes: [v('tags'), 'vip'] }],
    ['a value in a multi-picklist', { in: ['vip', v('tags')] }],
    ['a date', { between: [v('close_date'), '2026-01-01', '2026-12-31'] }],
    ['a moment with an offset', { '<': [v('created_at'), '2026-11-21T08:00:00+08:00'] }],
    ['an id', { '==': [v('account'), '01890A5D-AC96-774B-BCCE-B302099A8057'] }],
    [
      'the user',
      { or: [{ '==': [v('account'), v('$user.id')] }, { in: [v('name'), v('$user.regions')] }] },
    ],
    ['a parent', { contains: [v('account.industry'), 'media'] }],
    ['related records', { some: [v('contacts'), { is_blank: v('email') }] }],
    ['a null branch', { '==': [{ if: [v('active'), v('amount'), null] }, 5] }],
    [
      'a choice of dates',
      { '<': [v('close_date'), { if: [v('active'), '2026-01-01', '2027-01-01'] }] },
    ],
    [
      'moved literals',
      {
        '<': [
          v('created_at'),
          { add_days: [{ if: [v('active'), '2026-01-01T00:00:00Z', null] }, 1] },
        ],
      },
    ],
    ['the literal on the left', { '==': ['won', v('stage')] }],
    ['a bare checkbox', { and: [v('active'), { '!': v('active') }] }],
  ])('accepts %s', (_what, expression) => {
    expect(found(expression, 'boolean')).toEqual([])
  })

  it.each<[string, unknown, string[]]>([
    ['two keys', { '==': [1, 1], '>': [1, 1] }, ['malformed ']],
    ['no key', { and: [{}] }, ['malformed and.0']],
    ['no JSON', { '!': undefined }, ['malformed !']],
    ['an operation in a list', { in: [v('name'), ['a', v('name')]] }, ['malformed in.1.1']],
    ['a NUL in text', { '==': [v('name'), 'a\0'] }, ['malformed ==.1']],
    ['half a character', { '==': [v('name'), '\ud83d'] }, ['malformed ==.1']],
    ['a computed field name', { var: { var: 'name' } }, ['malformed ']],
    ['an unknown operator', { contain: [v('name'), 'x'] }, ['unknown_operator contain contains']],
    [
      'the operators of plain JSON Logic',
      { and: [{ '===': [1, 1] }, { cat: ['a'] }, { reduce: [] }] },
      [
        'unknown_operator and.0.=== ==',
        'unknown_operator and.1.cat concat',
        'unknown_operator and.2.reduce',
      ],
    ],
    ['log', { log: 'x' }, ['unknown_operator log']],
    ['what every object has', { constructor: [1] }, ['unknown_operator constructor']],
    ['an unknown field', { is_blank: v('amont') }, ['unknown_field is_blank amount']],
    ['the whole record', { is_blank: v('') }, ['unknown_field is_blank']],
    ['the way to Function', v('stage.constructor.constructor'), ['unknown_field ']],
    ['a prototype', v('__proto__.name'), ['unknown_field ']],
    ['toString', v('toString'), ['unknown_field ']],
    ['a default', { var: ['name', 'x'] }, ['wrong_arity ']],
    [
      'an unknown relationship',
      { some: [v('contact'), { is_blank: v('email') }] },
      ['unknown_relationship some.0 contacts'],
    ],
    [
      'an inherited relationship',
      { some: [v('constructor'), true] },
      ['unknown_relationship some.0'],
    ],
    ['a list in place of a relationship', { some: [['a'], true] }, ['malformed some.0']],
    [
      'an unknown field of related records',
      { all: [v('contacts'), { is_blank: v('emial') }] },
      ['unknown_field all.1.is_blank email'],
    ],
    [
      'a field of the record among related records',
      { all: [v('contacts'), { is_blank: v('amount') }] },
      ['unknown_field all.1.is_blank'],
    ],
    [
      'a value that the picklist has not',
      { '==': [v('stage'), 'wonn'] },
      ['unknown_value ==.1 won'],
    ],
    [
      'such values in a list',
      { not_in: [v('stage'), ['won', 'x', 'lots']] },
      ['unknown_value not_in.1.1', 'unknown_value not_in.1.2 lost'],
    ],
    [
      'such a value of a multi-picklist',
      { includes: [v('tags'), ['vp']] },
      ['unknown_value includes.1.0 vip'],
    ],
    [
      'such a value in a choice',
      { '==': [v('stage'), { if: [v('active'), 'won', 'lst'] }] },
      ['unknown_value ==.1.if.2 lost'],
    ],
    [
      'an unknown period',
      { in_period: [v('close_date'), 'this_mnth'] },
      ['unknown_period in_period.1 this_month'],
    ],
    [
      'a period of no days',
      { in_period: [v('close_date'), 'last_n_days:0'] },
      ['unknown_period in_period.1 last_n_days:1'],
    ],
    ['a computed period', { in_period: [v('close_date'), v('name')] }, ['malformed in_period.1']],
    ['text against a number', { '>': [v('amount'), '10'] }, ['wrong_type >.1']],
    ['a number against text', { '==': [v('name'), 10] }, ['wrong_type ==.1']],
    ['a date against a moment', { '<': [v('close_date'), v('created_at')] }, ['wrong_type <.1']],
    ['true against a number', { '==': [v('amount'), true] }, ['wrong_type ==.1']],
    [
      'the order of ids',
      { '<': [v('account'), v('$user.id')] },
      ['wrong_type <.0', 'wrong_type <.1'],
    ],
    ['sums of text', { '+': [v('name'), 1] }, ['wrong_type +.0']],
    ['a number as a condition', { and: [v('amount'), v('active')] }, ['wrong_type and.0']],
    ['a null in a sum', { '+': [null, 1] }, ['wrong_type +.0']],
    ['a list compared', { '==': [v('tags'), ['vip']] }, ['wrong_type ==.0', 'wrong_type ==.1']],
    ['a number in a list of texts', { in: [v('name'), ['a', 1]] }, ['wrong_type in.1.1']],
    ['a number sought in a multi-picklist', { in: [v('amount'), v('tags')] }, ['wrong_type in.1']],
    ['branches of two types', { if: [v('active'), v('amount'), v('name')] }, ['wrong_type if.2']],
    ['too few arguments', { between: [v('amount'), 1] }, ['wrong_arity ']],
    ['too many arguments', { '<': [1, 2, 3] }, ['wrong_arity ']],
    ['if without else', { if: [v('active'), 1, v('active'), 2] }, ['wrong_arity ']],
    ['and of nothing', { and: [] }, ['wrong_arity ']],
    ['a day that does not exist', { '==': [v('close_date'), '2026-02-30'] }, ['wrong_value ==.1']],
    [
      'a moment without a zone',
      { '<': [v('created_at'), '2026-11-21T08:00:00'] },
      ['wrong_value <.1'],
    ],
    ['a date in place of a moment', { '<': [v('created_at'), '2026-11-21'] }, ['wrong_value <.1']],
    ['an id that is none', { '==': [v('account'), 'me'] }, ['wrong_value ==.1']],
    ['a number of 16 digits', { '>': [v('amount'), 1234567890.123456] }, ['wrong_value >.1']],
    ['an infinite number', { '>': [v('amount'), Number.POSITIVE_INFINITY] }, ['wrong_value >.1']],
    ['a huge number', { '>': [v('amount'), 1e20] }, ['wrong_value >.1']],
    [
      'places that are no whole number',
      { '>': [{ round: [v('amount'), 0.5] }, 1] },
      ['wrong_value >.0.round.1'],
    ],
    [
      'computed places',
      { '>': [{ round: [v('amount'), v('amount')] }, 1] },
      ['wrong_value >.0.round.1'],
    ],
    ['a comparison with null', { '==': [v('amount'), null] }, ['compare_with_null ==.1 is_blank']],
    ['null in a list', { in: [v('name'), ['a', null]] }, ['compare_with_null in.1.1 is_blank']],
    ['changed outside a save', { changed: v('name') }, ['not_while_saving ']],
    ['prior outside a save', { '==': [{ prior: v('name') }, 'x'] }, ['not_while_saving ==.0']],
    ['is_new outside a save', { is_new: [] }, ['not_while_saving ']],
  ])('refuses %s', (_what, expression, problems) => {
    expect(found(expression)).toEqual(problems)
  })

  it('allows changed, prior and is_new while saving, on fields alone, and not of related records', () => {
    const guard = {
      and: [
        { changed: v('stage') },
        { '==': [{ prior: [v('stage')] }, 'won'] },
        { '!': { is_new: [] } },
      ],
    }
    expect(found(guard, 'boolean', true)).toEqual([])
    expect(found({ '==': [{ prior: v('stage') }, 'wonn'] }, 'boolean', true)).toEqual([
      'unknown_value ==.1 won',
    ])
    expect(found({ changed: 'stage' }, 'boolean', true)).toEqual(['malformed changed'])
    expect(found({ changed: { lower: v('name') } }, 'boolean', true)).toEqual(['malformed changed'])
    expect(found({ some: [v('contacts'), { changed: v('email') }] }, 'boolean', true)).toEqual([
      'not_while_saving some.1',
    ])
  })

  it('collects every problem, each with its place', () => {
    const expression = {
      or: [{ '>': [v('amont'), 1] }, { '==': [v('stage'), 'x'] }, { foo: [] }, { '!': [1, 2] }],
    }
    expect(found(expression)).toEqual([
      'unknown_field or.0.>.0 amount',
      'unknown_value or.1.==.1',
      'unknown_operator or.2.foo',
      'wrong_arity or.3',
    ])
  })

  it('holds the whole against an expected type, which a literal takes on', () => {
    expect(found('2026-11-21', 'date')).toEqual([])
    expect(found('2026-11-31', 'date')).toEqual(['wrong_value '])
    expect(found(['a'], 'list')).toEqual([])
    expect(found(null, 'number')).toEqual([])
    expect(found(v('amount'), 'boolean')).toEqual(['wrong_type '])
    expect(found({ if: [v('active'), '2026-01-01', null] }, 'date')).toEqual([])
    expect(found({ if: [v('active'), 'x', null] }, 'date')).toEqual(['wrong_value if.1'])
    expect(found({ min: [v('amount'), 1] }, 'text')).toEqual(['wrong_type '])
  })

  it('refuses what is too deep or too large without reading it', () => {
    expect(found(nested(19))).toEqual([])
    expect(found(nested(20))).toEqual(['too_deep '])
    expect(found(nested(20_000))).toEqual(['too_deep '])
    expect(found(wide(249))).toEqual([])
    expect(found(wide(250))).toEqual(['too_large '])
    expect(found(wide(200_000))).toEqual(['too_large '])
    expect(found(listed(1000))).toEqual([])
    expect(found(listed(1001))).toEqual(['too_large '])
  })

  it('says every problem in both languages, and knows no other codes', () => {
    const expressions: unknown[] = [
      { foo: 1 },
      v('x'),
      { '==': [v('amount'), null] },
      { '>': [v('amount'), 'a'] },
      { '!': [] },
    ]
    for (const problem of expressions.flatMap((expression) =>
      checkExpression(expression as Expression, scope()),
    )) {
      expect(EXPRESSION_PROBLEM_CODES).toContain(problem.code satisfies ExpressionProblemCode)
      expect(problem.message['en-US']).toMatch(/^[\x20-\x7e]+$/)
      expect(problem.message['zh-CN']).toMatch(/\p{Script=Han}/u)
    }
    const [suggested] = checkExpression(v('amont'), scope())
    expect(suggested?.message).toEqual({
      'en-US': 'Unknown field "amont". Did you mean "amount"?',
      'zh-CN': '未知的字段“amont”，是否想写“amount”？',
    })
  })

  it('never throws, whatever JSON it is given (NocoBase 821b0f5c693)', () => {
    const word = fc.constantFrom('var', ...Object.keys(OPERATORS), 'x', '__proto__')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, 1.5, 'amount', 'stage', 'x', ''),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(word, tie('tree'), { minKeys: 1, maxKeys: 2 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (expression) => {
        const { typed, problems } = resolveExpression(expression as Expression, scope(true))
        expect(typed === undefined).toBe(problems.length > 0)
      }),
      { numRuns: 500 },
    )
  })
})
