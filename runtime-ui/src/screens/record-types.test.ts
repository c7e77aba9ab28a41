import type { DescribedField, DescribedObject } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { checkRecord } from './check-record.ts'
import type { Conditions, RecordValues } from './conditions.ts'
import { changeValue, resolveDefaults } from './resolve-defaults.ts'
import { resolveRecordScreen } from './resolve-record-screen.ts'

const conditions: Conditions = {
  user: { id: '0199a000-0000-7000-8000-000000000001', name: '李蕾' },
  now: '2026-11-22T04:00:00Z',
  timeZone: 'Asia/Shanghai',
}

function picklist(name: string, ...codes: string[]): DescribedField {
  return {
    name,
    label: name,
    type: 'picklist',
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
    values: codes.map((code) => ({ code, label: code, color: 'gray', active: true })),
  }
}

/** Cases are questions or complaints; a reader may choose the first two types. */
function cases(): DescribedObject {
  const type = (name: string, more: object = {}): DescribedObject['record_types'][number] => ({
    name,
    label: name,
    available: true,
    default: false,
    values: {},
    ...more,
  })
  const layout = (
    name: string,
    field: string,
    types?: string[],
  ): DescribedObject['page_layouts'][number] => ({
    name,
    label: name,
    derived: false,
    sections: [{ name: 'basics', fields: [{ field }] }],
    ...(types ? { record_types: types } : {}),
  })
  return {
    name: 'case',
    label: 'Case',
    plural: 'Cases',
    icon: 'box',
    sharing: 'private',
    has_owner: false,
    name_field: 'text',
    access: {
      create: true,
      read: true,
      edit: true,
      delete: true,
      transfer: true,
      export: true,
      import: true,
    },
    highlights: [],
    stage_field: null,
    relationships: [],
    record_types: [
      type('complaint', { values: { status: { codes: ['solved', 'new'] } } }),
      type('question', {
        default: true,
        values: { status: { codes: ['new', 'answered'], default: 'new' } },
      }),
      type('internal', { available: false }),
    ],
    list_views: [],
    validation_rules: [],
    approval_processes: [],
    templates: [],
    record_page: { name: 'default', derived: true, tabs: [] },
    page_layouts: [layout('usual', 'status'), layout('complaints', 'severity', ['complaint'])],
    fields: [
      picklist('record_type', 'complaint', 'question', 'internal'),
      picklist('status', 'new', 'answered', 'solved'),
      picklist('severity', 'low', 'high'),
    ],
  }
}

const offered = (record: RecordValues, name: string): string[] =>
  resolveRecordScreen({ ...conditions, object: cases(), record })
    .sections.flatMap(({ fields }) => fields)
    .filter((one) => one.name === name)
    .flatMap(({ field }) => field.values ?? [])
    .filter(({ active }) => active)
    .map(({ code }) => code)

const faults = (record: RecordValues, before: RecordValues | null): string[] => {
  const object = cases()
  const screen = resolveRecordScreen({ ...conditions, object, record, before })
  const input = { object, screen, record, before, conditions, locale: 'en-US' as const }
  return checkRecord(input).map(({ path, code }) => `${path} ${code}`)
}

describe('a record type', () => {
  it('has its own layout and says first what it is', () => {
    const names = (record: RecordValues): string[] =>
      resolveRecordScreen({ ...conditions, object: cases(), record }).sections.flatMap(
        ({ fields }) => fields.map(({ name }) => name),
      )
    expect(names({ record_type: 'complaint' })).toEqual(['record_type', 'severity'])
    expect(names({ record_type: 'question' })).toEqual(['record_type', 'status'])
    expect(names({})).toEqual(['record_type', 'status'])
  })

  it('offers its values in its order, and types that may be chosen', () => {
    expect(offered({ record_type: 'question' }, 'status')).toEqual(['new', 'answered'])
    expect(offered({}, 'status')).toEqual(['new', 'answered', 'solved'])
    expect(offered({}, 'record_type')).toEqual(['complaint', 'question'])
  })

  it('opens a new record with the default and what it chooses', () => {
    expect(resolveDefaults(cases(), {}, conditions)).toMatchObject({
      record_type: 'question',
      status: 'new',
    })
    const given = resolveDefaults(cases(), { record_type: 'complaint' }, conditions)
    expect(given['status']).toBeUndefined()
  })

  it('asks for another value where the former is not offered', () => {
    const before = { id: '1', record_type: 'complaint', status: 'solved' }
    const toQuestion = { field: 'record_type', value: 'question', setByUser: new Set<string>() }
    // The type knows what takes the place of what it does not offer.
    expect(changeValue(cases(), before, toQuestion)).toMatchObject({ status: 'new' })
    expect(faults({ ...before, record_type: 'question' }, before)).toEqual(['status not_offered'])
    expect(faults({ ...before, record_type: 'question', status: 'answered' }, before)).toEqual([])
  })

  it('leaves alone what a record has already', () => {
    const before = { id: '1', record_type: 'question', status: 'solved' }
    expect(faults(before, before)).toEqual([])
  })
})
