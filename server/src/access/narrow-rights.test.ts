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
    recordTypes: new Set<string>(),
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

describe('what a key may do', () => {
  const RIGHTS = ['create', 'read', 'edit', 'delete', 'transfer', 'export'] as const
  const ALL = new Set(['all'] as const)
  const nothing = {
    create: false,
    read: false,
    edit: false,
    delete: false,
    transfer: false,
    export: false,
    recordTypes: new Set<string>(),
    scopes: { read: ALL, edit: ALL, delete: ALL, transfer: ALL },
  }
  const may = (...rights: readonly (typeof RIGHTS)[number][]): Rights => ({
    ...everything,
    signature: rights.join('+'),
    object: () => ({ ...nothing, ...Object.fromEntries(rights.map((right) => [right, true])) }),
  })

  it.each(RIGHTS)('%s asks for both', (right) => {
    const allowed = (user: Rights, key: Rights): boolean =>
      narrowRights(user, key).object('account')[right]
    expect(allowed(may(right), may(right))).toBe(true)
    expect(allowed(may(right), may())).toBe(false)
    expect(allowed(may(), may(right))).toBe(false)
  })

  it.each([
    [null, null, null],
    [null, ['a'], ['a']],
    [['a'], null, ['a']],
    [['a', 'b'], ['b', 'c'], ['b']],
    [['a'], ['b'], []],
  ] as const)('offers the record types that both offer: %j and %j', (user, key, types) => {
    const offering = (names: readonly string[] | null): Rights => ({
      ...everything,
      object: () => ({ ...nothing, recordTypes: names && new Set(names) }),
    })
    const { recordTypes } = narrowRights(offering(user), offering(key)).object('account')
    expect(recordTypes && [...recordTypes]).toEqual(types)
  })

  it('reveals what both reveal', () => {
    const reveals = (isTold: boolean): Rights => ({ ...everything, reveal: () => isTold })
    const of = (user: boolean, key: boolean): boolean =>
      narrowRights(reveals(user), reveals(key)).reveal(anyField)
    expect([of(true, true), of(true, false), of(false, true)]).toEqual([true, false, false])
  })

  it('is named by both, and asked of both for each record', () => {
    const user = may('read')
    const key = may('edit')
    const narrowed = narrowRights(user, key)
    expect(narrowed.signature).toBe('read within edit')
    expect(narrowRights({ ...user, parts: [user] }, { ...key, parts: [key] }).parts).toEqual([
      user,
      key,
    ])
    expect(narrowed.object('account')).toBe(narrowed.object('account'))
  })
})
