import type { DescribedField, WireRecord } from '@trellis/metamodel'
import { expect, it } from 'vitest'

import { resolveTwins } from './resolve-twins.ts'

const fields = ['name', 'city', 'phone', 'note'].map(
  (name): DescribedField => ({ name, label: name, type: 'text', access: 'edit' }) as DescribedField,
)
const record = (id: string, values: object): WireRecord => ({ id, name: id, version: 1, ...values })
const records = [
  record('a', { name: 'Acme', city: 'Bern', phone: '021 555' }),
  record('b', { name: 'Other', city: 'Basel', phone: '021-555' }),
  record('c', { name: 'Third', city: null, phone: '' }),
]
const compared = ['name', 'city', 'phone', 'note', 'gone'].map((field) => ({ field, method: null }))

it('shows what was compared and has a value, what speaks for one thing first', () => {
  const rows = resolveTwins(fields, compared, { agreed: ['city'], records })
  expect(rows.map(({ field, reason }) => [field.name, reason])).toEqual([
    ['city', 'same'],
    ['phone', null],
    ['name', null],
  ])
})

it('marks values that differ only in how they are written', () => {
  const [row] = resolveTwins(fields, [{ field: 'phone', method: 'phone' }], { agreed: [], records })
  expect([row?.reason, ...(row?.alike ?? [])]).toEqual(['phone', 'a', 'b'])
})
