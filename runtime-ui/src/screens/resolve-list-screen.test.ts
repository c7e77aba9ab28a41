import type { DescribedField, DescribedListView, DescribedObject } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import type { ListState } from './list-state.ts'
import { resolveListScreen } from './resolve-list-screen.ts'

const field = (name: string, type: string): DescribedField => ({
  name,
  type,
  label: name,
  access: 'edit',
  required: false,
  unique: false,
  system: false,
  read_only: false,
  sortable: true,
  groupable: true,
  filter_operators: ['eq'],
  searchable: false,
  options: {},
})
const view = (name: string, more: Partial<DescribedListView> = {}): DescribedListView => ({
  name,
  label: name,
  derived: false,
  columns: ['name', 'amount'],
  ...more,
})
const fields = [field('name', 'text'), field('amount', 'currency'), field('stage', 'picklist')]
const object = {
  name: 'deal',
  label: 'Deal',
  plural: 'Deals',
  has_owner: true,
  highlights: [],
  stage_field: 'stage',
  fields,
  list_views: [
    view('big', {
      where: { '>': [{ var: 'amount' }, 5] },
      sort: [{ field: 'amount', direction: 'desc' }],
    }),
    view('all'),
  ],
} as unknown as DescribedObject

const screenOf = (address: ListState, arranged = {}): ReturnType<typeof resolveListScreen> =>
  resolveListScreen({
    object,
    address,
    arranged: { columns: {}, widths: {}, ...arranged },
    find: (path) => fields.find(({ name }) => name === path),
    words: { all: 'All', mine: 'Mine' },
  })

describe('a list', () => {
  it('offers "mine" though nobody has authored it', () => {
    expect(screenOf({}).views.map(({ name }) => name)).toEqual(['big', 'all', '$mine'])
  })

  it('shows what the view says', () => {
    const screen = screenOf({ view: 'big' })
    expect(screen).toMatchObject({
      where: { '>': [{ var: 'amount' }, 5] },
      sort: ['-amount'],
      isEdited: false,
    })
  })

  it('lets the address replace the criteria of the view, or take them away', () => {
    expect(screenOf({ view: 'big', where: null })).toMatchObject({
      where: undefined,
      isEdited: true,
    })
  })

  it('takes the view without criteria for an address that brings its own', () => {
    const where = { '==': [{ var: 'stage' }, 'won'] }
    expect(screenOf({ where }, { view: 'big' })).toMatchObject({ view: { name: 'all' }, where })
  })

  it('remembers the view and the columns that were used last', () => {
    const screen = screenOf({}, { view: 'all', columns: { all: ['name', 'stage'] } })
    expect(screen.columns.map(({ path }) => path)).toEqual(['name', 'stage'])
    expect(screen.isEdited).toBe(true)
  })

  it('leaves out columns that the reader may not see', () => {
    expect(screenOf({ columns: ['name', 'secret'] }).columns.map(({ path }) => path)).toEqual([
      'name',
    ])
  })

  it('makes a board of the stages where the view has none', () => {
    const screen = screenOf({ view: 'all', display: 'board' })
    expect(screen.display).toBe('board')
    expect(screen.view?.board).toEqual({
      group_by: 'stage',
      card_fields: ['amount'],
      sum: 'amount',
    })
  })
})
