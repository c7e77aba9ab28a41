import type { FieldModel, Rights } from '@trellis/metamodel'
import { unlimitedRights } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { narrowRights } from './narrow-rights.ts'

const everything = unlimitedRights()
const OWN = new Set(['own'] as const)
const reader: Rights = {
  signature: 'reader',
  system: new Set(['api'] as const),
  custom: new Set(['x']),
  apps: new Set(['crm']),
  object: () => ({
    create: false,
    read: true,
    edit: false,
    delete: false,
    transfer: false,
    export: false,
    scopes: { read: OWN, edit: OWN, delete: OWN, transfer: OWN },
  }),
  field: () => 'read',
  reveal: () => false,
  parts: [],
}
const anyField = {} as FieldModel

describe('narrowRights', () => {
  it.each([
    ['the narrow within the wide', narrowRights(everything, reader)],
    ['the wide within the narrow', narrowRights(reader, everything)],
  ])('leaves what both allow: %s', (_name, rights) => {
    expect(rights.object('account')).toEqual(reader.object('account'))
    expect(rights.field(anyField)).toBe('read')
    expect([...rights.system]).toEqual(['api'])
    expect([...rights.custom]).toEqual([])
  })

  it('is named differently from each of the two', () => {
    const { signature } = narrowRights(everything, reader)
    expect([everything.signature, reader.signature]).not.toContain(signature)
  })
})
