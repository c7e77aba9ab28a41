import { describe, expect, it } from 'vitest'

import type { DescribedField, DescribedObject } from '../contract/index.ts'
import { createFieldTypes } from '../field-types/index.ts'
import type { ObjectRights, RawComponent } from '../kinds/index.ts'
import { compileModel, type Model, type ObjectModel } from '../model/index.ts'
import { canRead, canSee, canSortBy, type Reader, readsOnly } from './can-read.ts'
import { describeField, describeSeen } from './describe-field.ts'
import { describeObject } from './describe-object.ts'
import { localizeLabels, relatedColumns } from './describe-screens.ts'
import { compileRights } from './rights.ts'

type Definitions = Readonly<Record<string, object>>

const every = (kind: string, definitions: Definitions): RawComponent[] =>
  Object.entries(definitions).map(([name, definition]) => ({ kind, name, definition }))

const both = (en: string, zh: string): object => ({ 'en-US': en, 'zh-CN': zh })
const equals = (path: string, value: unknown): object => ({ '==': [{ var: path }, value] })

const OBJECTS: Definitions = {
  user: { label: 'User', sharing: 'read' },
  account: {
    label: both('Account', '客户'),
    plural: both('Accounts', '客户们'),
    icon: 'building',
    sharing: 'private',
    highlights: ['phone', 'level', 'secret'],
  },
  deal: {
    label: 'Deal',
    sharing: 'read',
    stage_field: 'stage',
    name_field: { type: 'auto_number', format: 'D{0000}' },
  },
  line: { label: 'Line' },
  note: { label: 'Note' },
}

const FIELDS: Definitions = {
  'account.phone': { type: 'phone', label: 'Phone', searchable: true, unique: true },
  'account.level': {
    type: 'picklist',
    label: both('Level', '级别'),
    help: both('How dear', '多重要'),
    values: [
      { code: 'a', label: both('A', '甲'), color: 'red', probability: 90 },
      { code: 'b', active: false },
    ],
  },
  'account.chance': {
    type: 'percent',
    label: 'Chance',
    default_from: { field: 'level', attribute: 'probability' },
  },
  'account.secret': { type: 'text', label: 'Secret' },
  'account.limit': { type: 'currency', label: 'Limit', min: 0, max: 100 },
  'account.size': { type: 'number', label: 'Size', searchable: false },
  'account.parent': {
    type: 'lookup',
    label: 'Parent',
    target: 'account',
    relationship: { name: 'children', label: both('Children', '下级') },
  },
  'account.motto': {
    type: 'text',
    label: 'Motto',
    max_length: 80,
    required: true,
    default: 'none',
    required_when: equals('level', 'a'),
    read_only_when: equals('secret', 'x'),
    visible_when: equals('parent.secret', 'x'),
  },
  'account.hint': { type: 'text', label: 'Hint', derive: { concat: [{ var: 'secret' }, '!'] } },
  'account.story': { type: 'long_text', label: 'Story' },
  'deal.account': {
    type: 'lookup',
    label: 'Account',
    target: 'account',
    relationship: { name: 'deals' },
  },
  'deal.stage': { type: 'picklist', label: 'Stage', values: [{ code: 'open' }, { code: 'won' }] },
  'deal.amount': { type: 'currency', label: 'Amount' },
  'deal.margin': { type: 'percent', label: 'Margin' },
  'deal.secret': { type: 'text', label: 'Secret' },
  'line.deal': {
    type: 'master_detail',
    label: 'Deal',
    target: 'deal',
    relationship: { name: 'lines' },
  },
  'line.price': { type: 'currency', label: 'Price' },
  'note.account': {
    type: 'lookup',
    label: 'Account',
    target: 'account',
    relationship: { name: 'notes' },
  },
}

const LAYOUTS: Definitions = {
  'account.standard': {
    label: both('Standard', '标准'),
    sections: [
      {
        name: 'top',
        label: both('Top', '上'),
        columns: 2,
        visible_when: equals('secret', 'x'),
        fields: [
          { field: 'name', visible_when: equals('level', 'a') },
          { field: 'limit', visible_when: equals('secret', 'x'), wide: true },
          { field: 'secret' },
        ],
      },
      { name: 'hidden', fields: [{ field: 'hint' }] },
      { name: 'rest', visible_when: equals('level', 'a'), fields: [{ field: 'phone' }] },
    ],
  },
  'account.for_clerks': {
    permission_sets: ['clerk', 'other'],
    sections: [{ name: 'only', fields: [{ field: 'name' }] }],
  },
  'note.for_others': {
    permission_sets: ['other'],
    sections: [{ name: 'only', fields: [{ field: 'name' }] }],
  },
  'note.for_nobody': {
    permission_sets: ['other'],
    sections: [{ name: 'other', fields: [{ field: 'name' }] }],
  },
}

