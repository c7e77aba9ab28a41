import {
  canonicalJson,
  describeExpression,
  type Expression,
  type FieldModel,
  type Locale,
  localize,
  maskOf,
  type Message,
  type Model,
  type Named,
  type ObjectModel,
  type Principal,
  type RestrictionRuleDefinition,
  resolveFieldPath,
  reachesAll,
  isTold,
  type Rights,
  type SharingRuleDefinition,
} from '@trellis/metamodel'

import { message } from '../errors.ts'
import { type AccessFact, GIVEN, said } from './access-fact.ts'

/** What an object itself says: its organization-wide default, role hierarchy, rules, references that open it, masks. */
export function factsOfObject(model: Model, object: ObjectModel): AccessFact[] {
  return [
    ...defaultFacts(object),
    ...object.sharingRules.map((rule) => sharingFact(model, object, rule)),
    ...object.restrictionRules.map((rule) => restrictionFact(model, object, rule)),
    ...childFacts(model, object),
    ...[...object.fields.values()]
      .filter(({ definition }) => definition.sensitive !== undefined)
      .map((field) => maskFact(object, field)),
  ]
}

function objectFact(
  object: ObjectModel,
  key: string,
  fact: Omit<AccessFact, 'key' | 'section' | 'touches' | 'kind' | 'name'> &
    Partial<Pick<AccessFact, 'kind' | 'name'>>,
): AccessFact {
  return {
    kind: 'object',
    name: object.name,
    ...fact,
    key: `object ${object.name} ${key}`,
    section: `Object ${object.name}`,
    touches: [object.name],
  }
}

const DEFAULTS: Readonly<
  Record<ObjectModel['sharing'], { words: Message; reach: readonly string[] }>
> = {
  private: { words: message('private', '私有'), reach: [] },
  controlled_by_parent: { words: message('as the parent', '随父记录'), reach: [] },
  read: { words: message('everybody reads', '全员只读'), reach: ['read'] },
  read_write: { words: message('everybody reads and edits', '全员读写'), reach: ['read', 'edit'] },
}

function defaultFacts(object: ObjectModel): AccessFact[] {
  const { words, reach } = DEFAULTS[object.sharing]
  const byDefault = objectFact(object, 'sharing', {
    line: object.name,
    short: object.master
      ? `follows its ${object.master.target ?? ''}`
      : `by default ${object.sharing}`,
    what: message('Organization-wide default', '全局默认权限'),
    value: words,
    reach: new Set(reach),
    isHeldBy: (rights, current) => holds(rights, current, object.name, reach.includes('edit')),
  })
  if (object.definition.role_hierarchy !== true) return [byDefault]
  const hierarchy = objectFact(object, 'role_hierarchy', {
    line: `${object.name}: role hierarchy`,
    short: 'roles above the owner may do what the owner may',
    what: message('Roles above the owner may do what the owner may', '上级角色拥有负责人的权限'),
    value: GIVEN,
    reach: new Set(['yes']),
    isHeldBy: (rights, current) => holds(rights, current, object.name, true),
  })
  return [byDefault, hierarchy]
}

/** Whether somebody may read, and edit, all records of an object. */
function holds(rights: Rights, current: Model, name: string, isEdit: boolean): boolean {
  if (!current.objects.has(name)) return true
  const access = rights.object(name)
  return reachesAll(access, 'read') && (!isEdit || reachesAll(access, 'edit'))
}

function sharingFact(
  model: Model,
  object: ObjectModel,
  { fullName, name, definition }: Named<SharingRuleDefinition>,
): AccessFact {
  const { access, to, owned_by: owners, where } = definition
  const isEdit = access === 'edit'
  const of = (locale: Locale): string[] => [
    ...(where === undefined ? [] : [condition(model, object, where, locale)]),
    ...(owners === undefined ? [] : [`${OWNED_BY[locale]}${principals(model, owners, locale)}`]),
  ]
  const words = message(
    `${access} for ${principals(model, to, 'en-US')} where ${of('en-US').join(' and ')}`,
    `对${principals(model, to, 'zh-CN')}开放${ACCESS_WORDS[access]}：${of('zh-CN').join(' 且 ')}`,
  )
  return objectFact(object, `sharing_rule ${name}`, {
    kind: 'sharing_rule',
    name: fullName,
    line: `${object.name}: sharing rule ${name}`,
    short: words['en-US'],
    what: message('Sharing rule opens records', '共享规则开放记录'),
    value: words,
    reach: new Set([
      'read',
      ...(isEdit ? ['edit'] : []),
      ...to.map((one) => `to ${canonicalJson(one)}`),
      `of ${canonicalJson([where ?? null, owners ?? null])}`,
    ]),
    isHeldBy: (rights, current) => holds(rights, current, object.name, isEdit),
  })
}

