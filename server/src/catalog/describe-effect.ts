import {
  type FieldModel,
  type Locale,
  localize,
  type Message,
  type ObjectModel,
} from '@trellis/metamodel'

import { message } from '../errors.ts'

/** What is to be said about an effect. */
export interface EffectTold {
  right: 'read' | 'edit' | 'delete' | 'transfer' | 'create' | 'export' | 'fields'
  isGain: boolean
  users: number | null
  records: number | null
  isMore: boolean
}

const VERBS: Readonly<Record<EffectTold['right'], Message>> = {
  read: message('read', '查看'),
  edit: message('edit', '编辑'),
  delete: message('delete', '删除'),
  transfer: message('transfer', '转移'),
  create: message('create', '新建'),
  export: message('export', '导出'),
  fields: message('fields', '字段'),
}

/**
 * An effect in one sentence.
 * @example describeEffect(effect, opportunity)['en-US'] // '17 users gain read on 4,210 opportunities'
 */
export function describeEffect(
  effect: EffectTold,
  object: ObjectModel,
  fields: readonly FieldModel[] = [],
): Message {
  if (effect.users === null) return uncounted(effect, object)
  if (effect.right === 'fields') return ofFields(effect, object, fields)
  const verb = VERBS[effect.right]
  const [en, zh] = [plural(object, 'en-US'), plural(object, 'zh-CN')]
  const who = people(effect)
  if (effect.records === null) {
    return effect.isGain
      ? message(
          `${who['en-US']} may now ${verb['en-US']} ${en}`,
          `${who['zh-CN']}可${verb['zh-CN']}${zh}`,
        )
      : message(
          `${who['en-US']} may no longer ${verb['en-US']} ${en}`,
          `${who['zh-CN']}不再能${verb['zh-CN']}${zh}`,
        )
  }
  const count = effect.records.toLocaleString('en-US')
  const more = effect.isMore ? message('more than ', '超过 ') : message('', ' ')
  const gains = effect.users === 1 ? 'gains' : 'gain'
  const loses = effect.users === 1 ? 'loses' : 'lose'
  return message(
    `${who['en-US']} ${effect.isGain ? gains : loses} ${verb['en-US']} on ${more['en-US']}${count} ${nameOf(object, effect.records)}`,
    `${who['zh-CN']}${effect.isGain ? '新增可' : '不再能'}${verb['zh-CN']}${more['zh-CN']}${count} 条${zh}`,
  )
}

function uncounted({ right }: EffectTold, object: ObjectModel): Message {
  return message(
    `Who may ${VERBS[right]['en-US']} which ${plural(object, 'en-US')} changes; counting took too long`,
    `${plural(object, 'zh-CN')}的${VERBS[right]['zh-CN']}范围有变化，数据量大，未能统计`,
  )
}

const MOST_FIELDS = 8

function ofFields(effect: EffectTold, object: ObjectModel, fields: readonly FieldModel[]): Message {
  const who = people(effect)
  const names = (locale: Locale): string => {
    const shown = fields
      .slice(0, MOST_FIELDS)
      .map(({ label, name }) => localize(label, locale, name))
    const rest = fields.length > MOST_FIELDS ? '…' : ''
    return shown.join(locale === 'zh-CN' ? '、' : ', ') + rest
  }
  const [en, zh] = (['en-US', 'zh-CN'] as const).map((locale) =>
    localize(object.label, locale, object.name),
  )
  return message(
    `${who['en-US']} may do ${effect.isGain ? 'more' : 'less'} with fields of ${en}: ${names('en-US')}`,
    `${who['zh-CN']}对${zh}字段的权限${effect.isGain ? '增加' : '减少'}：${names('zh-CN')}`,
  )
}

function people({ users, isMore, records }: EffectTold): Message {
  const more = isMore && records === null ? message('more than ', '超过 ') : message('', '')
  const count = (users ?? 0).toLocaleString('en-US')
  return message(
    `${more['en-US']}${count} ${users === 1 ? 'user' : 'users'}`,
    `${more['zh-CN']}${count} 位用户`,
  )
}

function plural(object: ObjectModel, locale: Locale): string {
  const text = localize(object.plural, locale, object.name)
  return locale === 'en-US' ? lowerFirst(text) : text
}

function nameOf(object: ObjectModel, count: number): string {
  return count === 1
    ? lowerFirst(localize(object.label, 'en-US', object.name))
    : plural(object, 'en-US')
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
