/** The editors of layouts, views, rules, processes and permission sets. */
export const editors = {
  gone: 'This component does not exist, or was deleted', more: 'More', delete: 'Delete {kind}', delete_hint: 'It takes effect when published; until then it can be undone.', delete_new_hint: 'It was never published: only undo brings it back.',
  preview: 'Preview', preview_record: 'Record for the preview', no_record: 'No records', view: 'Shown as', form: 'Form', details: 'Details', device: 'Screen', wide: 'Desktop', phone: 'Phone', as_seen: 'Apply conditions',
  conditional: 'Shown under a condition',
  unplaced: 'Fields not placed', find_field: 'Find a field', all_placed: 'Every field is placed', no_such_field: 'No field of that name', drag_or_enter: 'Drag onto the canvas, or press Enter to add',
  add_section: 'Add section', remove_section: 'Remove section', empty_section: 'Empty section: drop fields here', take_off: 'Take off the layout', layout: 'Page layout', choose_node: 'Choose a field or a section on the canvas to change its settings.', tightens: 'A layout can tighten a field, never loosen it.',
  keys: 'Alt + arrows move · Delete takes off · Ctrl Z undoes',
  part: { layout: 'The whole layout', section: 'Section', field: 'Field' },
  add_column: 'Add a column', add_sort: 'Add a sort key', record_count: '{n} record | {n} records', not_live: 'The object is not published yet: there are no records to show', fix_first: 'The preview shows once the faults are mended', no_match: 'No records fit', after_publish: 'after publishing',
  refuse_if: 'Refuse a save when', none_fails: 'Every existing record passes this rule', would_fail: '{n} existing record would fail | {n} existing records would fail', counting: 'Counting existing records…', count_now: 'Count existing records that would fail', cannot_count: 'The condition reads a field that is not published yet, so nothing can be counted',
  process: 'Approval process', submit_of: 'Submit {object}', every_record: 'Every record', outcome: 'Outcome', only_if: 'Only if {condition}', add_step: 'Add step', remove_step: 'Remove step', step_of: 'Step {index} of {count}', list_joint: ', ', colon: ': ',
  find_object: 'Find an object', only_granted: 'Granted only', field_rights: 'Field rights', grant_first: 'Grant reading first, then set its fields.', set_shown: 'Set {n} field to | Set {n} fields to', part_of_set: 'Part of the permission set',
  system: {
    customize: 'Enter the studio and change objects, pages and processes', manage_users: 'Add and retire users, give roles and permission sets', view_all_data: 'Read every record of every object', modify_all_data: 'Create, change and delete every record of every object', export: 'Export lists to files',
    import: 'Import records from files', api: 'Use API keys',
  },
  step: {
    delete: 'Delete {name}', place: 'Place {name}', take: 'Take off {name}', move_section: 'Move section', add_section: 'Add section', remove_section: 'Remove section', layout: 'Layout: {property}', view: 'List view: {property}', rule: 'Rule: {property}', process: 'Process: {property}',
    move_step: 'Move step', set: 'Permission set: {property}', rights: 'Rights over {object}', component: '{kind}: {property}',
  },
}