const VIEWS: Definitions = {
  'account.all': {
    label: both('All', '全部'),
    order: 1,
    columns: ['name', 'secret', 'limit', 'parent.secret', 'parent.limit', 'level'],
    sort: [{ field: 'secret' }, { field: 'limit' }, { field: 'level', direction: 'desc' }],
  },
  'account.secrets': {
    label: 'Secrets',
    order: 2,
    columns: ['name'],
    where: equals('secret', 'x'),
  },
  'account.plain': { label: 'Plain', order: 3, columns: ['name'], where: equals('level', 'a') },
  'deal.board': {
    label: 'Board',
    order: 1,
    columns: ['account', 'name', 'stage', 'amount', 'margin', 'secret', 'owner', 'created_at'],
    display: 'board',
    board: { group_by: 'stage', card_fields: ['name', 'secret', 'amount'], sum: 'amount' },
  },
  'deal.bare': {
    label: 'Bare',
    order: 2,
    columns: ['name'],
    display: 'board',
    board: { group_by: 'stage' },
  },
}

const PAGE: Definitions = {
  'account.page': {
    label: both('Page', '页面'),
    highlights: ['phone', 'secret', 'limit'],
    facts: [
      {
        name: 'count',
        label: both('Deals', '商机数'),
        relationship: 'deals',
        measure: { fn: 'count' },
      },
      {
        name: 'sum',
        label: 'Sum',
        relationship: 'deals',
        measure: { fn: 'sum', field: 'amount' },
        where: equals('stage', 'won'),
      },
      {
        name: 'margin',
        label: 'Margin',
        relationship: 'deals',
        measure: { fn: 'avg', field: 'margin' },
      },
      {
        name: 'secret',
        label: 'Secret',
        relationship: 'deals',
        measure: { fn: 'count' },
        where: equals('secret', 'x'),
      },
      { name: 'notes', label: 'Notes', relationship: 'notes', measure: { fn: 'count' } },
    ],
    tabs: [
      {
        name: 'work',
        label: both('Work', '工作'),
        components: [
          { type: 'details' },
          {
            type: 'related_list',
            relationship: 'deals',
            columns: ['name', 'margin', 'secret', 'amount'],
            sort: [{ field: 'margin' }, { field: 'amount' }, { field: 'secret' }],
            total: { fn: 'sum', field: 'amount' },
            where: equals('stage', 'won'),
            limit: 5,
          },
          { type: 'related_list', relationship: 'deals', total: { fn: 'max', field: 'margin' } },
          { type: 'related_list', relationship: 'deals', where: equals('secret', 'x') },
        ],
      },
      { name: 'notes', components: [{ type: 'related_list', relationship: 'notes' }] },
    ],
  },
}

const RULES: Definitions = {
  'account.open': {
    error_if: equals('level', 'b'),
    message: both('Not b', '不可为乙'),
    at: ['level'],
    on: ['create'],
  },
  'account.plain': { error_if: equals('phone', '1'), message: 'No' },
  'account.beside': {
    error_if: equals('level', 'a'),
    message: 'Beside',
    at: ['secret', 'limit', 'level'],
  },
  'account.hidden': { error_if: equals('secret', 'b'), message: 'Hidden' },
  'account.off': { active: false, error_if: equals('level', 'b'), message: 'Off' },
  'account.passed': { error_if: equals('level', 'b'), message: 'Passed', bypass: 'pass' },
}

const step = { name: 'one', label: both('One', '一'), approvers: [{ by: 'manager' }] }
const PROCESSES: Definitions = {
  big: {
    label: both('Big', '大额'),
    object: 'account',
    order: 1,
    entry: equals('level', 'a'),
    steps: [step],
  },
  secret: {
    label: 'Secret',
    object: 'account',
    order: 2,
    entry: equals('secret', 'a'),
    steps: [step],
    allow_recall: false,
  },
  any: { label: 'Any', object: 'account', order: 3, steps: [step] },
}

const TEMPLATES: Definitions = {
  letter: { type: 'print', label: both('Letter', '信函'), object: 'account', body: 'x' },
  offer: { type: 'print', label: 'Offer', object: 'deal', body: 'x' },
}

const work: ObjectRights = {
  create: true,
  read: true,
  edit: true,
  delete: true,
  export: true,
  transfer: true,
}
const SETS: Definitions = {
  boss: {
    label: 'Boss',
    system: ['import'],
    objects: { user: work, account: work, deal: work, line: work, note: work },
  },
  clerk: {
    label: 'Clerk',
    custom: ['pass'],
    system: ['import'],
    objects: {
      user: { read: true },
      account: {
        read: true,
        edit: true,
        fields: { secret: 'none', limit: 'masked', size: 'read', phone: 'masked' },
        reveal: ['limit'],
      },
      deal: { read: true, fields: { margin: 'masked', secret: 'none' } },
    },
  },
  blind: {
    label: 'Blind',
    objects: { account: { read: true, fields: { parent: 'masked', level: 'none' } } },
  },
  other: { label: 'Other' },
}

function compiledWith(sets: Definitions): Model {
  const { model, problems } = compileModel(
    [
      ...every('object', OBJECTS),
      ...every('field', FIELDS),
      ...every('page_layout', LAYOUTS),
      ...every('list_view', VIEWS),
      ...every('record_page', PAGE),
      ...every('validation_rule', RULES),
      ...every('approval_process', PROCESSES),
      ...every('template', TEMPLATES),
      ...every('permission_set', { ...SETS, ...sets }),
    ],
    createFieldTypes(),
  )
  if (!model) throw new Error(JSON.stringify(problems, null, 1))
  return model
}

