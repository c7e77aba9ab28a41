import {
  type AccessDenial,
  type ExplainedRight,
  type Locale,
  localize,
  type Message,
  type Model,
  type ObjectModel,
} from '@trellis/metamodel'

import type { Reason } from '../access/row-filter.ts'
import { message } from '../errors.ts'

/** What words about access are about. */
export interface AccessSubject {
  model: Model
  object: ObjectModel
  right: ExplainedRight
}

const VERBS: Readonly<Record<ExplainedRight, Message>> = {
  read: message('read', '查看'),
  edit: message('edit', '编辑'),
  delete: message('delete', '删除'),
  transfer: message('transfer', '转移'),
}

type ScopeReason = Extract<Reason, { kind: 'scope' }>

const SCOPES: Readonly<Record<ScopeReason['scope'], Message>> = {
  own: message('Owner, or member of the queue that owns it', '是负责人，或负责该记录的队列成员'),
  own_and_subordinates: message('The owner is a subordinate', '负责人是下属'),
  department: message('The owner is in the same department', '负责人在本部门'),
  department_and_below: message(
    'The owner is in the same department or one below',
    '负责人在本部门或下级部门',
  ),
}

/** A reason in words. */
export function describeReason(reason: Reason, subject: AccessSubject, locale: Locale): string {
  return WORDS[reason.kind](reason, subject)[locale]
}

const WORDS: Readonly<Record<Reason['kind'], (reason: Reason, about: AccessSubject) => Message>> = {
  right: (_, { right }) =>
    message(`The right to ${VERBS[right]['en-US']}`, `${VERBS[right]['zh-CN']}权限`),
  all_records: (_, { object, right }) =>
    message(
      `May ${VERBS[right]['en-US']} all ${plural(object, 'en-US')}`,
      `可${VERBS[right]['zh-CN']}全部${plural(object, 'zh-CN')}`,
    ),
  sharing_default: (_, { object, right }) =>
    message(
      `${plural(object, 'en-US')} are open to everybody: ${VERBS[right]['en-US']}`,
      `${plural(object, 'zh-CN')}默认对所有人开放：${VERBS[right]['zh-CN']}`,
    ),
  scope: (reason) => (reason.kind === 'scope' ? SCOPES[reason.scope] : SCOPES.own),
  role_hierarchy: () =>
    message("The owner's role is below in the role tree", '负责人的角色位于其下级'),
  share: () => message('Shared by hand, or on the team', '手动共享，或是团队成员'),
  sharing_rule: (reason, about) => named(reason, about, ['Sharing rule', '共享规则']),
  restriction_rule: (reason, about) => named(reason, about, ['Restriction rule', '限制规则']),
  master: (_, about) => {
    const label = about.object.master?.label
    return message(
      `Follows its master record (${localize(label, 'en-US')})`,
      `权限跟随主记录（${localize(label, 'zh-CN')}）`,
    )
  },
  child: (reason, { model }) => {
    const label = reason.kind === 'child' ? model.objects.get(reason.object)?.label : undefined
    if (label === undefined) {
      return message('A record that may be read refers to it', '有可查看的记录引用了它')
    }
    return message(
      `${localize(label, 'en-US')} that may be read refers to it`,
      `有可查看的${localize(label, 'zh-CN')}引用了它`,
    )
  },
}

function plural(object: ObjectModel, locale: Locale): string {
  return localize(object.plural, locale, object.name)
}

function named(
  reason: Reason,
  { object }: AccessSubject,
  [en, zh]: readonly [string, string],
): Message {
  const name = 'rule' in reason ? reason.rule : ''
  const rule = [...object.sharingRules, ...object.restrictionRules].find(
    (one) => one.fullName === name,
  )
  const label = rule?.definition.label
  return message(
    `${en} "${localize(label, 'en-US', name)}"`,
    `${zh}“${localize(label, 'zh-CN', name)}”`,
  )
}

/** Why somebody may not, in words. */
export function describeDenial(
  kind: Exclude<AccessDenial['kind'], 'restriction_rule'>,
  { object, right }: AccessSubject,
  locale: Locale,
): string {
  const verb = VERBS[right]
  const texts: Readonly<Record<typeof kind, Message>> = {
    inactive: message('The user is not active, or is a queue', '该用户已停用，或是队列'),
    no_object_right: message(
      `No permission set gives the right to ${verb['en-US']} ${plural(object, 'en-US')}`,
      `没有权限集给予${verb['zh-CN']}${plural(object, 'zh-CN')}的权限`,
    ),
    no_way: message('Nothing opens this record', '没有任何方式开放此记录'),
    not_readable: message('The record may not be read', '无权查看该记录'),
    locked: message('An approval locks the record', '审批中，记录已锁定'),
  }
  return texts[kind][locale]
}
