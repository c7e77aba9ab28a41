import {
  type AccessScope,
  compileRights,
  type FieldAccess,
  type FieldModel,
  type Locale,
  localize,
  type Message,
  type Model,
  type ObjectModel,
  type ObjectRights,
  ORGANIZATION_OBJECTS,
  ownFields,
  type PermissionSetDefinition,
  type Rights,
  type SystemPermission,
} from '@trellis/metamodel'

import { message } from '../errors.ts'
import { type AccessFact, contains, FIELD_REACH, GIVEN, said } from './access-fact.ts'

/** What a permission set gives: system and custom permissions, apps, rights over objects with their scopes, fields. */
export function factsOfPermissionSet(
  model: Model,
  name: string,
  set: PermissionSetDefinition,
): AccessFact[] {
  const rights = compileRights(model, [name])
  return [
    ...(set.system ?? []).map((one) => systemFact(model, name, one)),
    ...(set.custom ?? []).map((one) => customFact(name, one)),
    ...(set.apps ?? []).map((one) => appFact(model, name, one)),
    ...Object.entries(set.objects ?? {}).flatMap(([objectName, given]) => {
      const object = model.objects.get(objectName)
      if (!object) return []
      return [
        ...rightFacts(name, object, given),
        ...recordTypeFacts(name, object, given),
        ...fieldFacts({ name, set: given, rights }, object),
      ]
    }),
  ]
}

function setFact(
  name: string,
  key: string,
  fact: Omit<AccessFact, 'kind' | 'name' | 'key' | 'section' | 'line'> & { line?: string },
): AccessFact {
  const line = fact.line === undefined ? name : `${name}: ${fact.line}`
  return {
    ...fact,
    kind: 'permission_set',
    name,
    key: `permission_set ${name} ${key}`,
    section: `Permission set ${name}`,
    line,
  }
}

const YES: ReadonlySet<string> = new Set(['yes'])
const PAST_OBJECTS: ReadonlySet<SystemPermission> = new Set(['view_all_data', 'modify_all_data'])

function systemFact(model: Model, name: string, one: SystemPermission): AccessFact {
  const organization = one === 'manage_users' ? [...ORGANIZATION_OBJECTS] : []
  return setFact(name, `system ${one}`, {
    line: `system permission ${one}`,
    short: 'yes',
    what: message(`System permission ${one}`, `系统权限 ${one}`),
    value: GIVEN,
    reach: YES,
    touches: PAST_OBJECTS.has(one) ? [...model.objects.keys()] : organization,
    isHeldBy: (rights) => rights.system.has(one),
  })
}

function customFact(name: string, one: string): AccessFact {
  return setFact(name, `custom ${one}`, {
    line: `custom permission ${one}`,
    short: 'yes',
    what: message(`Custom permission ${one}`, `自定义权限 ${one}`),
    value: GIVEN,
    reach: YES,
    touches: [],
    isHeldBy: (rights) => rights.custom.has(one),
  })
}

function appFact(model: Model, name: string, one: string): AccessFact {
  const label = said(model.apps.get(one)?.label, one)
  return setFact(name, `app ${one}`, {
    line: `app ${one}`,
    short: 'yes',
    what: message(`App ${label['en-US']}`, `应用“${label['zh-CN']}”`),
    value: GIVEN,
    reach: YES,
    touches: [],
    isHeldBy: (rights, current) => rights.apps.has(one) || !current.apps.has(one),
  })
}

const RIGHTS = ['create', 'read', 'edit', 'delete', 'transfer', 'export'] as const
type Right = (typeof RIGHTS)[number]

const VERBS: Readonly<Record<Right, Message>> = {
  create: message('Create', '新建'),
  read: message('Read', '查看'),
  edit: message('Edit', '编辑'),
  delete: message('Delete', '删除'),
  transfer: message('Transfer', '转移'),
  export: message('Export', '导出'),
}

const SCOPE_WORDS: Readonly<Record<AccessScope, Message>> = {
  own: message('own', '本人'),
  own_and_subordinates: message('own and subordinates’', '本人及下属'),
  department: message('of the department', '本部门'),
  department_and_below: message('of the department and below', '本部门及下级部门'),
  all: message('all', '全部'),
}

/** The owners that a scope contains, as marks; of two scopes that overlap neither contains the other. */
const SCOPE_REACH: Readonly<Record<AccessScope, readonly string[]>> = {
  own: ['own'],
  own_and_subordinates: ['own', 'subordinates'],
  department: ['own', 'department'],
  department_and_below: ['own', 'department', 'departments below'],
  all: ['own', 'subordinates', 'department', 'departments below', 'others'],
}

function scopeOf(given: ObjectRights, right: Right): AccessScope | undefined {
  if (right === 'create' || right === 'export') return undefined
  if (right === 'read') return given.read_scope ?? 'own'
  const edit = given.edit_scope ?? 'own'
  return right === 'delete' ? (given.delete_scope ?? edit) : edit
}

