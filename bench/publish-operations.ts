/** One publish under load: what the administrator does. */
export interface Operation {
  name: string
  /** Definitions to put, or null to delete. */
  puts: readonly (readonly [kind: string, name: string, definition: object | null])[]
  /** Goes back to the release before the last one instead. */
  isRollback?: boolean
}

const text = (label: string): object => ({ type: 'text', label })
const picklist = (...codes: string[]): object => ({
  type: 'picklist',
  label: 'Kind',
  values: codes.map((code) => ({ code })),
})

/** The fields that the operations are about, as they are before. */
export const FIELDS: Operation['puts'] = [
  ['field', 'opportunity.note__c', text('Note')],
  ['field', 'opportunity.must__c', text('Must')],
  ['field', 'opportunity.code__c', text('Code')],
  ['field', 'opportunity.size__c', text('Size')],
  ['field', 'opportunity.memo__c', text('Memo')],
  ['field', 'opportunity.kind__c', picklist('a', 'b', 'c', 'd')],
]

/** What the columns of those fields hold, as SQL over the number of the record. */
export const VALUES: Readonly<Record<string, string>> = {
  note__c: `'note of ' || g`,
  must__c: `'must of ' || g`,
  code__c: `'code ' || g`,
  size__c: `(g % 1000) || '.25'`,
  memo__c: `'memo of ' || g`,
  kind__c: `(array['a', 'b', 'c', 'd'])[1 + g % 4]`,
}

/** Each in its turn, on what the one before has left. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'add a field', puts: [['field', 'opportunity.added__c', text('Added')]] },
  {
    name: 'required',
    puts: [['field', 'opportunity.must__c', { ...text('Must'), required: true }]],
  },
  { name: 'unique', puts: [['field', 'opportunity.code__c', { ...text('Code'), unique: true }]] },
  {
    name: 'text → number',
    puts: [['field', 'opportunity.size__c', { type: 'number', scale: 2, label: 'Size' }]],
  },
  {
    name: 'a picklist value goes',
    puts: [
      ['field', 'opportunity.kind__c', { ...picklist('a', 'b', 'c'), replaced_values: { d: 'a' } }],
    ],
  },
  {
    name: 'a roll-up',
    puts: [
      [
        'field',
        'account.open_amount__c',
        { type: 'roll_up', label: 'Amount', via: 'opportunities', fn: 'sum', field: 'amount' },
      ],
    ],
  },
  { name: 'delete a field', puts: [['field', 'opportunity.memo__c', null]] },
  { name: 'restore it', puts: [], isRollback: true },
]
