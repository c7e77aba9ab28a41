import type { Piece } from './publish.ts'

const lookup = (target: string, relationship: string): object => ({
  type: 'lookup',
  target,
  relationship: { name: relationship },
})
const rollUp = (fn: string, more: object = {}): object => ({
  type: 'roll_up',
  via: 'lines__c',
  fn,
  ...more,
})
const CONFIRMED = { '==': [{ var: 'status__c' }, 'confirmed'] }

/**
 * Regions with sites, sites with lines (a lookup) and parts (details). A site adds up its confirmed lines, a region
 * its sites; the confirmed lines of a site stay within its limit.
 */
export const ROLL_UP_WORLD: readonly Piece[] = [
  ['object/region__c', { label: 'Region' }],
  ['object/site__c', { label: { 'en-US': 'Site', 'zh-CN': '站点' } }],
  ['object/line__c', { label: 'Line' }],
  ['object/part__c', { label: 'Part' }],
  ['field/site__c.region__c', { label: 'Region', ...lookup('region__c', 'sites__c') }],
  ['field/site__c.limit__c', { label: 'Limit', type: 'currency' }],
  ['field/line__c.site__c', { label: 'Site', ...lookup('site__c', 'lines__c') }],
  ['field/line__c.amount__c', { label: 'Amount', type: 'currency' }],
  ['field/line__c.pieces__c', { label: 'Pieces', type: 'number' }],
  ['field/line__c.day__c', { label: 'Day', type: 'date' }],
  ['field/line__c.code__c', { label: 'Code', type: 'text', unique: true }],
  [
    'field/line__c.status__c',
    { label: 'Status', type: 'picklist', values: [{ code: 'open' }, { code: 'confirmed' }] },
  ],
  [
    'field/part__c.site__c',
    {
      label: 'Site',
      type: 'master_detail',
      target: 'site__c',
      reparentable: true,
      relationship: { name: 'parts__c' },
    },
  ],
  ['field/part__c.weight__c', { label: 'Weight', type: 'number', scale: 3 }],
  [
    'field/site__c.total__c',
    { label: 'Total', ...rollUp('sum', { field: 'amount__c', where: CONFIRMED }) },
  ],
  ['field/site__c.count__c', { label: 'Lines', ...rollUp('count') }],
  ['field/site__c.mean__c', { label: 'Mean', ...rollUp('avg', { field: 'pieces__c' }) }],
  ['field/site__c.first__c', { label: 'First', ...rollUp('min', { field: 'day__c' }) }],
  ['field/site__c.latest__c', { label: 'Latest', ...rollUp('max', { field: 'created_at' }) }],
  [
    'field/site__c.weight__c',
    { label: 'Weight', type: 'roll_up', via: 'parts__c', fn: 'sum', field: 'weight__c' },
  ],
  [
    'field/site__c.left__c',
    {
      label: 'Left',
      type: 'formula',
      result: 'currency',
      formula: 'limit__c - total__c',
      stored: true,
    },
  ],
  [
    'field/region__c.total__c',
    { label: 'Total', type: 'roll_up', via: 'sites__c', fn: 'sum', field: 'total__c' },
  ],
  [
    'field/region__c.least__c',
    { label: 'Least left', type: 'roll_up', via: 'sites__c', fn: 'min', field: 'left__c' },
  ],
  [
    'validation_rule/site__c.within_limit',
    {
      error_if: { '>': [{ var: 'total__c' }, { var: 'limit__c' }] },
      at: ['limit__c'],
      message: { 'en-US': 'Confirmed lines exceed the limit', 'zh-CN': '已确认明细超出上限' },
    },
  ],
]
