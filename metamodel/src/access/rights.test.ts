import { describe, expect, it } from 'vitest'

import { createFieldTypes } from '../field-types/index.ts'
import type { ObjectRights, PermissionSetDefinition, RawComponent } from '../kinds/index.ts'
import { compileModel, type Model } from '../model/index.ts'
import {
  compileRights,
  isShown,
  isTold,
  mayChooseType,
  narrowerAccess,
  reachesAll,
  type Rights,
  unlimitedRights,
} from './rights.ts'

const field = (name: string, definition: object): RawComponent => ({
  kind: 'field',
  name,
  definition: { label: name, ...definition },
})

function modelWith(sets: Record<string, Omit<PermissionSetDefinition, 'label'>>): Model {
  const { model, problems } = compileModel(
    [
      { kind: 'object', name: 'user', definition: { label: 'User' } },
      { kind: 'object', name: 'department', definition: { label: 'Department' } },
      { kind: 'object', name: 'deal', definition: { label: 'Deal' } },
      { kind: 'object', name: 'news', definition: { label: 'News', sharing: 'read' } },
      { kind: 'object', name: 'wiki', definition: { label: 'Wiki', sharing: 'read_write' } },
      ...['a', 'b'].map((name) => ({
        kind: 'record_type',
        name: `deal.${name}`,
        definition: { label: name, ...(name === 'a' ? { default: true } : {}) },
      })),
      field('deal.cost', { type: 'currency' }),
      field('deal.price', { type: 'currency' }),
      field('deal.margin', {
        type: 'currency',
        derive: { '-': [{ var: 'price' }, { var: 'cost' }] },
      }),
      field('deal.twice', { type: 'currency', derive: { '*': [{ var: 'margin' }, 2] } }),
      ...Object.entries(sets).map(([name, set]) => ({
        kind: 'permission_set',
        name,
        definition: { label: name, ...set },
      })),
    ],
    createFieldTypes(),
  )
  if (!model) throw new Error(JSON.stringify(problems))
  return model
}

function rights(...sets: Omit<PermissionSetDefinition, 'label'>[]): { model: Model; of: Rights } {
  const named = Object.fromEntries(sets.map((set, index) => [`s${index}`, set]))
  const model = modelWith(named)
  return { model, of: compileRights(model, Object.keys(named)) }
}

const onDeals = (...granted: ObjectRights[]): Rights =>
  rights(...granted.map((deal) => ({ objects: { deal } }))).of

function fieldAccess({ model, of }: ReturnType<typeof rights>, name: string): string {
  const found = model.objects.get('deal')?.fields.get(name)
  if (!found) throw new Error(name)
  return of.field(found)
}

