import type { DescribedField, DescribedLayout, DescribedObject } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { checkRecord } from './check-record.ts'
import type { Conditions, RecordValues } from './conditions.ts'
import { changeValue, copyableValues, deriveValues, resolveDefaults } from './resolve-defaults.ts'
import { type FormMemory, resolveFormScreen } from './resolve-form-screen.ts'
import { resolveMove } from './resolve-move.ts'
import { resolveRecordScreen, type ScreenField } from './resolve-record-screen.ts'

const ME = '0199a000-0000-7000-8000-000000000001'
const ACCOUNT = '0199a000-0000-7000-8000-00000000000a'
const conditions: Conditions = {
  user: { id: ME, name: '李蕾' },
  now: '2026-11-22T04:00:00Z',
  timeZone: 'Asia/Shanghai',
}

function field(name: string, type: string, more: Partial<DescribedField> = {}): DescribedField {
  return {
    name,
    label: name,
    type,
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
  }
}

const isLost = { '==': [{ var: 'stage' }, 'lost'] }
const stages = [
  {
    code: 'open',
    label: 'Open',
    color: 'blue',
    active: true,
    kind: 'open' as const,
    probability: 10,
  },
  {
    code: 'won',
    label: 'Won',
    color: 'green',
    active: true,
    kind: 'won' as const,
    probability: 100,
  },
  {
    code: 'lost',
    label: 'Lost',
    color: 'red',
    active: true,
    kind: 'lost' as const,
    probability: 0,
  },
]

function deal(more: Partial<DescribedObject> = {}): DescribedObject {
  const layout: DescribedLayout = {
    name: 'default',
    derived: false,
    sections: [
      {
        name: 'basics',
        fields: [
          { field: 'name' },
          { field: 'account' },
          { field: 'amount', required: true },
          { field: 'cost' },
        ],
      },
      {
        name: 'closing',
        visible_when: { in: [{ var: 'stage' }, ['won', 'lost']] },
        fields: [{ field: 'lost_reason', required: true }, { field: 'secret' }],
      },
      {
        name: 'system',
        fields: [
          { field: 'stage' },
          { field: 'probability' },
          { field: 'weighted' },
          { field: 'note', read_only: true },
        ],
      },
    ],
  }
  return {
    name: 'deal',
    label: 'Deal',
    plural: 'Deals',
    icon: 'box',
    sharing: 'private',
    has_owner: true,
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
    stage_field: 'stage',
    relationships: [],
    record_types: [],
    list_views: [],
    approval_processes: [],
    templates: [],
    record_page: { name: 'default', derived: true, tabs: [] },
    fields: [
      field('name', 'text', { required: true, max_length: 20 }),
      field('account', 'lookup', { target: 'account', required: true }),
      field('owner', 'user', { target: 'user', system: true }),
      field('amount', 'currency', { scale: 2, min: 0 }),
      field('cost', 'currency', { access: 'read' }),
      field('stage', 'picklist', { values: stages, default: 'open', required: true }),
      field('probability', 'percent', {
        scale: 2,
        default_from: { field: 'stage', attribute: 'probability' },
      }),
      field('weighted', 'currency', {
        scale: 2,
        read_only: true,
        derive: { '/': [{ '*': [{ var: 'amount' }, { var: 'probability' }] }, 100] },
      }),
      field('lost_reason', 'text', { visible_when: isLost }),
      field('note', 'text'),
      field('code', 'text', { unique: true }),
    ],
    page_layouts: [layout],
    validation_rules: [
      {
        name: 'won_needs_amount',
        on: ['create', 'update'],
        at: ['amount'],
        message: 'Enter the amount',
        error_if: {
          and: [
            { '==': [{ var: 'stage' }, 'won'] },
            { or: [{ is_blank: [{ var: 'amount' }] }, { '<=': [{ var: 'amount' }, 0] }] },
          ],
        },
      },
      {
        name: 'closed_stays_closed',
        on: ['update'],
        at: ['stage'],
        message: 'Closed',
        error_if: {
          and: [
            { changed: [{ var: 'stage' }] },
            { in: [{ prior: [{ var: 'stage' }] }, ['won', 'lost']] },
          ],
        },
      },
    ],
    ...more,
  }
}

function fieldsOf(
  record: RecordValues,
  more: { before?: RecordValues; object?: DescribedObject; isLocked?: boolean } = {},
): Map<string, ScreenField> {
  const { object = deal(), before = null, isLocked = false } = more
  const { sections } = resolveRecordScreen({ ...conditions, object, record, before, isLocked })
  return new Map(sections.flatMap((section) => section.fields.map((one) => [one.name, one])))
}

