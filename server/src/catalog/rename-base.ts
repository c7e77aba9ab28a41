import {
  findRenames,
  isRenaming,
  type RawComponent,
  renameComponents,
  type RenamedBefore,
} from '@trellis/metamodel'

import { message, RequestError } from '../errors.ts'
import { PhysicalMap } from '../schema/physical-map.ts'
import type { Release } from '../schema/release.ts'
import { renameNames } from '../schema/rename-names.ts'
import { renameInTemplate } from '../templates/rename-in-template.ts'
import { compileOnce } from './compile-once.ts'
import type { StoredNames } from './physical-store.ts'

/** What a publish starts from. */
export interface Base {
  /** Undefined on an empty tenant. */
  current: Release | undefined
  names: StoredNames
}

/**
 * The release in force as it would be, were it called as it is to be called: a plan compares with that, and so a rename
 * is no difference in anything else, and no work for the database.
 */
export async function renameBase(
  { current, names }: Base,
  next: readonly RawComponent[],
): Promise<Base & { before?: RenamedBefore }> {
  if (!current) return { current, names }
  const was = current.model.components
  const renames = findRenames(was, next)
  if (!isRenaming(renames)) return { current, names }
  const renamed = renameComponents(was, {
    model: current.model,
    renames,
    inTemplate: renameInTemplate,
  })
  const { model, problems } = await compileOnce(renamed, current.model.fieldTypes)
  if (!model) {
    const [first] = problems
    throw new RequestError('conflict', {
      detail: message(
        `Not to be renamed: ${first?.kind} ${first?.name}: ${first?.message['en-US']}`,
        `无法更名：${first?.kind} ${first?.name}：${first?.message['zh-CN']}`,
      ),
    })
  }
  const called = renameNames(names, renames)
  return {
    current: { ...current, model, physical: new PhysicalMap(called), derived: new Map() },
    names: called,
    before: { was, renamed: model.components, renames },
  }
}