describe('rights over objects', () => {
  it('are nothing without a set, and of an object that is not there', () => {
    const { of } = rights({})
    const nothing = { create: false, read: false, edit: false, delete: false, transfer: false }
    expect(of.object('deal')).toMatchObject({ ...nothing, export: false })
    expect(of.object('gone')).toMatchObject({ ...nothing, export: false })
    expect(of.object('gone').scopes.read.has('all')).toBe(false)
  })

  it.each(['create', 'edit', 'delete', 'transfer', 'export'] as const)(
    '%s needs its grant, and the right to read',
    (right) => {
      expect(onDeals({ read: true, [right]: true }).object('deal')[right]).toBe(true)
      expect(onDeals({ read: true }).object('deal')[right]).toBe(false)
      const unread = modelWith({}).objects.get('deal')
      expect(unread && onDeals({}).object('deal')[right]).toBe(false)
    },
  )

  it('add up over sets', () => {
    const { scopes, ...access } = onDeals(
      { read: true, create: true },
      { read: true, edit: true, read_scope: 'department' },
    ).object('deal')
    expect(access).toMatchObject({ read: true, create: true, edit: true, delete: false })
    expect([...scopes.read]).toEqual(['department'])
    expect([...scopes.edit]).toEqual(['own'])
  })

  it.each([
    [['own', 'own'], ['own']],
    [['own', 'department'], ['department']],
    [['department', 'department_and_below'], ['department_and_below']],
    [
      ['own_and_subordinates', 'department'],
      ['own_and_subordinates', 'department'],
    ],
    [['own_and_subordinates', 'all'], ['all']],
  ] as const)('scopes %j come to %j', (given, sum) => {
    const { scopes } = onDeals(
      ...given.map((scope) => ({ read: true, edit: true, read_scope: scope, edit_scope: scope })),
    ).object('deal')
    expect([...scopes.read]).toEqual(sum)
    expect([...scopes.edit]).toEqual(sum)
  })

  it('read what they edit, delete as far as they say or edit, transfer as far as they edit', () => {
    const { scopes } = onDeals({
      read: true,
      edit: true,
      delete: true,
      transfer: true,
      edit_scope: 'department',
    }).object('deal')
    expect([...scopes.read]).toEqual(['department'])
    expect([...scopes.delete]).toEqual(['department'])
    expect([...scopes.transfer]).toEqual(['department'])
    const told = onDeals({
      read: true,
      edit: true,
      delete: true,
      edit_scope: 'all',
      delete_scope: 'own',
    })
    expect([...told.object('deal').scopes.delete]).toEqual(['own'])
  })

  it('take a scope only from a set that gives the right', () => {
    const { scopes } = onDeals(
      { read: true, edit_scope: 'all', delete_scope: 'all' },
      { read: true, edit: true, delete: true, transfer: true },
    ).object('deal')
    expect([...scopes.edit]).toEqual(['own'])
    expect([...scopes.delete]).toEqual(['own'])
    expect([...scopes.transfer]).toEqual(['own'])
    expect([...scopes.read]).toEqual(['own'])
  })

  it('follow the default of the object', () => {
    const all = { read: true, edit: true, delete: true, transfer: true }
    const { of } = rights({ objects: { news: all, wiki: all } })
    expect(reachesAll(of.object('news'), 'read')).toBe(true)
    expect(reachesAll(of.object('news'), 'edit')).toBe(false)
    expect(reachesAll(of.object('wiki'), 'read')).toBe(true)
    expect(reachesAll(of.object('wiki'), 'edit')).toBe(true)
    expect(reachesAll(of.object('wiki'), 'delete')).toBe(false)
    expect(reachesAll(of.object('wiki'), 'transfer')).toBe(false)
    const blind = rights({ objects: { wiki: {} } }).of
    expect(reachesAll(blind.object('wiki'), 'read')).toBe(false)
  })

  it('are all with modify_all_data, and reading all with view_all_data', () => {
    const master = rights({ system: ['modify_all_data'] }).of.object('deal')
    expect(master).toMatchObject({
      create: true,
      read: true,
      edit: true,
      delete: true,
      transfer: true,
    })
    for (const right of ['read', 'edit', 'delete', 'transfer'] as const) {
      expect(reachesAll(master, right)).toBe(true)
    }
    const viewer = rights({ system: ['view_all_data'] }).of.object('deal')
    expect(viewer).toMatchObject({ create: false, read: true, edit: false, delete: false })
    expect(reachesAll(viewer, 'read')).toBe(true)
    expect(viewer.scopes.edit.has('all')).toBe(false)
  })

  it('to export come from the set or from the permission', () => {
    expect(
      rights({ system: ['export'], objects: { deal: { read: true } } }).of.object('deal').export,
    ).toBe(true)
    expect(rights({ system: ['export'] }).of.object('deal').export).toBe(false)
  })

  it('over who belongs where are for manage_users alone', () => {
    const work = { create: true, read: true, edit: true, delete: true }
    const some = rights({ objects: { department: work } }).of.object('department')
    expect(some).toMatchObject({ read: true, create: false, edit: false, delete: false })
    const manager = rights({ system: ['manage_users'], objects: { department: { read: true } } })
    expect(manager.of.object('department')).toMatchObject({
      create: true,
      edit: true,
      delete: true,
    })
    expect(reachesAll(manager.of.object('department'), 'edit')).toBe(true)
    expect(rights({ system: ['manage_users'] }).of.object('department').read).toBe(false)
    expect(manager.of.object('deal').read).toBe(false)
  })
})

