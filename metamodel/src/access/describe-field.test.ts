import { describe, expect, it } from 'vitest'

import type { DescribedField } from '../contract/index.ts'
import { createFieldTypes } from '../field-types/index.ts'
import type { ObjectRights, RawComponent } from '../kinds/index.ts'
import { compileModel, type Model } from '../model/index.ts'
import type { Reader } from './can-read.ts'
import { describeField, describeSeen } from './describe-field.ts'
import { compileRights } from './rights.ts'

type Definitions = Readonly<Record<string, object>>

const every = (kind: string, definitions: Definitions): RawComponent[] =>
  Object.entries(definitions).map(([name, definition]) => ({ kind, name, definition }))

const both = (en: string, zh: string): object => ({ 'en-US': en, 'zh-CN': zh })

const OBJECTS: Definitions = {
  user: { label: 'User', sharing: 'read' },
  bill: { label: both('Bill', '账单'), plural: both('Bills', '账单们'), sharing: 'read' },
  item: { label: 'Item', plural: both('Items', '明细们'), sharing: 'read' },
}

const item = (name: string): object => ({ '==': [{ var: name }, 'x'] })

const FIELDS: Definitions = {
  'bill.amount': { type: 'currency', label: 'Amount', min: 0, max: 900, scale: 4 },
  'bill.pieces': { type: 'number', label: 'Pieces' },
  'bill.note': { type: 'text', label: 'Note', max_length: 40 },
  'bill.story': { type: 'long_text', label: 'Story' },
  'bill.kind': { type: 'picklist', label: 'Kind', values: [{ code: 'a' }, { code: 'b' }] },
  'bill.way': {
    type: 'picklist',
    label: 'Way',
    values: [
      { code: 'x', color: 'red' },
      { code: 'y', active: false },
    ],
    controlled_by: { field: 'kind', values: { a: ['x'], b: ['x', 'y'] } },
  },
  'bill.double': { type: 'formula', label: 'Double', formula: 'amount * 2', result: 'currency' },
  'bill.of_owner': {
    type: 'formula',
    label: 'Of the owner',
    formula: 'owner.name & note',
    result: 'text',
  },
  'item.bill': {
    type: 'master_detail',
    label: 'Bill',
    target: 'bill',
    relationship: { name: 'items' },
  },
  'item.price': { type: 'currency', label: both('Price', '价格') },
  'item.kind': { type: 'text', label: 'Kind' },
  'bill.count': { type: 'roll_up', label: 'Count', via: 'items', fn: 'count' },
  'bill.total': {
    type: 'roll_up',
    label: 'Total',
    via: 'items',
    fn: 'sum',
    field: 'price',
    where: item('kind'),
  },
}

const work: ObjectRights = { create: true, read: true, edit: true, delete: true }
const SETS: Definitions = {
  boss: { label: 'Boss', objects: { user: work, bill: work, item: work } },
  clerk: {
    label: 'Clerk',
    objects: {
      user: { read: true },
      bill: { read: true, edit: true, fields: { kind: 'none', amount: 'masked' } },
      item: { read: true, fields: { price: 'none' } },
    },
  },
  teller: {
    label: 'Teller',
    objects: {
      user: { read: true },
      bill: { read: true },
      item: { read: true, fields: { kind: 'masked' } },
    },
  },
  stranger: { label: 'Stranger', objects: { bill: { read: true, fields: { total: 'masked' } } } },
}

function compiled(): Model {
  const { model, problems } = compileModel(
    [...every('object', OBJECTS), ...every('field', FIELDS), ...every('permission_set', SETS)],
    createFieldTypes(),
  )
  if (!model) throw new Error(JSON.stringify(problems))
  return model
}

const model = compiled()

function readerOf(set: string, locale: Reader['locale'] = 'en-US'): Reader {
  return { locale, rights: compileRights(model, [set]), permissionSets: [set] }
}

function told(name: string, set: string, locale?: Reader['locale']): DescribedField {
  const bill = model.objects.get('bill')
  const field = bill?.fields.get(name)
  if (!bill || !field) throw new Error(`no field ${name}`)
  return describeSeen(model, bill, field, readerOf(set, locale))
}

