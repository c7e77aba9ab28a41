import type { PermissionSetDefinition } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { compareSets } from './compare-sets.ts'
import { fieldAccessOf, setFieldAccess, setReveal, setScope } from './permission-commands.ts'
import { asTree, mayStandBelow } from './tree.ts'

const set = (rights: object, more: object = {}): PermissionSetDefinition => ({
  label: 'Set',
  ...more,
  objects: { account: { read: true, ...rights } },
})

describe('how far deleting reaches', () => {
  it('stays when editing is to reach further', () => {
    const next = setScope(set({ edit: true, delete: true }), 'account', {
      of: 'edit_scope',
      is: 'all',
    })
    expect(next.objects?.['account']).toMatchObject({ edit_scope: 'all', delete_scope: 'own' })
  })

  it('is not written where it is that of editing', () => {
    const wide = set({ edit: true, edit_scope: 'all', delete: true, delete_scope: 'own' })
    const next = setScope(wide, 'account', { of: 'delete_scope', is: 'all' })
    expect(next.objects?.['account']).toEqual({
      read: true,
      edit: true,
      edit_scope: 'all',
      delete: true,
    })
  })
})

describe('revealing', () => {
  it('goes with the mask', () => {
    const masked = setFieldAccess(set({}), 'account', { fields: ['phone'], is: 'masked' })
    const open = setReveal(masked, 'account', { fields: ['phone'], on: true })
    expect(open.objects?.['account']?.reveal).toEqual(['phone'])
    const read = setFieldAccess(open, 'account', { fields: ['phone'], is: 'read' })
    expect(read.objects?.['account']).not.toHaveProperty('reveal')
    expect(fieldAccessOf(read, 'account', 'phone')).toBe('read')
  })
})

describe('two sets', () => {
  it('are told apart by what they come to, not by how they are written', () => {
    const one = set({ edit: true, delete: true, fields: { phone: 'edit' } })
    const other = set({ edit: true, edit_scope: 'own', delete: true, delete_scope: 'own' })
    expect(compareSets(one, other)).toEqual([])
  })

  it('differ right by right, scope by scope, field by field', () => {
    const one = set({ read_scope: 'all', fields: { phone: 'masked' }, reveal: ['phone'] })
    const other = set({ export: true, field_access: 'read' }, { system: ['export'] })
    expect(compareSets(one, other)).toEqual([
      { object: '', about: 'system', name: 'export', one: 'none', other: 'given' },
      { object: 'account', about: 'right', name: 'read', one: 'all', other: 'own' },
      { object: 'account', about: 'right', name: 'export', one: 'none', other: 'given' },
      { object: 'account', about: 'other_fields', name: '', one: 'edit', other: 'read' },
      { object: 'account', about: 'field', name: 'phone', one: 'masked', other: 'read' },
      { object: 'account', about: 'reveal', name: 'phone', one: 'given', other: 'none' },
    ])
  })
})

describe('a tree', () => {
  const nodes = [
    { name: 'a', parent: undefined },
    { name: 'b', parent: 'a' },
    { name: 'c', parent: 'b' },
    { name: 'x', parent: 'gone' },
  ]

  it('has every node once, below what it belongs to', () => {
    const rows = asTree(nodes).map(({ node, depth }) => `${node.name}${depth}`)
    expect(rows).toEqual(['a0', 'b1', 'c2', 'x0'])
  })

  it('shows what stands in a circle', () => {
    const circle = [
      { name: 'a', parent: 'b' },
      { name: 'b', parent: 'a' },
      { name: 'c', parent: 'a' },
    ]
    expect(asTree(circle).map(({ node }) => node.name)).toEqual(['a', 'c', 'b'])
  })

  it('takes no node below itself or what is under it', () => {
    expect(mayStandBelow(nodes, 'a', 'c')).toBe(false)
    expect(mayStandBelow(nodes, 'a', 'a')).toBe(false)
    expect(mayStandBelow(nodes, 'c', 'a')).toBe(true)
  })
})
