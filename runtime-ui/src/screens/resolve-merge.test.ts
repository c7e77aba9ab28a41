import type { DescribedObject, WireRecord } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { resolveMerge, takenFields } from './resolve-merge.ts'

const field = (name: string, more: object = {}): object => ({
  name,
  label: name,
  type: 'text',
  access: 'edit',
  read_only: false,
  system: false,
  ...more,
})
const object = {
  fields: [
    field('name', { system: true }),
    field('phone'),
    field('same'),
    field('seen', { access: 'read' }),
    field('total', { read_only: true }),
    field('created_at', { system: true }),
  ],
} as unknown as DescribedObject
const record = (id: string, values: object): WireRecord => ({ id, name: id, version: 1, ...values })
const one = record('1', { phone: '', same: 'x', seen: 'a', total: 1, created_at: 'a' })
const two = record('2', { phone: '5', same: 'x', seen: 'b', total: 2, created_at: 'b' })
const three = record('3', { phone: '6', same: 'x', seen: 'b', total: 2, created_at: 'b' })

describe('the choice of a merge', () => {
  it('is between fields that differ and may be written, and fills what the survivor has not', () => {
    const rows = resolveMerge(object, [two, one, three], '1')
    expect(rows.map((row) => [row.field.name, row.usual])).toEqual([
      ['name', '1'],
      ['phone', '2'],
    ])
  })

  it('names the values that come from others', () => {
    const rows = resolveMerge(object, [one, two, three], '1')
    expect(takenFields(rows, {}, '1')).toEqual({ phone: '2' })
    expect(takenFields(rows, { phone: '3', name: '2' }, '1')).toEqual({ phone: '3', name: '2' })
    expect(takenFields(rows, { phone: '1' }, '1')).toEqual({})
  })
})
