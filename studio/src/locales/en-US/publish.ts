/** The change bar, the plan and the history of releases. */
export const publish = {
  changes: '{n} change | {n} changes', errors: '{n} error | {n} errors', warnings: '{n} warning | {n} warnings', plan_and_publish: 'Plan and publish', plan: 'Plan',
  op: { added: 'Added', changed: 'Changed', removed: 'Removed' },
  reordered: 'reordered',
  take_back: 'Take the change back', take_back_named: 'Take back the change of {name}', whole_system: 'Whole system',
  in_the_way: '{n} problem stands in the way | {n} problems stand in the way', to_know: 'Good to know before publishing', steps: 'What happens to the tables', no_steps: 'No table is touched; it takes effect at once.',
  class: { instant: 'instant', scan: 'scan', build: 'build', rewrite: 'rewrite' },
  lock: { none: 'No lock', share: 'Share lock', share_row_exclusive: 'Share row exclusive lock', access_exclusive: 'Brief exclusive lock' },
  rows: '{count} rows', reversible: 'Can be undone', irreversible: 'Cannot be undone',
  release_label: 'What this release is about (optional)', publish: 'Publish {n} change | Publish {n} changes', publishing: 'Publishing…', planning: 'Checking…',
  nothing: 'Nothing waits to be published', is_live: 'Release {release} is live', is_live_hint: 'Everybody sees it within seconds, without reloading.',
  discard: 'Discard all changes', discard_hint: '{n} change will be lost for good. | {n} changes will be lost for good.',
  conflict: 'Somebody has just published changes to the same components', rebase: 'Rebase on the latest release', rebase_hint: 'Your changes go on top of the latest release; where both touch the same thing, yours stand. Look at the plan before publishing.',
  elsewhere: '{who} published release {release} {label}', somebody: 'Somebody', system: 'System', live: 'Live', unnamed: 'Without a label', no_releases: 'Nothing was published yet', no_changes: 'No changes',
  rollback_of: 'Back to release {release}', roll_back: 'Roll back', roll_back_to: 'Roll back to release {release}', roll_back_hint: 'Makes a new release that says what that one said. Records are not touched; fields added since are hidden and keep their data.',
  rolled_back: 'Release {release} is live and says what release {to} said',
}