function rightFacts(name: string, object: ObjectModel, given: ObjectRights): AccessFact[] {
  const plural = said(object.plural, object.name)
  return RIGHTS.filter((right) => given[right] === true).map((right) => {
    // Details have no owner: their master decides.
    const scope = object.master ? undefined : scopeOf(given, right)
    const verb = VERBS[right]
    const reach = new Set(scope === undefined ? YES : SCOPE_REACH[scope])
    return setFact(name, `object ${object.name} ${right}`, {
      line: object.name,
      short: scope === undefined ? right : `${right} ${scope}`,
      what: message(`${verb['en-US']} ${plural['en-US']}`, `${verb['zh-CN']}${plural['zh-CN']}`),
      value: scope === undefined ? GIVEN : SCOPE_WORDS[scope],
      reach,
      touches: [object.name],
      isHeldBy: (rights, current) =>
        !current.objects.has(object.name) || contains(reachOf(rights, object, right), reach),
    })
  })
}

/** Which types may be chosen, where the object has any and the set lets records be made or changed. */
function recordTypeFacts(name: string, object: ObjectModel, given: ObjectRights): AccessFact[] {
  const writes = given.create === true || given.edit === true
  if (object.recordTypes.length === 0 || !writes) return []
  const all = object.recordTypes.map((type) => type.name)
  const chosen = given.record_types
  const reach = new Set(chosen ?? [...all, 'those to come'])
  const label = said(object.label, object.name)
  const words = (locale: Locale): string => {
    const types = object.recordTypes.filter((type) => chosen?.includes(type.name) !== false)
    const named = types.map((type) => localize(type.definition.label, locale, type.name))
    return named.join(locale === 'zh-CN' ? '、' : ', ')
  }
  return [
    setFact(name, `record types of ${object.name}`, {
      line: object.name,
      short: `record types ${chosen === undefined ? 'all' : chosen.join(', ') || 'none'}`,
      what: message(`Record types of ${label['en-US']}`, `${label['zh-CN']}的记录类型`),
      // All of them are named too: with another type there are more.
      value:
        chosen === undefined
          ? message(`all (${words('en-US')})`, `全部（${words('zh-CN')}）`)
          : message(words('en-US'), words('zh-CN')),
      reach,
      touches: [object.name],
      isHeldBy: (rights, current) => {
        const { recordTypes } = rights.object(object.name)
        return (
          !current.objects.has(object.name) || recordTypes === null || contains(recordTypes, reach)
        )
      },
    }),
  ]
}

/** How far somebody's own right goes. */
function reachOf(rights: Rights, object: ObjectModel, right: Right): ReadonlySet<string> {
  const access = rights.object(object.name)
  if (!access[right]) return new Set()
  if (object.master || right === 'create' || right === 'export') return YES
  return new Set([...access.scopes[right]].flatMap((scope) => ['own', ...SCOPE_REACH[scope]]))
}

const FIELD_WORDS: Readonly<Record<FieldAccess, Message>> = {
  none: message('hidden', '不可见'),
  masked: message('masked', '脱敏'),
  read: message('read', '只读'),
  edit: message('edit', '可编辑'),
}

interface SetOnObject {
  name: string
  set: ObjectRights
  /** What the permission set gives by itself. */
  rights: Rights
}

function fieldFacts({ name, set, rights }: SetOnObject, object: ObjectModel): AccessFact[] {
  const usual = set.field_access ?? 'edit'
  const label = said(object.label, object.name)
  const fields = ownFields(object.fields.values()).filter(
    (one) => !one.isSystem || one.name === 'owner',
  )
  const byDefault = setFact(name, `fields of ${object.name}`, {
    line: object.name,
    short: `fields ${usual}`,
    what: message(
      `Fields of ${label['en-US']} that are not named`,
      `${label['zh-CN']}未单独设置的字段`,
    ),
    value: FIELD_WORDS[usual],
    reach: FIELD_REACH[usual],
    touches: [object.name],
    isHeldBy: (own, current) =>
      fields
        .filter((field) => rights.field(field) === usual)
        .every((field) => holdsField(own, current, field, FIELD_REACH[usual])),
  })
  return [
    byDefault,
    ...fields.map((field) => fieldFact({ name, set, rights }, object, { field, usual })),
  ]
}

function fieldFact(
  { name, set, rights }: SetOnObject,
  object: ObjectModel,
  { field, usual }: { field: FieldModel; usual: FieldAccess },
): AccessFact {
  const access = rights.field(field)
  const isRevealed = access === 'masked' && set.reveal?.includes(field.name) === true
  const reach = isRevealed ? new Set(['masked', 'reveal']) : FIELD_REACH[access]
  const [of, label] = [said(object.label, object.name), said(field.label, field.name)]
  return setFact(name, `field ${object.name}.${field.name}`, {
    line: `${object.name}.${field.name}`,
    short: isRevealed ? 'masked, revealed on demand' : access,
    isUsual: access === usual,
    what: message(`${of['en-US']}: ${label['en-US']}`, `${of['zh-CN']}：${label['zh-CN']}`),
    value: isRevealed
      ? message('masked, revealed on demand', '脱敏，可查看原文')
      : FIELD_WORDS[access],
    reach,
    touches: [object.name],
    isHeldBy: (own, current) => holdsField(own, current, field, reach),
  })
}

function holdsField(
  rights: Rights,
  current: Model,
  { object, name }: FieldModel,
  reach: ReadonlySet<string>,
): boolean {
  const field = current.objects.get(object)?.fields.get(name)
  if (!field) return true
  const own = FIELD_REACH[rights.field(field)]
  return contains(rights.reveal(field) ? new Set([...own, 'reveal']) : own, reach)
}
