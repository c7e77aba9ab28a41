/** The values of picklists that records have, and what becomes of them. */
export const values = {
  choose: 'Choose a value',
  nothing: 'Leave empty',
  retired: 'Retired',
  remove: 'Remove',
  remove_named: 'Remove “{name}”',
  retire: 'Retire instead',
  have_it: 'No record has it | One record has it | {n} records have it',
  record_count: 'no records | {n} record | {n} records',
  replace_with: 'Replace with',
  replace_hint:
    'Nothing changes until you publish. The plan shows the step; history keeps the old value. A retired value stays on its records and cannot be chosen any more.',
  required: 'The field is required, so it cannot be left empty.',
  currency_in_use:
    'A currency cannot be replaced: the amounts would mean something else. Retire it, and it stays on these records.',
  along: 'Changed along with it:',
  removed: 'Removed in this draft',
  restore: 'Put back',
  unanswered: 'Choose what takes its place, or put it back: it cannot be published so.',
  answer: 'Choose what takes its place',
  step: {
    change: '{name}: values',
    remove: 'Remove value {name}',
    replace: 'Replacement of {name}',
    restore: 'Put back value {name}',
    retire: 'Retire {name}',
  },
}
