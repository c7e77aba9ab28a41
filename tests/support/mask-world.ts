import type { Caller } from './test-server.ts'

/** The field of each type of a person, and what of its value nobody behind a mask may ever be sent. */
export const SECRETS = {
  mobile__c: { value: '13877774321', secret: '8777743' },
  mail__c: { value: 'longsecret@example.com', secret: 'ongsecret' },
  badge__c: { value: '110101199003071234', secret: '19900307' },
  code__c: { value: 'CODE-7391', secret: '7391' },
  note__c: { value: 'a note of 88-note-88', secret: '88-note-88' },
  salary__c: { value: 987_654.32, secret: '987654' },
  share__c: { value: 61.25, secret: '61.25' },
  count__c: { value: 51_735, secret: '51735' },
  level__c: { value: 'level_gold', secret: 'level_gold' },
  tags__c: { value: ['tag_silent'], secret: 'tag_silent' },
  ok__c: { value: true, secret: '"ok__c":true' },
  born__c: { value: '1983-07-19', secret: '1983-07-19' },
  seen__c: { value: '2021-02-13T05:06:07.000Z', secret: '2021-02-13' },
} as const

/** What is shown of them. */
export const SHOWN: Readonly<Record<string, string>> = {
  mobile__c: '138****4321',
  mail__c: 'l****@example.com',
  badge__c: '110101****1234',
}

export const SECRET_NAME = '赵守密'
export const SHOWN_NAME = '赵****'

type Put = readonly [kind: string, name: string, definition: object]

const TYPES: Readonly<Record<keyof typeof SECRETS, object>> = {
  mobile__c: { type: 'phone', searchable: true },
  mail__c: { type: 'email' },
  badge__c: { type: 'text', sensitive: 'id_number' },
  code__c: { type: 'text', unique: true },
  note__c: { type: 'long_text' },
  salary__c: { type: 'currency' },
  share__c: { type: 'percent' },
  count__c: { type: 'number' },
  level__c: { type: 'picklist', values: [{ code: 'level_gold' }, { code: 'level_low' }] },
  tags__c: { type: 'multi_picklist', values: [{ code: 'tag_silent' }, { code: 'tag_loud' }] },
  ok__c: { type: 'checkbox' },
  born__c: { type: 'date' },
  seen__c: { type: 'datetime' },
}

const FIELDS: readonly Put[] = Object.entries(TYPES).map(([name, type]) => [
  'field',
  `person__c.${name}`,
  { label: name, ...type },
])

