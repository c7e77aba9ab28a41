import { describe, expect, it } from 'vitest'

import { type DescribeOptions, describeExpression, type Expression, OPERATORS } from './index.ts'

const LABELS: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  amount: ['Amount', '金额'],
  budget: ['Budget', '预算'],
  name: ['Name', '名称'],
  stage: ['Stage', '阶段'],
  active: ['Active', '启用'],
  close_date: ['Close date', '结单日期'],
  tags: ['Tags', '标签'],
  contacts: ['Contacts', '联系人'],
  'contacts.email': ['Email', '邮箱'],
  '$user.id': ['me', '我'],
  owner: ['Owner', '负责人'],
}

const VALUES: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  'stage won': ['Won', '赢单'],
  'stage lost': ['Lost', '输单'],
  'tags vip': ['VIP', '重点'],
}

function options(locale: 'en-US' | 'zh-CN'): DescribeOptions {
  const index = locale === 'en-US' ? 0 : 1
  return {
    locale,
    label: (path) => LABELS[path]?.[index] ?? path,
    valueLabel: (path, code) => VALUES[`${path} ${code}`]?.[index],
  }
}

const v = (name: string): Expression => ({ var: name })
const blank = { is_blank: v('amount') }
const won = { '==': [v('stage'), 'won'] }

