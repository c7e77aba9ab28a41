import { type FieldModel, localize, type ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { failure, message, RequestError } from '../errors.ts'
import { nameTeller } from '../query/mask-cells.ts'

/** A record that refers to one that is to be deleted. */
export interface Referring {
  id: string
  name: string
  locked: boolean
  target: string
  canRead: boolean
}

interface Found {
  child: ObjectModel
  field: FieldModel
  rows: readonly Referring[]
}

const MOST_NAMES = 5

/** The refusal because of records that refer to it; those that the caller may not see are neither named nor counted. */
export function blockedBy(context: WriteContext, { child, field, rows }: Found): RequestError {
  const names = namesOf(context, child, rows)
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ' …' : ''
  const text =
    names.length === 0
      ? message('A record that you may not see refers to it', '有您无权查看的记录引用了它')
      : message(
          `${names.length} ${localize(child.plural, 'en-US')} refer to it (${localize(field.label, 'en-US')}): ${shown}${more}`,
          `有 ${names.length} 条${localize(child.label, 'zh-CN')}的“${localize(field.label, 'zh-CN')}”引用了它：${shown}${more}`,
        )
  return new RequestError('in_use', { failures: [failure('', 'in_use', text)] })
}

/** The refusal because a record that would be deleted or changed with it is locked. */
export function lockedBy(context: WriteContext, { child, rows }: Found): RequestError {
  const [name] = namesOf(
    context,
    child,
    rows.filter(({ locked }) => locked),
  )
  return new RequestError('locked', {
    detail:
      name === undefined
        ? message(
            'A record that belongs to it is locked by an approval',
            '其关联记录正在审批，已锁定',
          )
        : message(
            `${localize(child.label, 'en-US')} "${name}" is locked by an approval`,
            `${localize(child.label, 'zh-CN')}“${name}”正在审批，已锁定`,
          ),
  })
}

/** The names of those that the caller may see, as they may know them. */
function namesOf(context: WriteContext, child: ObjectModel, rows: readonly Referring[]): string[] {
  const tellName = nameTeller(context, child.name)
  return rows.filter(({ canRead }) => canRead).map(({ name }) => tellName(name) ?? '–')
}
