import {
  findConflicts,
  type Kind,
  type PatchConflict,
  type RawComponent,
  valueAt,
  withProperty,
} from '@trellis/metamodel'

import { failure, message, RequestError } from '../errors.ts'
import { type Edit, flatten, isAt, type Layers, withEdits } from './layers.ts'

/** What is to be of a property that vendor and customer have both changed. */
export type Choice = 'mine' | 'theirs'

/**
 * The definition of a component in which every conflict of it is decided: `theirs` takes the vendor's value of now,
 * `mine` keeps the customer's, or what the change set makes of it. Put into that change set, it ends these conflicts
 * when the set is published.
 * @throws RequestError not_found · conflict if the component is gone · validation_failed if a conflict is left
 *   undecided, or a choice decides none
 */
export function settleConflicts(
  { layers, edits }: { layers: Layers; edits: readonly Edit[] },
  { kind, name }: { kind: Kind; name: string },
  choices: Readonly<Record<string, Choice>>,
): RawComponent {
  const isIt = isAt(kind, name)
  const conflicts = findConflicts(layers.packaged, layers.patches).filter(isIt)
  const vendor = layers.packaged.find(isIt)
  const current = flatten(withEdits(layers, edits)).find(isIt)
  if (conflicts.length === 0 && !(vendor && current)) throw new RequestError('not_found')
  requireDecided(conflicts, choices)
  const theirs = conflicts.filter(({ path }) => choices[path] === 'theirs')
  const definition = theirs.reduce((settled, { path }) => {
    const place = path.split('.')
    return withProperty(settled, place, valueAt(vendor?.definition, place))
  }, current?.definition)
  return { kind, name, definition }
}

function requireDecided(
  conflicts: readonly PatchConflict[],
  choices: Readonly<Record<string, Choice>>,
): void {
  const paths = new Set(conflicts.map(({ path }) => path))
  const undecided = conflicts
    .filter(({ path }) => choices[path] === undefined)
    .map(({ path }) =>
      failure(
        `choices.${path}`,
        'required',
        message('Say which value is kept', '请选择保留哪个值'),
      ),
    )
  const needless = Object.keys(choices)
    .filter((path) => !paths.has(path))
    .map((path) =>
      failure(`choices.${path}`, 'unknown', message('There is no such conflict', '没有该冲突')),
    )
  const failures = [...undecided, ...needless]
  const isGone = conflicts.some((one) => one.isGone)
  if (isGone) {
    throw new RequestError('conflict', {
      detail: message(
        'The vendor has taken this component away: remove it, or put a component of your own in its place',
        '厂商已移除该组件：请删除它，或用自己的组件代替',
      ),
    })
  }
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
}
