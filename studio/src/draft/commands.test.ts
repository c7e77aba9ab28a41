import type { PermissionSetDefinition } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { freeName, isCustomName, proposeApiName } from './api-names.ts'
import { addStep, describeApprover, moveStep, removeStep } from './approval-commands.ts'
import { componentsOf, definitionOf, type Draft, keyOf } from './draft.ts'
import { addField, proposeRelationship, removeField } from './field-commands.ts'
import { getAt, isSameJson, setAt } from './json.ts'
import { moveTo } from './lists.ts'
import { addObject } from './new-components.ts'
import {
  fieldAccessOf,
  setAllRights,
  setFieldAccess,
  setRight,
  setScope,
  setUsualFieldAccess,
} from './permission-commands.ts'
import { addPastedValues, proposeCode } from './picklist-commands.ts'

describe('API names', () => {
  it.each([
    ['Site visit', 'site_visit__c'],
    ['Café – 2nd floor!', 'cafe_2nd_floor__c'],
    ["Customer's tier", 'customers_tier__c'],
    ['3 year plan', 'year_plan__c'],
    ['客户等级', ''],
    ['客户 tier', 'tier__c'],
  ])('%s proposes %s', (label, name) => expect(proposeApiName(label)).toBe(name))

  it('fit into PostgreSQL, however long the label', () => {
    const name = proposeApiName('a very long label '.repeat(10))
    expect(name.length).toBeLessThanOrEqual(63)
    expect(isCustomName(name)).toBe(true)
  })

  it('give way to those that are taken', () => {
    expect(freeName('tier__c', new Set(['tier__c', 'tier_2__c']))).toBe('tier_3__c')
  })

  it('must be a customer’s', () => {
    expect(isCustomName('tier')).toBe(false)
    expect(isCustomName('Tier__c')).toBe(false)
  })
})

describe('JSON', () => {
  it('is replaced at a path and loses keys that become undefined', () => {
    expect(setAt({ sections: [{ columns: 2 }] }, 'sections.0.columns', 1)).toEqual({
      sections: [{ columns: 1 }],
    })
    expect(setAt({ a: 1, b: 2 }, 'b', undefined)).toEqual({ a: 1 })
    expect(setAt({}, 'board.group_by', 'stage')).toEqual({ board: { group_by: 'stage' } })
    expect(getAt({ a: [{ b: 3 }] }, 'a.0.b')).toBe(3)
  })

  it('is the same whatever the order of keys', () => {
    expect(isSameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1, c: undefined })).toBe(true)
    expect(isSameJson([1, 2], [2, 1])).toBe(false)
  })

  it('moves items inside of a list only', () => {
    expect(moveTo(['a', 'b', 'c'], 0, 9)).toEqual(['b', 'c', 'a'])
    expect(moveTo(['a', 'b', 'c'], 2, -1)).toEqual(['c', 'a', 'b'])
  })
})

describe('picklist values', () => {
  it('come from a pasted list with labels and codes', () => {
    expect(
      addPastedValues([], '进行中 | In progress\n已完成\tDone\tdone\n\nPaused\nPaused'),
    ).toEqual([
      { code: 'in_progress', label: { 'zh-CN': '进行中', 'en-US': 'In progress' }, color: 'blue' },
      { code: 'done', label: { 'zh-CN': '已完成', 'en-US': 'Done' }, color: 'cyan' },
      { code: 'paused', label: 'Paused', color: 'teal' },
    ])
  })

  it('have codes also where the label has no Latin letter', () => {
    expect(proposeCode('高', new Set(['a']))).toBe('value_2')
  })
})

describe('permission sets', () => {
  const empty: PermissionSetDefinition = { label: 'Set' }

  it('give reading with whatever needs it and take everything with reading', () => {
    const edit = setRight(empty, 'account', { right: 'edit', on: true })
    expect(edit.objects).toEqual({ account: { edit: true, read: true } })
    expect(setRight(edit, 'account', { right: 'read', on: false })).toEqual(empty)
  })

  it('write scopes that are not the usual ones', () => {
    const all = setScope(setAllRights(empty, 'account', true), 'account', {
      of: 'read_scope',
      is: 'all',
    })
    expect(all.objects?.['account']?.read_scope).toBe('all')
    expect(
      setScope(all, 'account', { of: 'read_scope', is: 'own' }).objects?.['account'],
    ).not.toHaveProperty('read_scope')
  })

  it('write field rights only where they differ from the usual one', () => {
    const set = setFieldAccess(setAllRights(empty, 'product', true), 'product', {
      fields: ['cost', 'name'],
      is: 'none',
    })
    expect(set.objects?.['product']?.fields).toEqual({ cost: 'none', name: 'none' })
    const back = setFieldAccess(set, 'product', { fields: ['cost', 'name'], is: 'edit' })
    expect(back.objects?.['product']).not.toHaveProperty('fields')
    expect(fieldAccessOf(setUsualFieldAccess(set, 'product', 'read'), 'product', 'price')).toBe(
      'read',
    )
  })
})