describe('resolveRecordScreen', () => {
  it('shows and requires by the conditions of section, layout and field', () => {
    const open = fieldsOf({ stage: 'open' })
    expect(open.get('lost_reason')).toMatchObject({
      isVisible: false,
      isRequired: false,
      node: 'closing.lost_reason',
    })
    expect(fieldsOf({ stage: 'won' }).get('lost_reason')).toMatchObject({
      isVisible: false,
      isRequired: false,
    })
    expect(fieldsOf({ stage: 'lost' }).get('lost_reason')).toMatchObject({
      isVisible: true,
      isRequired: true,
    })
  })

  it('tightens by the layout and leaves out what the reader may not see', () => {
    const fields = fieldsOf({ stage: 'lost' })
    expect(fields.get('amount')?.isRequired).toBe(true)
    expect(fields.get('note')).toMatchObject({ isReadOnly: true, readOnlyReason: 'layout' })
    expect(fields.has('secret')).toBe(false)
  })

  it('says why a field cannot be edited', () => {
    const fields = fieldsOf({ stage: 'open' })
    expect(fields.get('cost')?.readOnlyReason).toBe('access')
    expect(fields.get('weighted')?.readOnlyReason).toBe('system')
    expect(fieldsOf({}, { isLocked: true }).get('amount')).toMatchObject({
      readOnlyReason: 'locked',
      isRequired: false,
    })
    const reader = deal({ access: { ...deal().access, edit: false } })
    expect(fieldsOf({}, { object: reader, before: { id: '1' } }).get('name')?.readOnlyReason).toBe(
      'access',
    )
    expect(fieldsOf({}, { object: reader }).get('name')?.readOnlyReason).toBe(null)
  })

  it('keeps a detail with its master once it is saved, unless it may move', () => {
    const master = field('account', 'master_detail', { target: 'account', required: true })
    const object = deal({
      fields: [...deal().fields.filter(({ name }) => name !== 'account'), master],
    })
    expect(fieldsOf({}, { object }).get('account')?.isReadOnly).toBe(false)
    expect(fieldsOf({}, { object, before: { id: '1' } }).get('account')?.readOnlyReason).toBe(
      'master',
    )
  })

  it('shows what a condition cannot decide here', () => {
    const byParent = field('note', 'text', {
      visible_when: { '==': [{ var: 'account.industry' }, 'media'] },
    })
    const object = deal({
      fields: [...deal().fields.filter(({ name }) => name !== 'note'), byParent],
    })
    expect(
      fieldsOf({ account: { id: ACCOUNT, name: 'A' } }, { object }).get('note')?.isVisible,
    ).toBe(true)
  })
})

describe('resolveFormScreen', () => {
  /** What is shown, with `!` where it must be filled. */
  function shown(
    record: RecordValues,
    fields: readonly DescribedField[],
    more: FormMemory & { before?: RecordValues } = {},
  ): string[] {
    const { before = null, ...memory } = more
    const names = new Set(fields.map(({ name }) => name))
    const object = deal({
      fields: [...deal().fields.filter(({ name }) => !names.has(name)), ...fields],
    })
    return resolveFormScreen({ ...conditions, object, record, before }, memory)
      .sections.filter(({ isVisible }) => isVisible)
      .flatMap((section) => section.fields)
      .filter(({ name, isVisible }) => isVisible && names.has(name))
      .map(({ node, isRequired }) => `${node}${isRequired ? '!' : ''}`)
  }
  const always = field('lost_reason', 'text', { required: true, visible_when: isLost })
  const region = field('region', 'text', { required: true })

  it('shows what is required and missing, whatever hides it, until it has a value', () => {
    expect(shown({ stage: 'open' }, [always])).toEqual(['closing.lost_reason!'])
    expect(shown({ stage: 'open', lost_reason: 'x' }, [always])).toEqual([])
    expect(shown({ stage: 'lost', lost_reason: 'x' }, [always])).toEqual(['closing.lost_reason!'])
    const begun = new Set(['lost_reason'])
    expect(shown({ stage: 'open', lost_reason: 'x' }, [always], { begun })).toEqual([
      'closing.lost_reason!',
    ])
  })

  it('adds what the layout leaves out, of a record that is there too', () => {
    expect(shown({}, [region])).toEqual(['unplaced.region!'])
    expect(shown({ region: 'east' }, [region])).toEqual([])
    expect(shown({ region: null }, [region], { before: { id: '1' } })).toEqual(['unplaced.region!'])
    expect(shown({ region: 'east' }, [region], { before: { id: '1' } })).toEqual([])
  })

  it('waits for no value that a new record is given', () => {
    const given = field('region', 'text', { required: true, default: 'east' })
    expect(shown({}, [given])).toEqual([])
    expect(shown({ region: null }, [given])).toEqual(['unplaced.region!'])
  })

  it('shows what a condition requires in a section that is hidden, not what no form shows', () => {
    const isOpen = { '==': [{ var: 'stage' }, 'open'] }
    const inSection = field('lost_reason', 'text', { required_when: isOpen })
    expect(shown({ stage: 'open' }, [inSection])).toEqual(['closing.lost_reason!'])
    const hidden = field('lost_reason', 'text', { required_when: isOpen, visible_when: isLost })
    expect(shown({ stage: 'open' }, [hidden])).toEqual([])
  })

  it('shows what the server asked for, not what may not be filled', () => {
    const unknown = field('region', 'text')
    expect(shown({}, [unknown], { refused: new Set(['region']) })).toEqual(['unplaced.region!'])
    expect(shown({}, [{ ...region, access: 'read' }])).toEqual([])
  })
})

