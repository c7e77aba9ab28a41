import type { Piece } from './publish.ts'

const rollUp = (fn: string, field: string, via: string): object => ({
  type: 'roll_up',
  label: fn,
  via,
  fn,
  field,
})

/** Regions (in the currency of the organization) with deals, deals with parts (details); each has its own currency. */
export const CURRENCY_WORLD: readonly Piece[] = [
  ['object/region__c', { label: 'Region' }],
  ['object/deal__c', { label: 'Deal', multi_currency: { rate_date: 'day__c' } }],
  ['object/part__c', { label: 'Part', multi_currency: {} }],
  [
    'field/deal__c.region__c',
    {
      label: 'Region',
      type: 'lookup',
      target: 'region__c',
      relationship: { name: 'deals__c' },
    },
  ],
  ['field/deal__c.amount__c', { label: 'Amount', type: 'currency' }],
  ['field/deal__c.day__c', { label: 'Day', type: 'date' }],
  [
    'field/deal__c.double__c',
    { label: 'Double', type: 'formula', result: 'currency', formula: 'amount__c * 2' },
  ],
  [
    'field/part__c.deal__c',
    { label: 'Deal', type: 'master_detail', target: 'deal__c', relationship: { name: 'parts__c' } },
  ],
  ['field/part__c.price__c', { label: 'Price', type: 'currency' }],
  ['field/deal__c.parts_total__c', rollUp('sum', 'price__c', 'parts__c')],
  ['field/region__c.total__c', rollUp('sum', 'amount__c', 'deals__c')],
  ['field/region__c.parts__c', rollUp('sum', 'parts_total__c', 'deals__c')],
  ['field/region__c.most__c', rollUp('max', 'amount__c', 'deals__c')],
]