const OWNED_BY = { 'en-US': 'owned by ', 'zh-CN': '负责人属于' } as const
const ACCESS_WORDS = { read: '查看', edit: '编辑' } as const

function restrictionFact(
  model: Model,
  object: ObjectModel,
  { fullName, name, definition }: Named<RestrictionRuleDefinition>,
): AccessFact {
  const { to, where } = definition
  const words = message(
    `only where ${condition(model, object, where, 'en-US')}, for ${principals(model, to, 'en-US')}`,
    `${principals(model, to, 'zh-CN')}只能看到：${condition(model, object, where, 'zh-CN')}`,
  )
  return objectFact(object, `restriction_rule ${name}`, {
    kind: 'restriction_rule',
    name: fullName,
    line: `${object.name}: restriction rule ${name}`,
    short: words['en-US'],
    what: message('Restriction rule closes records', '限制规则关闭记录'),
    value: words,
    reach: new Set([
      ...to.map((one) => `to ${canonicalJson(one)}`),
      `where ${canonicalJson(where)}`,
    ]),
    isClosing: true,
    isHeldBy: (rights, current) => holds(rights, current, object.name, false),
  })
}

/** References that let whoever may read the record with the reference read what it refers to. */
function childFacts(model: Model, object: ObjectModel): AccessFact[] {
  return [...object.relationships.values()].flatMap((relationship): AccessFact[] => {
    const child = model.objects.get(relationship.object)
    const field = child?.fields.get(relationship.field)
    if (!child || field?.definition.shares_parent !== true) return []
    const [from, to] = [said(child.label, child.name), said(object.label, object.name)]
    return [
      objectFact(object, `child ${child.name}.${field.name}`, {
        kind: 'field',
        name: `${child.name}.${field.name}`,
        line: `${object.name}: ${child.name}.${field.name}`,
        short: `who may read the ${child.name} may read its ${object.name}`,
        what: message(
          `Who may read the ${from['en-US']} may read its ${to['en-US']}`,
          `可查看${from['zh-CN']}者可查看其${to['zh-CN']}`,
        ),
        value: GIVEN,
        reach: new Set(['yes']),
        isHeldBy: (rights, current) => holds(rights, current, object.name, false),
      }),
    ]
  })
}

function maskFact(object: ObjectModel, field: FieldModel): AccessFact {
  const mask = maskOf(field)
  return objectFact(object, `mask ${field.name}`, {
    kind: 'field',
    name: `${object.name}.${field.name}`,
    line: `${object.name}.${field.name}`,
    short: `masked as ${mask}`,
    what: message('How the field is masked for those who see it masked', '脱敏显示方式'),
    value: message(mask, mask),
    reach: new Set([mask]),
    isClosing: true,
    isHeldBy: (rights, current) => {
      const known = current.objects.get(object.name)?.fields.get(field.name)
      return known === undefined || isTold(rights.field(known))
    },
  })
}

/** Users as a rule names them: roles by their labels, records by their codes. */
function principals(model: Model, all: readonly Principal[], locale: Locale): string {
  return all
    .flatMap((one) => Object.entries(one) as [PrincipalKind, string | boolean][])
    .map(([kind, value]) => {
      const words = PRINCIPAL_WORDS[kind][locale]
      if (typeof value === 'boolean') return words
      const name = localize(model.roles.get(value)?.label, locale, value)
      return words.replace('{}', kind.startsWith('role') ? name : value)
    })
    .join(JOINED[locale])
}

type PrincipalKind = Principal extends infer One ? (One extends unknown ? keyof One : never) : never

const PRINCIPAL_WORDS: Readonly<Record<PrincipalKind, Message>> = {
  everyone: message('everybody', '所有人'),
  role: message('the role {}', '角色“{}”'),
  role_and_below: message('the role {} and those below', '角色“{}”及下级'),
  department: message('the department {}', '部门 {}'),
  department_and_below: message('the department {} and those below', '部门 {} 及下级'),
  group: message('the group {}', '用户组 {}'),
  queue: message('the queue {}', '队列 {}'),
}
const JOINED = { 'en-US': ', ', 'zh-CN': '、' } as const

function condition(model: Model, object: ObjectModel, where: unknown, locale: Locale): string {
  return describeExpression(where as Expression, {
    locale,
    label: (path) => {
      const found = resolveFieldPath(model.objects, object, path)
      if (!found) return localize(object.relationships.get(path)?.label, locale, path)
      return [...found.hops, found.field]
        .map((field) => localize(field.label, locale, field.name))
        .join(' › ')
    },
    valueLabel: (path, code) => {
      const field = resolveFieldPath(model.objects, object, path)?.field
      const value = field?.values?.find((one) => one.code === code)
      return value && localize(value.label, locale, code)
    },
  })
}
