import { describe, expect, it } from 'vitest'

import { listQuery, nextSort, parseListState, UnreadableAddress } from './list-state.ts'

describe('the address of a list', () => {
  it('is read and written back unchanged', () => {
    const query = {
      view: 'mine',
      where: '{">":[{"var":"amount"},1000]}',
      sort: '-amount,name',
      q: '华为',
      columns: 'name,amount',
      display: 'board',
    }
    expect(listQuery(parseListState(query))).toEqual(query)
  })

  it('tells no criteria from the criteria of the view', () => {
    expect(parseListState({}).where).toBeUndefined()
    expect(parseListState({ where: '' }).where).toBeNull()
    expect(listQuery({ where: null })).toEqual({ where: '' })
  })

  it('refuses a filter that it cannot read', () => {
    expect(() => parseListState({ where: '{"and":' })).toThrow(UnreadableAddress)
  })
})

describe('a click on a header', () => {
  it('sorts up, then down, then as the view does', () => {
    expect(nextSort([], 'amount')).toEqual(['amount'])
    expect(nextSort(['amount'], 'amount')).toEqual(['-amount'])
    expect(nextSort(['-amount'], 'amount')).toEqual([])
  })

  it('joins the other columns when it is added', () => {
    expect(nextSort(['stage'], 'amount', true)).toEqual(['stage', 'amount'])
    expect(nextSort(['stage', 'amount'], 'amount', true)).toEqual(['stage', '-amount'])
  })
})