const model = compiledWith({})
const reader = (...permissionSets: string[]): Reader => ({
  locale: 'en-US',
  rights: compileRights(model, permissionSets),
  permissionSets,
})
const boss = reader('boss')
const clerk = reader('clerk')
const blind = reader('blind')

function object(name: string): ObjectModel {
  const found = model.objects.get(name)
  if (!found) throw new Error(name)
  return found
}
function seen(name: string, by: Reader): DescribedObject {
  const found = describeObject(model, name, by)
  if (!found) throw new Error(name)
  return found
}
function field(name: string, by: Reader): DescribedField {
  const found = seen('account', by).fields.find((one) => one.name === name)
  if (!found) throw new Error(name)
  return found
}

const TEXT_OPERATORS = [
  'eq',
  'ne',
  'in',
  'not_in',
  'is_null',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'contains',
  'starts_with',
  'ends_with',
]
const NUMBER_OPERATORS = [
  'eq',
  'ne',
  'in',
  'not_in',
  'is_null',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
]
const EQUAL_OPERATORS = ['eq', 'ne', 'in', 'not_in', 'is_null']
const LONG_OPERATORS = ['contains', 'starts_with', 'ends_with', 'is_null']

/** An object as it is told, but for its fields, its variants and one rule, which have tests of their own. */
function shapeOf(told: DescribedObject): object {
  const rules = told.validation_rules.filter(({ name }) => name !== 'beside')
  return Object.fromEntries(
    Object.entries({ ...told, validation_rules: rules }).filter(
      ([key]) => key !== 'fields' && key !== 'record_types',
    ),
  )
}

