import { expect, test } from 'vitest'

import { createFieldTypes } from '../field-types/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import { compileModel } from './compile-model.ts'

const BASE: RawComponent[] = [
  { kind: 'role', name: 'rep', definition: { label: 'Rep' } },
  { kind: 'object', name: 'deal', definition: { label: 'Deal' } },
  { kind: 'field', name: 'deal.amount', definition: { type: 'currency', label: 'Amount' } },
  { kind: 'object', name: 'line', definition: { label: 'Line' } },
  {
    kind: 'field',
    name: 'line.deal',
    definition: {
      type: 'master_detail',
      label: 'Deal',
      target: 'deal',
      relationship: { name: 'lines', label: 'Lines' },
    },
  },
]
const LARGE = { '>': [{ var: 'amount' }, 1000] }
const SHARING = { label: 'Large', where: LARGE, to: [{ role: 'rep' }], access: 'read' }
const RESTRICTION = { label: 'Large', where: LARGE, to: [{ role: 'rep' }] }

/** The places of what is wrong with one rule, and how it is called. */
function problemsOf(kind: string, definition: object, object = 'deal'): string[] {
  const rule = { kind, name: `${object}.rule`, definition }
  const { problems } = compileModel([...BASE, rule], createFieldTypes())
  return problems.map(({ name, path, code }) => `${name} ${path} ${code}`)
}

test('rules that say whom they mean and which records are sound', () => {
  expect(problemsOf('sharing_rule', SHARING)).toEqual([])
  expect(problemsOf('restriction_rule', RESTRICTION)).toEqual([])
  const byOwner = {
    label: 'x',
    owned_by: [{ queue: 'q' }],
    to: [{ everyone: true }],
    access: 'edit',
  }
  expect(problemsOf('sharing_rule', byOwner)).toEqual([])
})

test.each<[what: string, change: object, place: string]>([
  ['a field that is not there', { where: { '>': [{ var: 'amuont' }, 1] } }, 'where'],
  ['a condition about the save', { where: { changed: [{ var: 'amount' }] } }, 'where'],
  ['a number where a truth is asked for', { where: { '+': [{ var: 'amount' }, 1] } }, 'where'],
  ['a constant', { where: true }, 'where'],
  ['a role that is not there', { to: [{ role: 'boss' }] }, 'to.0.role'],
  [
    'a role of a tree that is not there',
    { to: [{ role_and_below: 'boss' }] },
    'to.0.role_and_below',
  ],
  ['nobody', { to: [{ everyone: false }] }, 'to.0.everyone'],
])('rules with %s are refused at the place', (_what, change, place) => {
  for (const [kind, definition] of [
    ['sharing_rule', SHARING],
    ['restriction_rule', RESTRICTION],
  ] as const) {
    const found = problemsOf(kind, { ...definition, ...change })
    expect(found.length, kind).toBeGreaterThan(0)
    expect(
      found.every((one) => one.startsWith(`deal.rule ${place}`)),
      found.join(),
    ).toBe(true)
  }
})

test('a sharing rule asks neither who reads nor leaves open which records', () => {
  const mine = { '==': [{ var: 'owner' }, { var: '$user.id' }] }
  expect(problemsOf('sharing_rule', { ...SHARING, where: mine })).toEqual([
    'deal.rule where not_allowed_here',
  ])
  expect(problemsOf('restriction_rule', { ...RESTRICTION, where: mine })).toEqual([])
  const { where: _where, ...open } = SHARING
  expect(problemsOf('sharing_rule', open)).toEqual(['deal.rule where missing_key'])
})

test('details are neither shared nor restricted: their master is', () => {
  const where = { is_blank: [{ var: 'name' }] }
  expect(problemsOf('sharing_rule', { ...SHARING, where }, 'line')).toEqual([
    'line.rule  not_allowed_here',
  ])
  expect(problemsOf('restriction_rule', { ...RESTRICTION, where }, 'line')).toEqual([
    'line.rule  not_allowed_here',
  ])
})
