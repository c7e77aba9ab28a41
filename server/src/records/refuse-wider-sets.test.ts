import {
  compileModel,
  compileRights,
  createFieldTypes,
  type Model,
  type ObjectRights,
  type RawComponent,
  type Rights,
} from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import type { WriteContext } from '../access/context.ts'
import { narrowRights } from '../access/narrow-rights.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { coversRights, refuseWiderSets } from './refuse-wider-sets.ts'

type Sets = Readonly<Record<string, object>>

function modelWith(sets: Sets): Model {
  const components: RawComponent[] = [
    { kind: 'object', name: 'user', definition: { label: 'User' } },
    { kind: 'object', name: 'deal', definition: { label: 'Deal' } },
    { kind: 'field', name: 'deal.cost', definition: { type: 'currency', label: 'Cost' } },
    ...Object.entries(sets).map(([name, set]) => ({
      kind: 'permission_set',
      name,
      definition: { label: name, ...set },
    })),
  ]
  const { model, problems } = compileModel(components, createFieldTypes())
  if (!model) throw new Error(JSON.stringify(problems))
  return model
}

const onDeals = (deal: ObjectRights): object => ({ objects: { deal } })

/** Whether whoever has one set has all of another. */
function covers(own: object, given: object): boolean {
  const model = modelWith({ own, given })
  return coversRights(model, compileRights(model, ['own']), compileRights(model, ['given']))
}

describe('a set is within another', () => {
  it('that is the same, or that of everything', () => {
    const all = { create: true, read: true, edit: true, delete: true, transfer: true, export: true }
    expect(covers(onDeals(all), onDeals(all))).toBe(true)
    expect(covers({ system: ['modify_all_data'] }, onDeals(all))).toBe(true)
    expect(covers({}, {})).toBe(true)
  })

  it.each(['create', 'edit', 'delete', 'transfer', 'export'] as const)(
    'when it does not add the right to %s',
    (right) => {
      const reads = onDeals({ read: true, field_access: 'read' })
      const more = onDeals({ read: true, field_access: 'read', [right]: true })
      expect(covers(more, reads)).toBe(true)
      expect(covers(reads, more)).toBe(false)
    },
  )

  it('when it does not add an object', () => {
    expect(covers({}, onDeals({ read: true }))).toBe(false)
    expect(covers(onDeals({ read: true }), {})).toBe(true)
  })

  it('when it adds no permission over the system, and none of its own', () => {
    expect(covers({ system: ['api'] }, { system: ['api'] })).toBe(true)
    expect(covers({ system: ['api'] }, { system: ['api', 'import'] })).toBe(false)
    expect(covers({ custom: ['x'] }, { custom: ['x'] })).toBe(true)
    expect(covers({ custom: ['x'] }, { custom: ['y'] })).toBe(false)
  })

  it('when it tells no more of a field', () => {
    const cost = (access: 'none' | 'masked' | 'read' | 'edit', reveal: string[] = []): object =>
      onDeals({ read: true, field_access: 'none', fields: { cost: access }, reveal })
    const widths = ['none', 'masked', 'read', 'edit'] as const
    for (const [index, own] of widths.entries()) {
      for (const [other, given] of widths.entries()) {
        expect(covers(cost(own), cost(given)), `${given} within ${own}`).toBe(other <= index)
      }
    }
    expect(covers(cost('masked'), cost('masked', ['cost']))).toBe(false)
    expect(covers(cost('masked', ['cost']), cost('masked', ['cost']))).toBe(true)
    expect(covers(cost('read'), cost('masked', ['cost']))).toBe(true)
  })
})

describe('the record types of a set', () => {
  const model = modelWith({ writes: onDeals({ read: true, create: true }) })
  const rights = compileRights(model, ['writes'])
  const offering = (types: readonly string[] | null): Rights => ({
    ...rights,
    object: (name) => ({ ...rights.object(name), recordTypes: types && new Set(types) }),
  })

  it.each([
    [null, null, true],
    [null, ['a'], true],
    [['a', 'b'], ['a'], true],
    [['a'], ['a', 'b'], false],
    [['a'], ['b'], false],
    [['a'], null, false],
  ] as const)('%j hold %j: %s', (own, given, isWithin) => {
    expect(coversRights(model, offering(own), offering(given))).toBe(isWithin)
  })
})