/** Objects with a field of every type, read by some behind masks and by others not at all. */
const WORLD: readonly Put[] = [
  [
    'object',
    'person__c',
    {
      label: 'Person',
      sharing: 'read_write',
      highlights: ['mobile__c', 'salary__c', 'level__c', 'told__c'],
      stage_field: 'level__c',
    },
  ],
  ...FIELDS,
  ['field', 'person__c.told__c', { type: 'text', label: 'Told' }],
  [
    'field',
    'person__c.boss__c',
    {
      type: 'lookup',
      label: 'Boss',
      target: 'person__c',
      relationship: { name: 'reports__c' },
    },
  ],
  [
    'field',
    'person__c.bonus__c',
    { type: 'currency', label: 'Bonus', derive: { '*': [{ var: 'salary__c' }, 2] } },
  ],
  ['object', 'visit__c', { label: 'Visit', sharing: 'read_write' }],
  ['field', 'visit__c.hours__c', { type: 'number', label: 'Hours' }],
  [
    'field',
    'visit__c.person__c',
    {
      type: 'lookup',
      label: 'Person',
      target: 'person__c',
      relationship: { name: 'visits__c' },
    },
  ],
  [
    'field',
    'person__c.team__c',
    {
      type: 'lookup',
      label: 'Team',
      target: 'visit__c',
      on_delete: 'restrict',
      relationship: { name: 'members__c' },
    },
  ],
  ['object', 'file__c', { label: 'File' }],
  [
    'field',
    'file__c.visit__c',
    {
      type: 'lookup',
      label: 'Visit',
      target: 'visit__c',
      on_delete: 'restrict',
      relationship: { name: 'files__c' },
    },
  ],
  [
    'record_page',
    'visit__c.main__c',
    {
      facts: [
        {
          name: 'paid',
          label: 'Paid',
          relationship: 'members__c',
          measure: { fn: 'sum', field: 'salary__c' },
        },
        {
          name: 'rich',
          label: 'Rich',
          relationship: 'members__c',
          measure: { fn: 'count' },
          where: { '>': [{ var: 'salary__c' }, 1] },
        },
        {
          name: 'people',
          label: 'People',
          relationship: 'members__c',
          measure: { fn: 'count' },
        },
      ],
      tabs: [
        {
          name: 'members',
          label: 'Members',
          components: [
            {
              type: 'related_list',
              relationship: 'members__c',
              columns: ['name', 'mobile__c', 'salary__c'],
              sort: [{ field: 'salary__c' }],
              total: { fn: 'sum', field: 'salary__c' },
            },
          ],
        },
      ],
    },
  ],
  [
    'approval_process',
    'person_check',
    {
      label: 'Check',
      object: 'person__c',
      steps: [{ name: 'owner', label: 'Owner', approvers: [{ by: 'field', field: 'owner' }] }],
    },
  ],
  [
    'list_view',
    'person__c.all__c',
    {
      label: 'All',
      columns: ['name', 'told__c', 'mobile__c', 'salary__c'],
      sort: [{ field: 'salary__c' }],
    },
  ],
  [
    'list_view',
    'person__c.rich__c',
    { label: 'Rich', columns: ['name'], where: { '>': [{ var: 'salary__c' }, 10] } },
  ],
  [
    'list_view',
    'visit__c.by_person__c',
    { label: 'By person', columns: ['name', 'person__c'], sort: [{ field: 'person__c' }] },
  ],
  [
    'template',
    'person_print',
    {
      label: 'Person',
      object: 'person__c',
      type: 'print',
      body: `<p>{{name}} {{mobile__c}} {{money salary__c}} {{rmb_capitals salary__c}} {{date born__c}}
        {{label "level__c"}} {{boss__c.name}} {{number count__c}} {{bonus__c}} {{told__c}}</p>`,
    },
  ],
  [
    'permission_set',
    'masked',
    {
      label: 'Masked',
      system: ['import'],
      objects: {
        person__c: {
          create: true,
          read: true,
          edit: true,
          field_access: 'masked',
          fields: { told__c: 'edit', owner: 'edit', team__c: 'edit' },
          reveal: ['mobile__c', 'salary__c', 'name', 'boss__c'],
        },
        visit__c: {
          create: true,
          read: true,
          edit: true,
          delete: true,
          delete_scope: 'all',
        },
        user: { read: true, field_access: 'masked' },
      },
    },
  ],
  [
    'permission_set',
    'blind',
    {
      label: 'Blind',
      system: ['import'],
      objects: {
        person__c: {
          create: true,
          read: true,
          edit: true,
          field_access: 'none',
          fields: { told__c: 'edit', name: 'read', team__c: 'read' },
        },
        visit__c: { create: true, read: true, edit: true },
      },
    },
  ],
]

/** Publishes the world. */
export async function publishMaskWorld(admin: Caller): Promise<void> {
  const META = '/api/v1/meta/changesets'
  const set = (await admin.post(META, { label: 'masks' })).body.id
  for (const [kind, name, definition] of WORLD) {
    const put = await admin.put(`${META}/${set}/${kind}/${name}`, definition)
    if (put.status !== 200) throw new Error(`${kind} ${name}: ${put.text}`)
  }
  const published = await admin.post(`${META}/${set}/publish`, {})
  if (published.status !== 200) throw new Error(published.text)
}