describe('describeExpression', () => {
  it.each<[Expression, string, string]>([
    [
      { or: [blank, { '<=': [v('amount'), 0] }] },
      'Amount is empty or at most 0',
      '金额为空或不大于 0',
    ],
    [{ '!': blank }, 'Amount is not empty', '金额不为空'],
    [{ '!': { '!': blank } }, 'Amount is empty', '金额为空'],
    [won, 'Stage is Won', '阶段为赢单'],
    [{ '!': won }, 'Stage is not Won', '阶段不为赢单'],
    [{ '!=': [v('stage'), 'other'] }, 'Stage is not "other"', '阶段不为“other”'],
    [{ in: [v('stage'), ['won', 'lost']] }, 'Stage is one of Won, Lost', '阶段属于赢单、输单'],
    [{ not_in: [v('stage'), ['lost']] }, 'Stage is not one of Lost', '阶段不属于输单'],
    [{ and: [v('active'), { '!': v('active') }] }, 'Active is yes and no', '启用为是且为否'],
    [{ '==': [v('active'), true] }, 'Active is yes', '启用为是'],
    [{ '>': [v('amount'), v('budget')] }, 'Amount is greater than Budget', '金额大于预算'],
    [{ between: [v('amount'), 1, 10] }, 'Amount is between 1 and 10', '金额在 1 到 10 之间'],
    [{ '<': [v('close_date'), { today: [] }] }, 'Close date is before today', '结单日期早于今天'],
    [
      { '>=': [v('close_date'), '2026-01-01'] },
      'Close date is not before 2026-01-01',
      '结单日期不早于 2026-01-01',
    ],
    [
      { '<=': [v('close_date'), { add_days: [{ today: [] }, 30] }] },
      'Close date is not after today plus 30 days',
      '结单日期不晚于今天加 30 天',
    ],
    [{ in_period: [v('close_date'), 'this_month'] }, 'Close date is this month', '结单日期在本月'],
    [
      { in_period: [v('close_date'), 'last_n_days:30'] },
      'Close date is in the last 30 days',
      '结单日期在过去 30 天',
    ],
    [
      { in_period: [v('close_date'), 'next_n_quarters:2'] },
      'Close date is in the next 2 quarters',
      '结单日期在未来 2 个季度',
    ],
    [{ contains: [v('name'), '科技'] }, 'Name contains "科技"', '名称包含“科技”'],
    [{ '!': { starts_with: [v('name'), 'A'] } }, 'Name does not start with "A"', '名称不以“A”开头'],
    [
      { or: [{ contains: [v('name'), 'a'] }, { contains: [v('name'), 'b'] }] },
      'Name contains "a" or "b"',
      '名称包含“a”或包含“b”',
    ],
    [{ includes: [v('tags'), ['vip']] }, 'Tags includes any of VIP', '标签包含重点中的任意一项'],
    [
      { some: [v('contacts'), { is_blank: v('email') }] },
      'there are Contacts with (Email is empty)',
      '存在满足（邮箱为空）的联系人',
    ],
    [
      { none: [v('contacts'), { '==': [v('email'), v('$user.id')] }] },
      'there are no Contacts with (Email is me)',
      '没有满足（邮箱为我）的联系人',
    ],
    [{ '==': [v('owner'), v('$user.id')] }, 'Owner is me', '负责人为我'],
    [
      { and: [{ changed: v('stage') }, { '==': [{ prior: v('stage') }, 'won'] }] },
      'Stage has changed and the previous Stage is Won',
      '阶段已更改且原阶段为赢单',
    ],
    [{ is_new: [] }, 'the record is new', '记录为新建'],
    [
      { if: [won, 1, blank, 2, 3] },
      'if Stage is Won then 1, if Amount is empty then 2, otherwise 3',
      '若阶段为赢单则 1，若金额为空则 2，否则 3',
    ],
    [null, 'nothing', '空'],
  ])('says %j', (expression, english, chinese) => {
    expect(describeExpression(expression, options('en-US'))).toBe(english)
    expect(describeExpression(expression, options('zh-CN'))).toBe(chinese)
  })

  it.each<[Expression, string]>([
    [
      { and: [{ or: [won, blank] }, { '>': [v('budget'), 0] }] },
      '(Stage is Won or Amount is empty) and Budget is greater than 0',
    ],
    [
      { or: [{ and: [won, blank] }, { '>': [v('budget'), 0] }] },
      '(Stage is Won and Amount is empty) or Budget is greater than 0',
    ],
    [
      { and: [{ and: [won, blank] }, { '>': [v('budget'), 0] }] },
      'Stage is Won and Amount is empty and Budget is greater than 0',
    ],
    [{ '!': { or: [won, blank] } }, 'not (Stage is Won or Amount is empty)'],
    [{ '*': [{ '+': [v('amount'), 1] }, 2] }, '(Amount + 1) × 2'],
    [{ '+': [{ '*': [v('amount'), 1] }, 2] }, 'Amount × 1 + 2'],
    [{ '-': [v('amount'), { '-': [v('budget'), 1] }] }, 'Amount - (Budget - 1)'],
    [{ '/': [v('amount'), { '*': [v('budget'), 2] }] }, 'Amount ÷ (Budget × 2)'],
    [{ '-': [{ '+': [v('amount'), 1] }] }, '-(Amount + 1)'],
    [{ '>': [{ '+': [v('amount'), 1] }, 2] }, 'Amount + 1 is greater than 2'],
    [{ round: [{ '/': [v('amount'), 3] }, 2] }, '(Amount ÷ 3) rounded to 2 decimal places'],
    [{ '==': [{ '>': [v('amount'), 1] }, true] }, '(Amount is greater than 1) is yes'],
    [
      { max: [v('amount'), { '+': [v('budget'), 1] }, 0] },
      'the largest of Amount, Budget + 1 and 0',
    ],
    [
      { and: [{ if: [won, true, false] }, blank] },
      '(if Stage is Won then yes, otherwise no) and Amount is empty',
    ],
  ])('puts brackets where they are needed: %j', (expression, english) => {
    expect(describeExpression(expression, options('en-US'))).toBe(english)
  })

  it('has words for every operator in both languages', () => {
    for (const [name, { arity }] of Object.entries(OPERATORS)) {
      const operands = [v('amount'), 'today', v('budget')].slice(
        0,
        Math.min(arity[1], Math.max(arity[0], 1)),
      )
      for (const locale of ['en-US', 'zh-CN'] as const) {
        const text = describeExpression({ [name]: operands }, options(locale))
        expect(text).not.toMatch(/[{}]|undefined/)
      }
    }
  })

  it('shows what is no expression as it stands', () => {
    expect(describeExpression({ foo: [1] }, options('en-US'))).toBe('{"foo":[1]}')
    expect(describeExpression({ a: 1, b: 2 }, options('en-US'))).toBe('{"a":1,"b":2}')
  })
})