describe('checkRecord', () => {
  function check(record: RecordValues, before: RecordValues | null = null): string[] {
    const object = deal()
    const screen = resolveRecordScreen({ ...conditions, object, record, before })
    const errors = checkRecord({ object, screen, record, before, conditions, locale: 'en-US' })
    return errors.map((error) => `${error.path}:${error.code}`)
  }
  const whole = { name: 'A', account: { id: ACCOUNT, name: 'X' }, amount: 5, stage: 'open' }

  it('finds nothing wrong with a whole record', () => {
    expect(check(whole)).toEqual([])
  })

  it('finds every missing and malformed value at once', () => {
    expect(check({ name: '', account: null, amount: -1, stage: 'nope' })).toEqual([
      'name:required',
      'account:required',
      'amount:out_of_range',
      'stage:unknown_value',
    ])
  })

  it('judges rules on whole values, with the record before where there is one', () => {
    expect(check({ ...whole, amount: 0, stage: 'won' })).toEqual(['amount:rule_failed'])
    expect(check({ ...whole, amount: -1, stage: 'won' })).toEqual(['amount:out_of_range'])
    expect(check({ ...whole, stage: 'open' }, { ...whole, stage: 'won' })).toEqual([
      'stage:rule_failed',
    ])
  })
})

describe('defaults', () => {
  it('opens a new record with defaults, its owner, and what follows', () => {
    expect(
      resolveDefaults(deal(), { account: { id: ACCOUNT, name: 'X' } }, conditions),
    ).toMatchObject({
      account: { id: ACCOUNT, name: 'X' },
      owner: { id: ME, name: '李蕾' },
      stage: 'open',
      probability: 10,
    })
  })

  it('lets a value follow until the user sets it', () => {
    const opened = resolveDefaults(deal(), {}, conditions)
    const won = changeValue(deal(), opened, { field: 'stage', value: 'won', setByUser: new Set() })
    expect(won['probability']).toBe(100)
    const own = { ...won, probability: 80 }
    expect(
      changeValue(deal(), own, {
        field: 'stage',
        value: 'lost',
        setByUser: new Set(['probability']),
      })['probability'],
    ).toBe(80)
    expect(
      changeValue(deal(), own, { field: 'stage', value: 'lost', setByUser: new Set() })[
        'probability'
      ],
    ).toBe(80)
  })

  it('derives as the server will', () => {
    expect(deriveValues(deal(), { amount: 0.3, probability: 10 }, conditions)['weighted']).toBe(
      0.03,
    )
    expect(deriveValues(deal(), { amount: null, probability: 10 }, conditions)['weighted']).toBe(
      null,
    )
  })

  it('copies what may be copied', () => {
    const copied = copyableValues(deal(), {
      id: '1',
      name: 'A',
      code: 'X1',
      cost: 3,
      weighted: 2,
      note: 'n',
    })
    expect(copied).toMatchObject({ name: 'A', note: 'n' })
    expect(Object.keys(copied)).not.toContain('code')
    expect(Object.keys(copied)).not.toContain('cost')
  })
})

describe('resolveMove', () => {
  function asked(record: RecordValues, value: string): string[] {
    const input = {
      object: deal(),
      record,
      field: 'stage',
      value,
      conditions,
      locale: 'en-US' as const,
    }
    return resolveMove(input).fields.map(({ name }) => name)
  }
  const record = {
    id: '1',
    name: 'A',
    account: { id: ACCOUNT, name: 'X' },
    amount: 5,
    stage: 'open',
  }

  it('asks what the new stage requires, by layout, field or rule', () => {
    expect(asked(record, 'won')).toEqual([])
    expect(asked(record, 'lost')).toEqual(['lost_reason'])
    expect(asked({ ...record, amount: 0 }, 'won')).toEqual(['amount'])
  })

  it('asks nothing about the moved field itself', () => {
    expect(asked({ ...record, stage: 'won' }, 'open')).toEqual([])
  })
})