describe('a roll-up', () => {
  it('is told with what it is made of to those who may read it', () => {
    expect(told('total', 'boss').rolled_up).toEqual({
      fn: 'sum',
      object: 'item',
      object_label: 'Items',
      field: 'price',
      field_label: 'Price',
      where: item('kind'),
    })
    expect(told('count', 'boss').rolled_up).toStrictEqual({
      fn: 'count',
      object: 'item',
      object_label: 'Items',
    })
  })

  it('is told in the language of the reader', () => {
    expect(told('total', 'boss', 'zh-CN').rolled_up).toMatchObject({
      object_label: '明细们',
      field_label: '价格',
    })
  })

  it('keeps the field and the condition that the reader may not know', () => {
    expect(told('total', 'clerk').rolled_up).toEqual({
      fn: 'sum',
      object: 'item',
      object_label: 'Items',
      where: item('kind'),
    })
    expect(told('total', 'teller').rolled_up).toEqual({
      fn: 'sum',
      object: 'item',
      object_label: 'Items',
      field: 'price',
      field_label: 'Price',
    })
  })

  it('names nothing of an object that the reader may not read', () => {
    expect(told('count', 'stranger').rolled_up).toEqual({ fn: 'count' })
  })

  it('has the type of its result and is not to be written', () => {
    expect(told('total', 'boss')).toMatchObject({
      type: 'currency',
      access: 'read',
      read_only: true,
      scale: 2,
    })
    expect(told('total', 'boss').options).toStrictEqual({})
    expect(told('count', 'boss')).toMatchObject({ type: 'number', scale: 0 })
  })

  it('is nothing that other fields are told with', () => {
    expect(told('note', 'boss')).not.toHaveProperty('rolled_up')
  })
})

describe('a formula', () => {
  it('of the record alone is told, so that a form can compute it', () => {
    expect(told('double', 'boss')).toMatchObject({ type: 'currency', read_only: true })
    expect(told('double', 'boss').formula).toEqual({
      round: [{ '*': [{ blank_value: [{ var: 'amount' }, 0] }, 2] }, 2],
    })
  })

  it('of other records stays with the server', () => {
    expect(told('of_owner', 'boss')).not.toHaveProperty('formula')
  })

  it('does not stand on what has none', () => {
    expect(told('note', 'boss')).not.toHaveProperty('formula')
  })

  it('says only what its options are by themselves', () => {
    expect(told('double', 'boss').options).toStrictEqual({ result: 'currency' })
    expect(told('of_owner', 'boss').options).toStrictEqual({ result: 'text' })
  })
})

describe('a picklist that another controls', () => {
  it('is told with what controls it', () => {
    expect(told('way', 'boss').controlled_by).toEqual({
      field: 'kind',
      values: { a: ['x'], b: ['x', 'y'] },
    })
  })

  it('is told without, where the other may not be known', () => {
    expect(told('way', 'clerk')).not.toHaveProperty('controlled_by')
  })

  it('has the name of a value where it has no label, and a colour where none is given', () => {
    expect(told('way', 'boss').values).toEqual([
      { code: 'x', label: 'x', color: 'red', active: true },
      { code: 'y', label: 'y', color: 'gray', active: false },
    ])
  })
})

describe('a number', () => {
  it('is told with its scale and limits', () => {
    expect(told('amount', 'boss')).toMatchObject({ scale: 4, min: 0, max: 900 })
    expect(told('pieces', 'boss').scale).toBe(0)
  })

  it('that is masked is told with its mask and nothing to search by', () => {
    const amount = told('amount', 'clerk')
    expect(amount).toMatchObject({
      access: 'masked',
      mask: expect.anything() as unknown,
      reveal: false,
      filter_operators: [],
      sortable: false,
      groupable: false,
    })
    expect(told('amount', 'boss')).not.toHaveProperty('mask')
    expect(told('amount', 'boss')).not.toHaveProperty('reveal')
  })

  it('alone has a scale', () => {
    expect(told('note', 'boss')).not.toHaveProperty('scale')
    expect(told('note', 'boss')).toMatchObject({ max_length: 40 })
    expect(told('note', 'boss')).not.toHaveProperty('min')
  })
})

describe('a field by itself', () => {
  it('is told without a formula that would compute what its mask hides', () => {
    const double = model.objects.get('bill')?.fields.get('double')
    const masked = readerOf('boss')
    const rights = { ...masked.rights, field: () => 'masked' as const }
    expect(double && describeField(double, { ...masked, rights })).not.toHaveProperty('formula')
  })

  it('is sorted as its values can be, unless they are masked', () => {
    const sortable = (name: string, set: string): boolean | undefined => {
      const field = model.objects.get('bill')?.fields.get(name)
      return field && describeField(field, readerOf(set)).sortable
    }
    expect(sortable('amount', 'boss')).toBe(true)
    expect(sortable('amount', 'clerk')).toBe(false)
    expect(sortable('story', 'boss')).toBe(false)
  })
})