describe('an object', () => {
  it('is not there for those who may not read it, nor one that does not exist', () => {
    expect(describeObject(model, 'line', clerk)).toBeUndefined()
    expect(describeObject(model, 'account', reader())).toBeUndefined()
    expect(describeObject(model, 'gone', boss)).toBeUndefined()
  })

  it('is told whole to those who may do everything', () => {
    const told = seen('account', boss)
    expect(told.fields.map(({ name }) => name)).toEqual([...object('account').fields.keys()])
    expect(shapeOf(told)).toEqual({
      name: 'account',
      label: 'Account',
      plural: 'Accounts',
      icon: 'building',
      access: {
        create: true,
        read: true,
        edit: true,
        delete: true,
        transfer: true,
        export: true,
        import: true,
      },
      sharing: 'private',
      has_owner: true,
      name_field: 'text',
      highlights: ['phone', 'level', 'secret'],
      stage_field: null,
      relationships: [
        {
          name: 'children',
          label: 'Children',
          object: 'account',
          field: 'parent',
          master_detail: false,
        },
        { name: 'deals', label: 'deals', object: 'deal', field: 'account', master_detail: false },
        { name: 'notes', label: 'notes', object: 'note', field: 'account', master_detail: false },
      ],
      page_layouts: [
        {
          label: 'Standard',
          sections: [
            {
              name: 'top',
              label: 'Top',
              columns: 2,
              visible_when: { '==': [{ var: 'secret' }, 'x'] },
              fields: [
                { field: 'name', visible_when: { '==': [{ var: 'level' }, 'a'] } },
                { field: 'limit', visible_when: { '==': [{ var: 'secret' }, 'x'] }, wide: true },
                { field: 'secret' },
              ],
            },
            { name: 'hidden', fields: [{ field: 'hint' }] },
            {
              name: 'rest',
              visible_when: { '==': [{ var: 'level' }, 'a'] },
              fields: [{ field: 'phone' }],
            },
          ],
          name: 'standard',
          derived: false,
        },
      ],
      record_page: {
        label: 'Page',
        highlights: ['phone', 'secret', 'limit'],
        facts: [
          { name: 'count', label: 'Deals', relationship: 'deals', measure: { fn: 'count' } },
          {
            name: 'sum',
            label: 'Sum',
            relationship: 'deals',
            measure: { fn: 'sum', field: 'amount' },
            where: { '==': [{ var: 'stage' }, 'won'] },
          },
          {
            name: 'margin',
            label: 'Margin',
            relationship: 'deals',
            measure: { fn: 'avg', field: 'margin' },
          },
          {
            name: 'secret',
            label: 'Secret',
            relationship: 'deals',
            measure: { fn: 'count' },
            where: { '==': [{ var: 'secret' }, 'x'] },
          },
          { name: 'notes', label: 'Notes', relationship: 'notes', measure: { fn: 'count' } },
        ],
        tabs: [
          {
            name: 'work',
            label: 'Work',
            components: [
              { type: 'details' },
              {
                type: 'related_list',
                relationship: 'deals',
                columns: ['name', 'margin', 'secret', 'amount'],
                where: { '==': [{ var: 'stage' }, 'won'] },
                limit: 5,
                sort: [{ field: 'margin' }, { field: 'amount' }, { field: 'secret' }],
                total: { fn: 'sum', field: 'amount' },
              },
              {
                type: 'related_list',
                relationship: 'deals',
                columns: ['name', 'stage', 'amount', 'margin', 'secret', 'owner'],
                total: { fn: 'max', field: 'margin' },
              },
              {
                type: 'related_list',
                relationship: 'deals',
                where: { '==': [{ var: 'secret' }, 'x'] },
                columns: ['name', 'stage', 'amount', 'margin', 'secret', 'owner'],
              },
            ],
          },
          {
            name: 'notes',
            components: [
              { type: 'related_list', relationship: 'notes', columns: ['name', 'owner'] },
            ],
          },
        ],
        name: 'page',
        derived: false,
      },
      list_views: [
        {
          label: 'All',
          order: 1,
          columns: ['name', 'secret', 'limit', 'parent.secret', 'parent.limit', 'level'],
          sort: [{ field: 'secret' }, { field: 'limit' }, { field: 'level', direction: 'desc' }],
          name: 'all',
          derived: false,
        },
        {
          label: 'Secrets',
          order: 2,
          where: { '==': [{ var: 'secret' }, 'x'] },
          columns: ['name'],
          name: 'secrets',
          derived: false,
        },
        {
          label: 'Plain',
          order: 3,
          where: { '==': [{ var: 'level' }, 'a'] },
          columns: ['name'],
          name: 'plain',
          derived: false,
        },
        {
          label: 'Mine',
          scope: 'mine',
          columns: ['name', 'phone', 'level', 'secret', 'chance', 'limit', 'size', 'owner'],
          sort: [{ field: 'updated_at', direction: 'desc' }],
          name: 'mine',
          derived: true,
        },
      ],
      validation_rules: [
        {
          name: 'open',
          error_if: { '==': [{ var: 'level' }, 'b'] },
          on: ['create'],
          at: ['level'],
          message: 'Not b',
        },
        {
          name: 'plain',
          error_if: { '==': [{ var: 'phone' }, '1'] },
          on: ['create', 'update'],
          at: [],
          message: 'No',
        },
        {
          name: 'hidden',
          error_if: { '==': [{ var: 'secret' }, 'b'] },
          on: ['create', 'update'],
          at: [],
          message: 'Hidden',
        },
        {
          name: 'passed',
          error_if: { '==': [{ var: 'level' }, 'b'] },
          on: ['create', 'update'],
          at: [],
          message: 'Passed',
        },
      ],
      approval_processes: [
        {
          name: 'big',
          label: 'Big',
          steps: [{ name: 'one', label: 'One' }],
          allow_recall: true,
          entry: { '==': [{ var: 'level' }, 'a'] },
        },
        {
          name: 'secret',
          label: 'Secret',
          steps: [{ name: 'one', label: 'One' }],
          allow_recall: false,
          entry: { '==': [{ var: 'secret' }, 'a'] },
        },
        { name: 'any', label: 'Any', steps: [{ name: 'one', label: 'One' }], allow_recall: true },
      ],
      templates: [{ name: 'letter', label: 'Letter' }],
    })
  })

  it('is told to others without what reads or shows what they may not know', () => {
    expect(shapeOf(seen('account', clerk))).toEqual({
      name: 'account',
      label: 'Account',
      plural: 'Accounts',
      icon: 'building',
      access: {
        create: false,
        read: true,
        edit: true,
        delete: false,
        transfer: false,
        export: false,
        import: false,
      },
      sharing: 'private',
      has_owner: true,
      name_field: 'text',
      highlights: ['phone', 'level'],
      stage_field: null,
      relationships: [
        {
          name: 'children',
          label: 'Children',
          object: 'account',
          field: 'parent',
          master_detail: false,
        },
        { name: 'deals', label: 'deals', object: 'deal', field: 'account', master_detail: false },
      ],
      page_layouts: [
        {
          permission_sets: ['clerk', 'other'],
          sections: [{ name: 'only', fields: [{ field: 'name' }] }],
          label: 'for_clerks',
          name: 'for_clerks',
          derived: false,
        },
        {
          label: 'Standard',
          sections: [
            {
              name: 'top',
              label: 'Top',
              columns: 2,
              fields: [
                { field: 'name', visible_when: { '==': [{ var: 'level' }, 'a'] } },
                { field: 'limit', wide: true },
              ],
            },
            {
              name: 'rest',
              visible_when: { '==': [{ var: 'level' }, 'a'] },
              fields: [{ field: 'phone' }],
            },
          ],
          name: 'standard',
          derived: false,
        },
      ],
      record_page: {
        label: 'Page',
        highlights: ['phone', 'limit'],
        facts: [
          { name: 'count', label: 'Deals', relationship: 'deals', measure: { fn: 'count' } },
          {
            name: 'sum',
            label: 'Sum',
            relationship: 'deals',
            measure: { fn: 'sum', field: 'amount' },
            where: { '==': [{ var: 'stage' }, 'won'] },
          },
        ],
        tabs: [
          {
            name: 'work',
            label: 'Work',
            components: [
              { type: 'details' },
              {
                type: 'related_list',
                relationship: 'deals',
                columns: ['name', 'margin', 'amount'],
                where: { '==': [{ var: 'stage' }, 'won'] },
                limit: 5,
                sort: [{ field: 'amount' }],
                total: { fn: 'sum', field: 'amount' },
              },
              {
                type: 'related_list',
                relationship: 'deals',
                columns: ['name', 'stage', 'amount', 'margin', 'owner'],
              },
            ],
          },
        ],
        name: 'page',
        derived: false,
      },
      list_views: [
        {
          label: 'All',
          order: 1,
          columns: ['name', 'limit', 'parent.limit', 'level'],
          sort: [{ field: 'level', direction: 'desc' }],
          name: 'all',
          derived: false,
        },
        {
          label: 'Plain',
          order: 3,
          where: { '==': [{ var: 'level' }, 'a'] },
          columns: ['name'],
          name: 'plain',
          derived: false,
        },
        {
          label: 'Mine',
          scope: 'mine',
          columns: ['name', 'phone', 'level', 'chance', 'limit', 'size', 'owner'],
          sort: [{ field: 'updated_at', direction: 'desc' }],
          name: 'mine',
          derived: true,
        },
      ],
      validation_rules: [
        {
          name: 'open',
          error_if: { '==': [{ var: 'level' }, 'b'] },
          on: ['create'],
          at: ['level'],
          message: 'Not b',
        },
      ],
      approval_processes: [
        {
          name: 'big',
          label: 'Big',
          steps: [{ name: 'one', label: 'One' }],
          allow_recall: true,
          entry: { '==': [{ var: 'level' }, 'a'] },
        },
        {
          name: 'secret',
          label: 'Secret',
          steps: [{ name: 'one', label: 'One' }],
          allow_recall: false,
        },
        { name: 'any', label: 'Any', steps: [{ name: 'one', label: 'One' }], allow_recall: true },
      ],
      templates: [{ name: 'letter', label: 'Letter' }],
    })
  })

  it('has its boards and totals for those who may know what they stand on', () => {
    expect(shapeOf(seen('deal', clerk))).toEqual({
      name: 'deal',
      label: 'Deal',
      plural: 'Deal',
      icon: 'box',
      access: {
        create: false,
        read: true,
        edit: false,
        delete: false,
        transfer: false,
        export: false,
        import: false,
      },
      sharing: 'read',
      has_owner: true,
      name_field: 'auto_number',
      highlights: [],
      stage_field: 'stage',
      relationships: [],
      page_layouts: [
        {
          sections: [
            {
              name: 'details',
              label: 'Details',
              columns: 2,
              fields: [
                { field: 'name' },
                { field: 'owner' },
                { field: 'account' },
                { field: 'stage' },
                { field: 'amount' },
                { field: 'margin' },
              ],
            },
          ],
          label: 'default',
          name: 'default',
          derived: true,
        },
      ],
      record_page: {
        highlights: [],
        tabs: [
          { name: 'details', label: 'Details', components: [{ type: 'details' }] },
          { name: 'timeline', label: 'Timeline', components: [{ type: 'timeline' }] },
          { name: 'history', label: 'History', components: [{ type: 'history' }] },
        ],
        facts: [],
        label: 'default',
        name: 'default',
        derived: true,
      },
      list_views: [
        {
          label: 'Board',
          order: 1,
          display: 'board',
          columns: ['account', 'name', 'stage', 'amount', 'margin', 'owner', 'created_at'],
          board: { group_by: 'stage', card_fields: ['name', 'amount'], sum: 'amount' },
          name: 'board',
          derived: false,
        },
        {
          label: 'Bare',
          order: 2,
          display: 'board',
          columns: ['name'],
          board: { group_by: 'stage', card_fields: [] },
          name: 'bare',
          derived: false,
        },
        {
          label: 'All',
          columns: ['name', 'stage', 'account', 'amount', 'margin', 'owner'],
          sort: [{ field: 'updated_at', direction: 'desc' }],
          name: 'all',
          derived: true,
        },
        {
          label: 'Mine',
          scope: 'mine',
          columns: ['name', 'stage', 'account', 'amount', 'margin', 'owner'],
          sort: [{ field: 'updated_at', direction: 'desc' }],
          name: 'mine',
          derived: true,
        },
      ],
      validation_rules: [],
      approval_processes: [],
      templates: [{ name: 'offer', label: 'Offer' }],
    })
    expect(seen('deal', boss).relationships).toEqual([
      { name: 'lines', label: 'lines', object: 'line', field: 'deal', master_detail: true },
    ])
    expect(seen('deal', boss).list_views[0]).toEqual({
      label: 'Board',
      order: 1,
      display: 'board',
      columns: ['account', 'name', 'stage', 'amount', 'margin', 'secret', 'owner', 'created_at'],
      board: { group_by: 'stage', card_fields: ['name', 'secret', 'amount'], sum: 'amount' },
      name: 'board',
      derived: false,
    })
  })

  it('keeps from those who see a mask what only a value would tell', () => {
    const rest = seen('account', blind)
    expect(rest.relationships).toEqual([])
    expect(rest.highlights).toEqual(['phone', 'secret'])
    expect(rest.page_layouts).toEqual([
      {
        label: 'Standard',
        sections: [
          {
            name: 'top',
            label: 'Top',
            columns: 2,
            visible_when: { '==': [{ var: 'secret' }, 'x'] },
            fields: [
              { field: 'name' },
              { field: 'limit', visible_when: { '==': [{ var: 'secret' }, 'x'] }, wide: true },
              { field: 'secret' },
            ],
          },
          { name: 'hidden', fields: [{ field: 'hint' }] },
          { name: 'rest', fields: [{ field: 'phone' }] },
        ],
        name: 'standard',
        derived: false,
      },
    ])
    expect(rest.record_page).toEqual({
      label: 'Page',
      highlights: ['phone', 'secret', 'limit'],
      facts: [],
      tabs: [{ name: 'work', label: 'Work', components: [{ type: 'details' }] }],
      name: 'page',
      derived: false,
    })
    expect(rest.list_views).toEqual([
      {
        label: 'All',
        order: 1,
        columns: ['name', 'secret', 'limit'],
        sort: [{ field: 'secret' }, { field: 'limit' }],
        name: 'all',
        derived: false,
      },
      {
        label: 'Secrets',
        order: 2,
        where: { '==': [{ var: 'secret' }, 'x'] },
        columns: ['name'],
        name: 'secrets',
        derived: false,
      },
      {
        label: 'Mine',
        scope: 'mine',
        columns: ['name', 'phone', 'secret', 'chance', 'limit', 'size', 'owner'],
        sort: [{ field: 'updated_at', direction: 'desc' }],
        name: 'mine',
        derived: true,
      },
    ])
    expect(rest.approval_processes).toEqual([
      { name: 'big', label: 'Big', steps: [{ name: 'one', label: 'One' }], allow_recall: true },
      {
        name: 'secret',
        label: 'Secret',
        steps: [{ name: 'one', label: 'One' }],
        allow_recall: false,
        entry: { '==': [{ var: 'secret' }, 'a'] },
      },
      { name: 'any', label: 'Any', steps: [{ name: 'one', label: 'One' }], allow_recall: true },
    ])
  })

  it('names no field in a rule that is not there for the reader', () => {
    const at = (by: Reader): readonly string[] | undefined =>
      seen('account', by).validation_rules.find(({ name }) => name === 'beside')?.at
    expect(at(boss)).toEqual(['secret', 'limit', 'level'])
    expect(at(clerk)).toEqual(['limit', 'level'])
  })

  it('is told in the language of the reader', () => {
    const chinese = describeObject(model, 'account', { ...boss, locale: 'zh-CN' })
    expect(chinese).toMatchObject({
      label: '客户',
      plural: '客户们',
      relationships: [{ label: '下级' }, { label: 'deals' }, { label: 'notes' }],
      record_page: { label: '页面', facts: [{ label: '商机数' }, {}, {}, {}, {}] },
      approval_processes: [{ label: '大额', steps: [{ label: '一' }] }, {}, {}],
      templates: [{ label: '信函' }],
    })
    const [layout] = chinese?.page_layouts ?? []
    expect(layout).toMatchObject({ label: '标准', sections: [{ label: '上' }, {}, {}] })
    expect(chinese?.list_views[0]?.label).toBe('全部')
    expect(chinese?.validation_rules[0]?.message).toBe('不可为乙')
    expect(chinese?.fields.find(({ name }) => name === 'level')).toMatchObject({
      label: '级别',
      help: '多重要',
      values: [{ label: '甲' }, { label: 'b' }],
    })
  })

  it('has no stage for those who may not know it, and no sum of what is masked', () => {
    const deal = (fields: ObjectRights['fields']): DescribedObject | undefined => {
      const other = compiledWith({
        half: { label: 'Half', objects: { deal: { read: true, fields } } },
      })
      const rights = compileRights(other, ['half'])
      return describeObject(other, 'deal', { locale: 'en-US', rights, permissionSets: ['half'] })
    }
    expect(seen('deal', boss).stage_field).toBe('stage')
    const unstaged = deal({ stage: 'masked', amount: 'none' })
    expect(unstaged?.stage_field).toBeNull()
    expect(unstaged?.list_views[0]).not.toHaveProperty('board')
    expect(unstaged?.list_views[0]).not.toHaveProperty('display')
    expect(deal({ amount: 'masked' })?.list_views[0]?.board).toEqual({
      group_by: 'stage',
      card_fields: ['name', 'secret', 'amount'],
    })
  })

  it('may be imported into by those who may import and create', () => {
    expect(seen('account', clerk).access.import).toBe(false)
    const other = compiledWith({ maker: { label: 'Maker', objects: { account: work } } })
    const rights = compileRights(other, ['maker'])
    const told = describeObject(other, 'account', { locale: 'en-US', rights, permissionSets: [] })
    expect(told?.access).toMatchObject({ create: true, export: true, import: false })
  })
})