describe('approval processes', () => {
  const process = {
    label: 'P',
    object: 'quote',
    steps: [{ name: 'step_1', label: 'One', approvers: [{ by: 'manager' as const }] }],
  }

  it('get steps with names of their own, and keep one', () => {
    const two = addStep(process, 0)
    expect(two.steps.map((step) => step.name)).toEqual(['step_1', 'step_2'])
    expect(addStep(removeStep(two, 0), -1).steps.map((step) => step.name)).toEqual([
      'step_2_2',
      'step_2',
    ])
    expect(removeStep(process, 0)).toBe(process)
    expect(moveStep(two, 1, 0).steps.map((step) => step.name)).toEqual(['step_2', 'step_1'])
  })

  it('say who approves', () => {
    const names = { role: () => '销售总监', field: () => '负责人' }
    expect(describeApprover({ by: 'manager', level: 2 }, names, 'en-US')).toBe(
      'Manager of the submitter, level 2',
    )
    expect(describeApprover({ by: 'role', role: 'sales_director' }, names, 'zh-CN')).toBe(
      '角色：销售总监',
    )
  })
})

function draftOf(): Draft {
  const released = [
    {
      kind: 'app' as const,
      name: 'crm',
      definition: { label: 'CRM', version: '1.0.0', navigation: [{ object: 'account' }] },
      layer: 'crm',
    },
    {
      kind: 'object' as const,
      name: 'account',
      definition: { label: 'Account', highlights: ['city', 'name'] },
      layer: 'crm',
    },
    {
      kind: 'field' as const,
      name: 'account.city',
      definition: { type: 'text', label: 'City' },
      layer: 'crm',
    },
    {
      kind: 'page_layout' as const,
      name: 'account.default',
      definition: {
        sections: [{ name: 'main', fields: [{ field: 'name' }, { field: 'city' }] }],
      },
      layer: 'crm',
    },
    {
      kind: 'list_view' as const,
      name: 'account.all',
      definition: { label: 'All', columns: ['name', 'city', 'owner'] },
      layer: 'crm',
    },
    {
      kind: 'permission_set' as const,
      name: 'rep',
      definition: {
        label: 'Rep',
        objects: { account: { read: true, fields: { city: 'read' } } },
      },
      layer: 'crm',
    },
  ]
  return {
    released: new Map(released.map((one) => [keyOf(one.kind, one.name), one])),
    edits: new Map(),
  }
}

describe('objects and fields', () => {
  it('a new object stands in the menu and may be used by those it is for', () => {
    const after = addObject(draftOf(), {
      name: 'visit__c',
      definition: { label: 'Visit' },
      app: 'crm',
      permissionSets: ['rep'],
    })
    expect(definitionOf(after, 'app', 'crm')?.navigation).toEqual([
      { object: 'account' },
      { object: 'visit__c' },
    ])
    expect(definitionOf(after, 'permission_set', 'rep')?.objects?.['visit__c']).toMatchObject({
      read: true,
      delete: true,
      read_scope: 'all',
      edit_scope: 'all',
    })
  })

  it('a new field goes to the end of the first section and before the owner', () => {
    const after = addField(draftOf(), {
      object: 'account',
      name: 'tier__c',
      definition: { type: 'text', label: 'Tier' },
      layouts: ['account.default'],
      listViews: ['account.all'],
      access: { rep: 'none' },
    })
    expect(definitionOf(after, 'permission_set', 'rep')?.objects?.['account']?.fields).toEqual({
      city: 'read',
      tier__c: 'none',
    })
    expect(
      definitionOf(after, 'page_layout', 'account.default')?.sections[0]?.fields.at(-1),
    ).toEqual({ field: 'tier__c' })
    expect(definitionOf(after, 'list_view', 'account.all')?.columns).toEqual([
      'name',
      'city',
      'tier__c',
      'owner',
    ])
    expect(componentsOf(after).some((one) => one.name === 'account.tier__c')).toBe(true)
  })

  it('a field that goes is taken out of layouts, views, highlights and rights', () => {
    const after = removeField(draftOf(), 'account', 'city')
    expect(definitionOf(after, 'field', 'account.city')).toBeUndefined()
    expect(definitionOf(after, 'page_layout', 'account.default')?.sections[0]?.fields).toEqual([
      { field: 'name' },
    ])
    expect(definitionOf(after, 'list_view', 'account.all')?.columns).toEqual(['name', 'owner'])
    expect(definitionOf(after, 'object', 'account')?.highlights).toEqual(['name'])
    expect(definitionOf(after, 'permission_set', 'rep')?.objects?.['account']).toEqual({
      read: true,
      fields: {},
    })
  })

  it('the other side of a relation is named after the object', () => {
    expect(proposeRelationship('visit__c', new Set())).toBe('visits__c')
    expect(proposeRelationship('opportunity', new Set(['opportunities__c']))).toBe(
      'opportunities_2__c',
    )
    expect(proposeRelationship('branch', new Set())).toBe('branches__c')
  })
})
