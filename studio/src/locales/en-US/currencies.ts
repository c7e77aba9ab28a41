/** The currency of the organization, those in use, and their rates. */
export const currencies = {
  own: 'Corporate currency',
  own_hint:
    'All sums, roll-ups and dashboards are in it, and so is every amount of an object without currencies of its own.',
  own_free:
    'It can still be chosen, as there are no amounts and no rates yet. A change takes effect when it is published.',
  own_fixed: 'It cannot be changed any more: its amounts and rates would mean something else.',
  own_asking: 'Looking for amounts…',
  own_unknown: 'Whether it can still be changed is found when you plan it.',
  records: '{name}: {n} record | {name}: {n} records',
  in_use: 'Currencies in use',
  in_use_hint:
    'Adding one, or switching one off, takes effect when it is published. One that is switched off stays on its records and cannot be chosen any more.',
  edit_values: 'Names, order, removal',
  add: 'Add a currency',
  add_choose: 'Choose a currency',
  currency: 'Currency',
  rate_now: 'Rate today',
  since: 'Valid from',
  active: 'In use',
  one_is: '1 {code} =',
  corporate: 'Corporate currency',
  no_rate: 'No rate: records cannot have it yet',
  not_live: 'Not published yet',
  not_live_hint: 'Publish it first. Then its rates can be entered, and records can have it.',
  show_rates: 'Rates of {code}',
  rates_hint:
    'Rates are saved at once. Each counts from its day until the next one; the first also for all days before. Sums follow immediately, roll-ups within moments.',
  day: 'From',
  rate: '1 {code} in {own}',
  add_rate: 'Add rate',
  delete_rate: 'Delete the rate of {day}',
  used_by: 'Objects whose records have a currency of their own',
  used_by_none: 'None yet: every amount is in the corporate currency.',
  used_by_hint: 'Turned on in the settings of an object (Several currencies).',
  step: {
    own: 'Corporate currency {code}',
    add: 'New currency {code}',
    on: 'Use {code} again',
    off: 'Switch off {code}',
  },
}