describe('a layout', () => {
  it('made for some goes before that for everybody, and is nothing to others', () => {
    const names = (by: Reader): string[] => seen('account', by).page_layouts.map(({ name }) => name)
    expect(names(clerk)).toEqual(['for_clerks', 'standard'])
    expect(names(boss)).toEqual(['standard'])
  })

  it('is the first where none is for the reader', () => {
    expect(seen('note', boss).page_layouts).toEqual([
      {
        permission_sets: ['other'],
        sections: [{ name: 'only', fields: [{ field: 'name' }] }],
        label: 'for_others',
        name: 'for_others',
        derived: false,
      },
    ])
  })
})

describe('a field', () => {
  it('is told as far as it may be used', () => {
    const told = seen('account', clerk).fields.filter(({ system }) => !system)
    expect(told).toEqual([
      {
        name: 'name',
        label: 'Name',
        type: 'text',
        access: 'edit',
        required: true,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: TEXT_OPERATORS,
        searchable: true,
        options: {},
      },
      {
        name: 'phone',
        label: 'Phone',
        type: 'phone',
        access: 'masked',
        mask: 'phone',
        reveal: false,
        required: false,
        unique: true,
        system: false,
        read_only: false,
        sortable: false,
        groupable: false,
        filter_operators: [],
        searchable: false,
        options: {},
      },
      {
        name: 'level',
        label: 'Level',
        help: 'How dear',
        type: 'picklist',
        access: 'edit',
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: EQUAL_OPERATORS,
        searchable: false,
        values: [
          { code: 'a', label: 'A', color: 'red', probability: 90, active: true },
          { code: 'b', active: false, label: 'b', color: 'gray' },
        ],
        options: {},
      },
      {
        name: 'chance',
        label: 'Chance',
        type: 'percent',
        access: 'edit',
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: NUMBER_OPERATORS,
        searchable: false,
        default_from: { field: 'level', attribute: 'probability' },
        scale: 2,
        options: {},
      },
      {
        name: 'limit',
        label: 'Limit',
        type: 'currency',
        access: 'masked',
        mask: 'amount',
        reveal: true,
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: false,
        groupable: false,
        filter_operators: [],
        searchable: false,
        min: 0,
        max: 100,
        scale: 2,
        options: { min: 0, max: 100 },
      },
      {
        name: 'size',
        label: 'Size',
        type: 'number',
        access: 'read',
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: NUMBER_OPERATORS,
        searchable: false,
        scale: 0,
        options: {},
      },
      {
        name: 'parent',
        label: 'Parent',
        type: 'lookup',
        access: 'edit',
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: EQUAL_OPERATORS,
        searchable: false,
        target: 'account',
        options: { target: 'account' },
      },
      {
        name: 'motto',
        label: 'Motto',
        type: 'text',
        access: 'edit',
        required: true,
        unique: false,
        system: false,
        read_only: false,
        sortable: true,
        groupable: true,
        filter_operators: TEXT_OPERATORS,
        searchable: false,
        max_length: 80,
        default: 'none',
        required_when: { '==': [{ var: 'level' }, 'a'] },
        options: { max_length: 80 },
      },
      {
        name: 'story',
        label: 'Story',
        type: 'long_text',
        access: 'edit',
        required: false,
        unique: false,
        system: false,
        read_only: false,
        sortable: false,
        groupable: false,
        filter_operators: LONG_OPERATORS,
        searchable: false,
        options: {},
      },
    ])
  })

  it('is told with its conditions to those who may know what they read', () => {
    expect(field('motto', boss)).toEqual({
      name: 'motto',
      label: 'Motto',
      type: 'text',
      access: 'edit',
      required: true,
      unique: false,
      system: false,
      read_only: false,
      sortable: true,
      groupable: true,
      filter_operators: TEXT_OPERATORS,
      searchable: false,
      max_length: 80,
      default: 'none',
      required_when: { '==': [{ var: 'level' }, 'a'] },
      read_only_when: { '==': [{ var: 'secret' }, 'x'] },
      visible_when: { '==': [{ var: 'parent.secret' }, 'x'] },
      options: { max_length: 80 },
    })
    expect(field('hint', boss)).toEqual({
      name: 'hint',
      label: 'Hint',
      type: 'text',
      access: 'read',
      required: false,
      unique: false,
      system: false,
      read_only: true,
      sortable: true,
      groupable: true,
      filter_operators: TEXT_OPERATORS,
      searchable: false,
      derive: { concat: [{ var: 'secret' }, '!'] },
      options: {},
    })
    expect(field('motto', blind)).not.toHaveProperty('visible_when')
    expect(field('motto', blind)).not.toHaveProperty('required_when')
    expect(field('motto', blind)).toHaveProperty('read_only_when')
    expect(field('chance', blind)).not.toHaveProperty('default_from')
    expect(field('created_at', blind)).toMatchObject({
      access: 'read',
      system: true,
      read_only: true,
    })
  })

  it('by itself is told with all its conditions', () => {
    const motto = object('account').fields.get('motto')
    if (!motto) throw new Error('motto')
    expect(describeField(motto, clerk)).toHaveProperty('read_only_when')
    const told = describeSeen(model, object('account'), motto, clerk)
    expect(told).not.toHaveProperty('read_only_when')
  })

  it('that refers to somebody is sorted by their name, if the reader may know it', () => {
    expect(field('owner', boss).sortable).toBe(true)
    expect(field('owner', blind).sortable).toBe(false)
  })
})

