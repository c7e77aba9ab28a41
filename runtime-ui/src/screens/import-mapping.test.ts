import type { DescribedField, DescribedObject } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { checkMapping, mapColumns, sampleCsv, undecidedWords } from './import-mapping.ts'

const field = (
  name: string,
  label: string,
  more: Partial<DescribedField> = {},
): DescribedField => ({
  name,
  label,
  type: 'text',
  access: 'edit',
  required: false,
  unique: false,
  system: false,
  read_only: false,
  sortable: true,
  groupable: true,
  filter_operators: [],
  searchable: false,
  options: {},
  ...more,
})
const values = [{ code: 'won', label: '赢单', color: 'green', active: true }]
const object = {
  name: 'deal',
  fields: [
    field('name', '商机名称', { required: true }),
    field('stage', '阶段', { type: 'picklist', values }),
    field('close_date', '成交日期', { type: 'date' }),
    field('owner', '负责人', { system: true, required: true }),
    field('created_at', '创建时间', { system: true, read_only: true }),
  ],
} as unknown as DescribedObject

describe('the columns of a file', () => {
  const rows = [
    ['A', 'Won', 'x'],
    ['B', '赢单', 'y'],
    ['C', 'Closed', ''],
  ]

  it('go to the fields of the same label or name, whatever the spelling', () => {
    const columns = mapColumns(object, ['商机名称', 'STAGE', 'Close Date', '别的'], rows)
    expect(columns.map(({ field: name }) => name)).toEqual(['name', 'stage', 'close_date', ''])
  })

  it('take each field once', () => {
    expect(mapColumns(object, ['name', '商机名称'], rows).map(({ field: name }) => name)).toEqual([
      'name',
      '',
    ])
  })

  it('ask for the words of a picklist that nobody knows', () => {
    const [, stage] = mapColumns(object, ['name', 'stage'], rows)
    expect(stage?.values).toEqual({ Won: 'won', 赢单: 'won', Closed: '' })
    expect(stage && undecidedWords(stage)).toEqual(['Closed'])
  })

  it('must bring what every record needs, unless the system gives it', () => {
    const columns = mapColumns(object, ['stage'], rows)
    expect(checkMapping(object, columns, true)).toEqual({ missing: ['商机名称'], twice: [] })
    expect(checkMapping(object, columns, false)).toEqual({ missing: [], twice: [] })
  })
})

it('a sample file has the labels of what may be imported', () => {
  expect(sampleCsv(object)).toBe('\uFEFF商机名称,阶段,成交日期,负责人\r\n')
})