describe('a scope is within another', () => {
  const SCOPES = [
    'own',
    'own_and_subordinates',
    'department',
    'department_and_below',
    'all',
  ] as const
  const WIDER: Readonly<Record<(typeof SCOPES)[number], readonly string[]>> = {
    own: SCOPES,
    own_and_subordinates: ['own_and_subordinates', 'all'],
    department: ['department', 'department_and_below', 'all'],
    department_and_below: ['department_and_below', 'all'],
    all: ['all'],
  }

  it('of several only if each is', () => {
    const model = modelWith({
      own: onDeals({ read: true, read_scope: 'department_and_below' }),
      department: onDeals({ read: true, read_scope: 'department' }),
      team: onDeals({ read: true, read_scope: 'own_and_subordinates' }),
    })
    const own = compileRights(model, ['own'])
    expect(coversRights(model, own, compileRights(model, ['department']))).toBe(true)
    expect(coversRights(model, own, compileRights(model, ['team', 'department']))).toBe(false)
  })

  const cases = SCOPES.flatMap((own) => SCOPES.map((given) => [given, own] as const))

  it.each(cases)('%s within %s', (given, own) => {
    const isWithin = WIDER[given].includes(own)
    const reads = (scope: (typeof SCOPES)[number]): object =>
      onDeals({ read: true, field_access: 'read', read_scope: scope })
    const deletes = (scope: (typeof SCOPES)[number]): object =>
      onDeals({ read: true, read_scope: 'all', delete: true, delete_scope: scope })
    expect(covers(reads(own), reads(given))).toBe(isWithin)
    expect(covers(deletes(own), deletes(given))).toBe(isWithin)
  })
})

describe('the permission sets of a user', () => {
  const model = modelWith({
    little: onDeals({ read: true }),
    much: onDeals({ read: true, edit: true }),
    admin: { system: ['modify_all_data', 'manage_users'] },
    half: { system: ['manage_users'] },
    data: { system: ['modify_all_data'] },
    more: { system: ['export'], custom: ['x'] },
  })

  function refused(
    mine: readonly string[],
    { had, get, ...more }: { had?: unknown; get: unknown; within?: string } & Partial<RecordChange>,
  ): boolean {
    const { within, ...change } = more
    const own = compileRights(model, mine)
    const rights = within === undefined ? own : narrowRights(own, compileRights(model, [within]))
    const release = { number: 1, model, physical: undefined, derived: new Map() }
    const context = { actor: { rights }, release } as unknown as WriteContext
    const before = had === undefined ? null : { values: { permission_sets: had } }
    const error = refuseWiderSets(context, {
      op: 'update',
      object: model.objects.get('user'),
      id: '',
      before,
      after: { permission_sets: get },
      given: new Set(),
      isSystem: false,
      ...change,
    } as unknown as RecordChange)
    if (error) {
      expect(error.code).toBe('forbidden')
      const told = JSON.stringify(error)
      expect(told).toContain('permission_sets')
      expect(told).toContain('allows more than you may do yourself')
      expect(told).toContain('包含您自己没有的权限')
    }
    return error !== undefined
  }

  it('may grow by what the caller has, and by nothing else', () => {
    expect(refused(['much'], { get: ['little'] })).toBe(false)
    expect(refused(['little'], { get: ['much'] })).toBe(true)
    expect(refused(['little'], { get: ['little', 'much'] })).toBe(true)
    expect(refused(['little'], { had: ['little'], get: ['little', 'much'] })).toBe(true)
  })

  it('may keep what they had, and lose anything', () => {
    expect(refused(['little'], { had: ['much'], get: ['much'] })).toBe(false)
    expect(refused(['little'], { had: ['much'], get: [] })).toBe(false)
    expect(refused(['little'], { had: ['much'], get: null })).toBe(false)
    expect(refused(['little'], { had: null, get: ['much'] })).toBe(true)
    expect(refused(['little'], { get: ['gone'] })).toBe(false)
  })

  it('may be anything for whoever may change all data and all rights', () => {
    expect(refused(['admin'], { get: ['admin', 'much'] })).toBe(false)
    expect(refused(['admin'], { get: ['more'] })).toBe(false)
    expect(refused(['half'], { get: ['more'] })).toBe(true)
    expect(refused(['data'], { get: ['more'] })).toBe(true)
    expect(refused(['half'], { get: ['admin'] })).toBe(true)
    expect(refused(['data'], { get: ['half'] })).toBe(true)
  })

  it('are asked of a key as of its user', () => {
    expect(refused(['much'], { get: ['much'], within: 'little' })).toBe(true)
    expect(refused(['much'], { get: ['little'], within: 'little' })).toBe(false)
  })

  it('are not asked of the house, nor of other objects', () => {
    expect(refused(['little'], { get: ['much'], isSystem: true })).toBe(false)
    const deal = model.objects.get('deal')
    expect(deal && refused(['little'], { get: ['much'], object: deal })).toBe(false)
  })
})