describe('a path', () => {
  const account = object('account')

  it.each([
    ['name', true, true, true],
    ['limit', false, true, false],
    ['secret', false, false, false],
    ['gone', false, false, false],
    ['parent', true, true, true],
    ['parent.limit', false, true, false],
    ['parent.secret', false, false, false],
    ['parent.name', true, true, true],
    ['story', true, true, false],
  ] as const)('%s is known %s, seen %s, sorted by %s', (path, known, shown, sorted) => {
    expect(canRead(account, path, model, clerk)).toBe(known)
    expect(canSee(account, path, model, clerk)).toBe(shown)
    expect(canSortBy(account, path, model, clerk)).toBe(sorted)
  })

  it('goes over no reference that is masked, and into no object that may not be read', () => {
    expect(canRead(account, 'parent.name', model, blind)).toBe(false)
    expect(canSee(account, 'parent.name', model, blind)).toBe(false)
    expect(canSee(account, 'parent', model, blind)).toBe(true)
    expect(canSee(account, 'owner.name', model, blind)).toBe(false)
    expect(canSortBy(account, 'parent', model, blind)).toBe(false)
    expect(canRead(object('line'), 'deal.name', model, clerk)).toBe(false)
    expect(canRead(object('line'), 'name', model, clerk)).toBe(false)
  })
})

