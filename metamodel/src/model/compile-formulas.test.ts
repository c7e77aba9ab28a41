import { describe, expect, it } from 'vitest'

import { createFieldTypes } from '../field-types/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import { compileModel } from './compile-model.ts'

const formula = (text: string, more: object = {}): object => ({
  type: 'formula',
  label: 'F',
  result: 'number',
  formula: text,
  ...more,
})

/** Compiles a deal with an account, and these fields besides. */
function compiled(fields: Readonly<Record<string, object>>) {
  const all: Record<string, object> = {
    'account.credit': { type: 'currency', label: 'Credit' },
    'account.code': { type: 'text', label: 'Code' },
    'deal.account': {
      type: 'lookup',
      label: 'Account',
      target: 'account',
      relationship: { name: 'deals' },
    },
    'deal.amount': { type: 'currency', label: 'Amount' },
    'deal.due': { type: 'date', label: 'Due' },
    ...fields,
  }
  const components: RawComponent[] = [
    ...['account', 'deal', 'user'].map((name) => ({
      kind: 'object',
      name,
      definition: { label: name },
    })),
    ...Object.entries(all).map(([name, definition]) => ({ kind: 'field', name, definition })),
  ]
  return compileModel(components, createFieldTypes())
}

function problemsOf(fields: Readonly<Record<string, object>>) {
  return compiled(fields).problems
}

describe('formulas of a model', () => {
  it('are computed of columns only, those of other formulas too', () => {
    const { model, problems } = compiled({
      'account.twice': formula('credit * 2', { result: 'currency' }),
      'deal.sum': formula('account.twice + amount', { result: 'currency' }),
      'deal.more': formula('sum + 1', { result: 'currency' }),
    })
    expect(problems).toEqual([])
    const field = model?.objects.get('deal')?.fields.get('more')
    expect(field?.formula?.reads).toEqual(['sum'])
    expect(field?.formula?.inputs).toEqual(['account.credit', 'account.id', 'amount'])
    expect(field?.isVirtual).toBe(true)
    expect(field?.type).toMatchObject({ name: 'formula', result: 'currency', isReadOnly: true })
  })

  it('reads a stored formula as the column that it is', () => {
    const { model } = compiled({
      'account.twice': formula('credit * 2', { result: 'currency', stored: true }),
      'deal.sum': formula('account.twice + amount'),
    })
    expect(model?.objects.get('deal')?.fields.get('sum')?.formula?.inputs).toEqual([
      'account.twice',
      'amount',
    ])
  })

  it('tells what is wrong with its place', () => {
    expect(problemsOf({ 'deal.f': formula('amuont * 2') })).toMatchObject([
      {
        code: 'unknown_field',
        kind: 'field',
        name: 'deal.f',
        path: 'formula',
        range: { from: 0, to: 6 },
        suggestion: 'amount',
        message: { 'en-US': expect.any(String), 'zh-CN': expect.any(String) },
      },
    ])
    expect(problemsOf({ 'deal.f': formula('2 * account.code') })).toMatchObject([
      { code: 'wrong_type', path: 'formula', range: { from: 4, to: 16 } },
    ])
  })

  it.each([
    ['another type than its result', { formula: 'account.code' }, 'wrong_type'],
    ['what asks for a save', { formula: 'IF(ISNEW(), 1, 2)' }, 'not_while_saving'],
    ['nothing', { formula: 'NULL' }, 'inert'],
    ['the time, stored', { formula: 'due - TODAY()', stored: true }, 'not_storable'],
    ['the user, stored', { formula: 'LEN($User.Email)', stored: true }, 'not_storable'],
    ['the number of saves, stored', { formula: 'version + 1', stored: true }, 'not_storable'],
    ['an index without a column', { formula: '1 + amount', index: true }, 'inert'],
    ['a default', { formula: 'amount', default: 1 }, 'unknown_key'],
    ['required', { formula: 'amount', required: true }, 'unknown_key'],
    ['unique', { formula: 'amount', unique: true }, 'unknown_key'],
    ['too many characters', { formula: `1${' '.repeat(100_000)}` }, 'too_long'],
    ['too deep', { formula: `${'('.repeat(10_000)}1${')'.repeat(10_000)}` }, 'too_deep'],
    ['no type', { formula: 'amount', result: 'lookup' }, 'wrong_value'],
  ])('refuses %s', (_what, definition, code) => {
    const found = problemsOf({ 'deal.f': formula('1', definition) })
    expect(found.map((one) => one.code)).toContain(code)
  })

  it('refuses to store what reads the time through another formula', () => {
    const found = problemsOf({
      'deal.days': formula('due - TODAY()'),
      'deal.f': formula('days + 1', { stored: true }),
    })
    expect(found).toMatchObject([{ code: 'not_storable', name: 'deal.f', path: 'stored' }])
  })

  it('refuses circles, through others and across objects', () => {
    const self = problemsOf({ 'deal.f': formula('f + 1') })
    expect(self).toMatchObject([{ code: 'circular', name: 'deal.f' }])
    const found = problemsOf({
      'account.best': {
        type: 'lookup',
        label: 'B',
        target: 'deal',
        relationship: { name: 'best' },
      },
      'account.a': formula('best.b + 1'),
      'deal.b': formula('account.a + 1'),
    })
    expect(found).toHaveLength(1)
    expect(found[0]?.message['en-US']).toContain('account.a → deal.b → account.a')
  })

  it('refuses more than ten levels, and what grows too large', () => {
    const chain = (count: number): Record<string, object> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `deal.f${index}`,
          formula(index === 0 ? 'amount' : `f${index - 1} + 1`),
        ]),
      )
    expect(problemsOf(chain(10))).toEqual([])
    expect(problemsOf(chain(11))).toMatchObject([{ code: 'too_deep', name: 'deal.f10' }])
    const doubling = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `deal.f${index}`,
        formula(
          index === 0
            ? 'amount'
            : Array(5)
                .fill(`f${index - 1}`)
                .join(' + '),
        ),
      ]),
    )
    expect(problemsOf(doubling).map((one) => one.code)).toEqual(['too_large'])
  })

  it('keeps derived values away from formulas', () => {
    const found = problemsOf({
      'deal.f': formula('amount'),
      'deal.d': { type: 'number', label: 'D', derive: { '+': [{ var: 'f' }, 1] } },
    })
    expect(found).toMatchObject([{ code: 'computed', path: 'derive' }])
  })
})
