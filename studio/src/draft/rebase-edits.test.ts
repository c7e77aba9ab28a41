import { describe, expect, it } from 'vitest'

import { type Edits, keyOf, type Released } from './draft.ts'
import { rebaseEdits } from './rebase-edits.ts'

const KEY = keyOf('field', 'account.city')
const live = (definition: unknown): Released =>
  new Map([[KEY, { kind: 'field' as const, name: 'account.city', definition, layer: 'crm' }]])
const put = (definition: unknown): Edits => new Map([[KEY, { op: 'put' as const, definition }]])
const NOTHING: Released = new Map()

const city = { type: 'text', label: { 'zh-CN': '城市', 'en-US': 'City' }, max_length: 60 }

describe('rebasing edits', () => {
  it('takes what only others changed and keeps what was edited here', () => {
    const mine = put({ ...city, label: { ...city.label, 'zh-CN': '所在城市' } })
    const theirs = live({ ...city, label: { ...city.label, 'en-US': 'Town' }, required: true })
    const rebased = rebaseEdits(mine, live(city), theirs)
    expect(rebased.edits.get(KEY)).toEqual({
      op: 'put',
      definition: { ...city, label: { 'zh-CN': '所在城市', 'en-US': 'Town' }, required: true },
    })
    expect(rebased.touched).toEqual([KEY])
  })

  it('lets the edit stand where both changed the same property', () => {
    const rebased = rebaseEdits(
      put({ ...city, max_length: 100 }),
      live(city),
      live({ ...city, max_length: 80 }),
    )
    expect(rebased.edits.get(KEY)).toMatchObject({ definition: { max_length: 100 } })
  })

  it('keeps a property away that was taken away here', () => {
    const { max_length: _, ...shorter } = city
    const rebased = rebaseEdits(put(shorter), live(city), live({ ...city, required: true }))
    expect(rebased.edits.get(KEY)).toEqual({
      op: 'put',
      definition: { ...shorter, required: true },
    })
  })

  it('forgets an edit that others have made too', () => {
    const wanted = { ...city, max_length: 100 }
    expect(rebaseEdits(put(wanted), live(city), live(wanted)).edits.size).toBe(0)
    expect(rebaseEdits(new Map([[KEY, { op: 'delete' }]]), live(city), NOTHING).edits.size).toBe(0)
  })

  it('keeps an edit of what others removed, as something new', () => {
    expect(
      rebaseEdits(put({ ...city, max_length: 100 }), live(city), NOTHING).edits.get(KEY),
    ).toMatchObject({ op: 'put', definition: { max_length: 100 } })
  })

  it('touches nothing where others worked elsewhere', () => {
    expect(rebaseEdits(put({ ...city, max_length: 100 }), live(city), live(city)).touched).toEqual(
      [],
    )
  })
})