describe('a condition', () => {
  const account = object('account')
  const some = (name: string, condition: object): object => ({ some: [{ var: name }, condition] })

  it.each([
    [undefined, true],
    [equals('level', 'a'), true],
    [equals('secret', 'a'), false],
    [equals('limit', 1), false],
    [equals('parent.secret', 'a'), false],
    [{ and: [equals('level', 'a'), equals('secret', 'a')] }, false],
    [some('deals', equals('stage', 'won')), true],
    [some('deals', equals('margin', 1)), false],
    [some('deals', equals('secret', 'x')), false],
    [{ and: [equals('secret', 'a'), some('deals', equals('stage', 'won'))] }, false],
    [some('notes', equals('name', 'x')), false],
    [some('gone', equals('name', 'x')), false],
  ] as const)('%j is told to the clerk: %s', (condition, isTold) => {
    expect(readsOnly(model, account, condition, clerk)).toBe(isTold)
  })

  it('over related records is told only to those who know what refers here', () => {
    expect(readsOnly(model, account, some('notes', equals('name', 'x')), boss)).toBe(true)
    expect(readsOnly(model, account, some('children', equals('name', 'x')), blind)).toBe(false)
  })
})

describe('labels', () => {
  it('are put into one language wherever they stand, and nothing else is', () => {
    const text = both('A', '甲')
    const told = { label: text, plural: text, message: text, other: text }
    expect(localizeLabels({ ...told, list: [{ label: text }, null, 1] }, 'zh-CN')).toEqual({
      label: '甲',
      plural: '甲',
      message: '甲',
      other: text,
      list: [{ label: '甲' }, null, 1],
    })
    expect(localizeLabels('label', 'en-US')).toBe('label')
    expect(localizeLabels(null, 'en-US')).toBeNull()
    expect(localizeLabels(undefined, 'en-US')).toBeUndefined()
  })
})