describe('rights over fields', () => {
  const deal = (more: ObjectRights, system: PermissionSetDefinition['system'] = []) =>
    rights({ system, objects: { deal: { read: true, edit: true, ...more } } })

  it('are edit where nothing is said, else what is said', () => {
    expect(fieldAccess(deal({}), 'cost')).toBe('edit')
    expect(fieldAccess(deal({ field_access: 'read' }), 'cost')).toBe('read')
    expect(fieldAccess(deal({ field_access: 'read', fields: { cost: 'none' } }), 'cost')).toBe(
      'none',
    )
    expect(fieldAccess(deal({ fields: { cost: 'masked' } }), 'cost')).toBe('masked')
  })

  it('are nothing without the right to read the object, whatever is said of them', () => {
    expect(fieldAccess(rights({ objects: { deal: { fields: { cost: 'edit' } } } }), 'cost')).toBe(
      'none',
    )
    expect(fieldAccess(rights({}), 'id')).toBe('none')
  })

  it('of the system are read, the owner as any other', () => {
    expect(fieldAccess(deal({ field_access: 'none' }), 'created_at')).toBe('read')
    expect(fieldAccess(deal({ field_access: 'none' }), 'owner')).toBe('none')
  })

  it('add up to the widest', () => {
    const both = rights(
      { objects: { deal: { read: true, fields: { cost: 'none', price: 'read' } } } },
      { objects: { deal: { read: true, fields: { cost: 'masked', price: 'masked' } } } },
    )
    expect(fieldAccess(both, 'cost')).toBe('masked')
    expect(fieldAccess(both, 'price')).toBe('read')
  })

  it('come of view_all_data where a set does not name the object', () => {
    expect(fieldAccess(rights({ system: ['view_all_data'] }), 'cost')).toBe('read')
    expect(fieldAccess(rights({ system: ['modify_all_data'] }), 'cost')).toBe('edit')
  })

  it('of a derived field go no further than those of what it is made of', () => {
    expect(fieldAccess(deal({}), 'margin')).toBe('edit')
    const hidden = deal({ fields: { cost: 'none' } })
    expect(fieldAccess(hidden, 'margin')).toBe('none')
    expect(fieldAccess(hidden, 'twice')).toBe('none')
    const masked = deal({ fields: { cost: 'masked' } })
    expect(fieldAccess(masked, 'margin')).toBe('masked')
    expect(fieldAccess(deal({ fields: { cost: 'read' } }), 'margin')).toBe('edit')
    expect(fieldAccess(deal({ fields: { cost: 'none', margin: 'masked' } }), 'margin')).toBe('none')
  })

  it('to reveal are for masked fields that a set names', () => {
    const revealing = deal({ fields: { cost: 'masked' }, reveal: ['cost', 'price'] })
    const of = (name: string): boolean => {
      const found = revealing.model.objects.get('deal')?.fields.get(name)
      return found !== undefined && revealing.of.reveal(found)
    }
    expect([of('cost'), of('price'), of('margin')]).toEqual([true, false, false])
    const silent = deal({ fields: { cost: 'masked' } })
    const cost = silent.model.objects.get('deal')?.fields.get('cost')
    expect(cost && silent.of.reveal(cost)).toBe(false)
  })

  it('to reveal a derived field ask for those to reveal what it is made of', () => {
    const canReveal = (
      reveal: string[],
      fields: NonNullable<ObjectRights['fields']>,
      name: string,
    ): boolean => {
      const { model, of } = deal({ fields, reveal })
      const found = model.objects.get('deal')?.fields.get(name)
      return found !== undefined && of.reveal(found)
    }
    const masked = { cost: 'masked' } as const
    expect(canReveal(['margin'], masked, 'margin')).toBe(false)
    expect(canReveal(['margin', 'cost'], masked, 'margin')).toBe(true)
    expect(canReveal(['twice', 'cost'], masked, 'twice')).toBe(false)
    expect(canReveal(['twice', 'margin', 'cost'], masked, 'twice')).toBe(true)
    expect(canReveal(['margin'], { margin: 'masked' }, 'margin')).toBe(true)
  })
})

