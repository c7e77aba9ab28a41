import type { DescribedObject, Expression } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { boardTotals, columnQuery, resolveBoard, resolveColumns } from './resolve-board.ts'

const values = ['new', 'talks', 'won', 'void'].map((code) => ({
  code,
  label: code,
  color: 'blue',
  active: code !== 'talks',
}))
const deal = {
  name: 'deal',
  stage_field: 'stage',
  has_owner: true,
  highlights: ['account', 'amount'],
  fields: [
    { name: 'stage', type: 'picklist', values },
    { name: 'account', type: 'lookup' },
    { name: 'amount', type: 'currency' },
  ],
} as unknown as DescribedObject
const notVoid: Expression = {
  and: [{ not_in: [{ var: 'stage' }, ['void']] }, { '>': [{ var: 'amount' }, 0] }],
}
const filter = { where: notVoid, q: '', sort: ['-amount'] }

describe('resolveBoard', () => {
  it('takes what the view says, without what the reader may not see', () => {
    const view = {
      board: { group_by: 'stage', card_fields: ['account', 'secret', 'stage'], sum: 'secret' },
    }
    expect(resolveBoard(deal, view, filter)).toMatchObject({
      groupBy: 'stage',
      cardFields: ['account'],
      sum: null,
    })
  })

  it('falls back to the stage field, and to nothing', () => {
    expect(resolveBoard(deal, {}, filter)).toMatchObject({ groupBy: 'stage', sum: 'amount' })
    expect(resolveBoard({ ...deal, stage_field: null }, {}, filter)).toBe(null)
  })
})

describe('resolveColumns', () => {
  const board = resolveBoard(deal, {}, filter)
  if (!board) throw new Error('no board')

  it('has no column for what the filter leaves out or what is retired', () => {
    expect(resolveColumns(board, new Map(), 'none').map(({ value }) => value)).toEqual([
      'new',
      'won',
    ])
  })

  it('has columns for retired values and for none where there are such records', () => {
    const counts = new Map<string | null, number>([
      ['talks', 2],
      [null, 1],
    ])
    expect(resolveColumns(board, counts, 'none').map(({ value }) => value)).toEqual([
      null,
      'new',
      'talks',
      'won',
    ])
  })

  it('asks for a column and for the totals', () => {
    const [column] = resolveColumns(board, null, 'none')
    if (!column) throw new Error('no column')
    expect(columnQuery(board, column, 'c')).toEqual({
      select: ['name', 'stage', 'account', 'amount', 'owner'],
      sort: ['-amount'],
      cursor: 'c',
      limit: 20,
      where: { and: [notVoid, { '==': [{ var: 'stage' }, 'new'] }] },
    })
    expect(boardTotals(board)).toMatchObject({ where: notVoid, group_by: ['stage'] })
  })
})