describe('the columns of a related list', () => {
  it('are the first six of the first view, without the way back', () => {
    const columns = (relationship: string): string[] =>
      relatedColumns(object('deal'), object('account'), relationship)
    expect(columns('deals')).toEqual(['name', 'stage', 'amount', 'margin', 'secret', 'owner'])
    expect(columns('gone')).toEqual(['account', 'name', 'stage', 'amount', 'margin', 'secret'])
    const unseen = { ...object('deal'), listViews: [] }
    expect(relatedColumns(unseen, object('account'), 'deals')).toEqual(['name'])
  })
})

describe('the record types of an object', () => {
  const TYPES: Definitions = {
    'deal.first': { label: both('First', '首次'), order: 1, default: true },
    'deal.again': {
      label: 'Again',
      order: 2,
      values: { stage: { codes: ['won'] }, kind: { codes: ['small'], default: 'small' } },
    },
    'deal.past': { label: 'Past', order: 3, active: false },
  }
  const typed = compileModel(
    [
      ...every('object', OBJECTS),
      ...every('field', {
        ...FIELDS,
        'deal.kind': {
          type: 'picklist',
          label: 'Kind',
          values: [{ code: 'small' }, { code: 'large' }],
        },
      }),
      ...every('record_type', TYPES),
      ...every('permission_set', {
        seller: {
          label: 'Seller',
          objects: { deal: { ...work, record_types: ['first', 'past'], fields: { kind: 'none' } } },
        },
      }),
    ],
    createFieldTypes(),
  ).model
  const told = (set: string): DescribedObject['record_types'] => {
    if (!typed) throw new Error('The model does not compile')
    const by = { locale: 'zh-CN', rights: compileRights(typed, [set]), permissionSets: [set] }
    return describeObject(typed, 'deal', by as Reader)?.record_types ?? []
  }

  it('are told with what may be chosen, and with the values of fields that are told', () => {
    expect(told('seller')).toEqual([
      { name: 'first', label: '首次', available: true, default: true, values: {} },
      {
        name: 'again',
        label: 'Again',
        available: false,
        default: false,
        values: { stage: { codes: ['won'] } },
      },
      { name: 'past', label: 'Past', available: false, default: false, values: {} },
    ])
  })

  it('are none where the object has none', () => {
    expect(seen('account', boss).record_types).toEqual([])
  })
})