describe('the sum', () => {
  it('is named by its sets in any order, and knows apps and permissions', () => {
    const model = modelWith({ a: { apps: [], custom: ['x'] }, b: { system: ['api'] } })
    const sum = compileRights(model, ['b', 'a', 'b', 'gone'])
    expect(sum.signature).toBe(compileRights(model, ['gone', 'a', 'b']).signature)
    expect([...sum.custom]).toEqual(['x'])
    expect([...sum.system]).toEqual(['api'])
    expect(sum.parts).toEqual([sum])
  })

  it('of the house is everything', () => {
    const { model } = rights({})
    const house = unlimitedRights()
    const cost = model.objects.get('deal')?.fields.get('cost')
    expect(house.object('deal')).toMatchObject({ create: true, delete: true, transfer: true })
    expect(cost && house.field(cost)).toBe('edit')
    expect(cost && house.reveal(cost)).toBe(false)
    expect(house.system.has('modify_all_data')).toBe(true)
    expect(house.parts).toEqual([house])
  })

  it('orders accesses', () => {
    expect(narrowerAccess('none', 'masked')).toBe('none')
    expect(narrowerAccess('read', 'masked')).toBe('masked')
    expect(narrowerAccess('read', 'edit')).toBe('read')
    expect(['none', 'masked', 'read', 'edit'].map((one) => isTold(one as 'none'))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('every set', () => {
  it('counts for itself: one that says nothing of an object takes nothing away', () => {
    const reveals = {
      objects: { deal: { read: true, fields: { cost: 'masked' }, reveal: ['cost'] } },
    }
    const { model, of } = rights(
      reveals as Omit<PermissionSetDefinition, 'label'>,
      {},
      { objects: { news: { read: true } } },
    )
    const cost = model.objects.get('deal')?.fields.get('cost')
    expect(cost && of.reveal(cost)).toBe(true)
    expect(of.object('deal').read).toBe(true)
  })

  it('gives a scope only with its right to read', () => {
    const { scopes } = onDeals({ read: false, read_scope: 'all' }, { read: true }).object('deal')
    expect([...scopes.read]).toEqual(['own'])
  })

  it('is part of the name of the sum', () => {
    const model = modelWith({ a: {}, b: {}, ab: {} })
    expect(compileRights(model, ['a', 'b']).signature).not.toBe(
      compileRights(model, ['ab']).signature,
    )
    expect(unlimitedRights().signature).toBe('*')
  })

  it('opens its apps, and none besides', () => {
    const { model } = compileModel(
      [
        { kind: 'object', name: 'user', definition: { label: 'User' } },
        { kind: 'app', name: 'crm', definition: { label: 'CRM', version: '1.0.0' } },
        { kind: 'permission_set', name: 'a', definition: { label: 'A', apps: ['crm'] } },
        { kind: 'permission_set', name: 'b', definition: { label: 'B' } },
      ],
      createFieldTypes(),
    )
    expect(model && [...compileRights(model, ['a', 'b']).apps]).toEqual(['crm'])
    expect(model && [...compileRights(model, ['b']).apps]).toEqual([])
  })

  it('is added up once for each object', () => {
    const { of } = rights({ objects: { deal: { read: true } } })
    expect(of.object('deal')).toBe(of.object('deal'))
  })
})

describe('manage_users', () => {
  const inDepartment = (...sets: Omit<PermissionSetDefinition, 'label'>[]): string => {
    const { model, of } = rights(...sets)
    const name = model.objects.get('department')?.fields.get('name')
    return name ? of.field(name) : ''
  }
  const reads = { objects: { department: { read: true, field_access: 'none' } } } as const

  it('edits the fields of who belongs where, unless its set says otherwise', () => {
    expect(inDepartment(reads, { system: ['manage_users'] })).toBe('edit')
    expect(inDepartment({ ...reads, system: ['manage_users'] })).toBe('none')
    expect(inDepartment(reads, { system: ['api'] })).toBe('none')
    expect(inDepartment(reads, {})).toBe('none')
  })

  it('edits no fields of other objects, and reaches no further there', () => {
    const both = rights(
      { objects: { deal: { read: true, edit: true, field_access: 'none' } } },
      {
        system: ['manage_users'],
      },
    )
    expect(fieldAccess(both, 'cost')).toBe('none')
    expect(reachesAll(both.of.object('deal'), 'edit')).toBe(false)
  })

  it('reaches nothing that may not be read', () => {
    const { scopes } = rights({ system: ['manage_users'] }).of.object('department')
    expect(scopes.edit.has('all')).toBe(false)
  })
})

describe('view_all_data', () => {
  it('reads a field that its set would hide, and edits one that its set gives', () => {
    const seeing = (cost: 'none' | 'masked' | 'edit'): string =>
      fieldAccess(
        rights({ system: ['view_all_data'], objects: { deal: { read: true, fields: { cost } } } }),
        'cost',
      )
    expect(seeing('none')).toBe('read')
    expect(seeing('masked')).toBe('read')
    expect(seeing('edit')).toBe('edit')
  })

  it('exports nothing by itself; modify_all_data does', () => {
    expect(rights({ system: ['view_all_data'] }).of.object('deal').export).toBe(false)
    expect(rights({ system: ['modify_all_data'] }).of.object('deal').export).toBe(true)
  })
})

it('a field is shown unless there is no access to it', () => {
  const accesses = ['none', 'masked', 'read', 'edit'] as const
  expect(accesses.map((access) => isShown(access))).toEqual([false, true, true, true])
})

describe('record types', () => {
  const chosen = (...granted: ObjectRights[]): Record<'a' | 'b', boolean> => {
    const access = onDeals(...granted).object('deal')
    return { a: mayChooseType(access, 'a'), b: mayChooseType(access, 'b') }
  }
  const work = { read: true, create: true } as const

  it('are all to be chosen where a set that makes or changes records names none', () => {
    expect(chosen(work)).toEqual({ a: true, b: true })
    expect(chosen({ ...work, record_types: ['a'] }, { read: true, edit: true })).toEqual({
      a: true,
      b: true,
    })
  })

  it('are those that such sets name together', () => {
    expect(chosen({ ...work, record_types: ['a'] })).toEqual({ a: true, b: false })
    expect(chosen({ read: true, edit: true, record_types: ['b'] })).toEqual({ a: false, b: true })
    expect(
      chosen({ ...work, record_types: ['a'] }, { read: true, edit: true, record_types: ['b'] }),
    ).toEqual({ a: true, b: true })
  })

  it('are not opened by sets that only read', () => {
    expect(chosen({ ...work, record_types: ['a'] }, { read: true })).toEqual({ a: true, b: false })
    expect(chosen({ read: true })).toEqual({ a: false, b: false })
    expect(chosen()).toEqual({ a: false, b: false })
  })

  it('are all open to those who may change everything', () => {
    const { of } = rights({ system: ['modify_all_data'] })
    expect(mayChooseType(of.object('deal'), 'b')).toBe(true)
    expect(mayChooseType(unlimitedRights().object('deal'), 'b')).toBe(true)
  })
})
