import {
  createFieldTypes,
  EQUALITY,
  type FieldType,
  type FieldTypes,
  type PicklistValue,
} from '../field-types/index.ts'
import type {
  Component,
  FieldDefinition,
  ObjectDefinition,
  RecordTypeDefinition,
} from '../kinds/index.ts'
import type { LocalizedText } from '../localized-text.ts'
import { CURRENCY, type FieldModel, type Named, RECORD_TYPE } from './model.ts'
import { partModel } from './part-fields.ts'

/** The id of a record: made by the system, a UUIDv7. */
const { target: _person, ...reference } = fieldType(createFieldTypes(), 'user')
const idType: FieldType = {
  ...reference,
  name: 'id',
  options: {},
  operators: EQUALITY,
  isReadOnly: true,
}

function fieldType(types: FieldTypes, name: string): FieldType {
  const type = types.get(name)
  if (!type) throw new Error(`Field type ${name} is not registered`)
  return type
}

/** Makes the model of a field from its definition. */
export function fieldModel(
  object: string,
  name: string,
  definition: FieldDefinition,
  kind: FieldType,
): FieldModel {
  const type = kind.ofField?.(definition) ?? kind
  const isMaster = type.name === 'master_detail'
  const target = type.target ?? definition.target
  const isReadOnly = type.isReadOnly === true || definition.derive !== undefined
  const model: FieldModel = {
    object,
    name,
    label: definition.label,
    type,
    options: definition,
    definition,
    isRequired:
      (definition.required === true || isMaster) && type.name !== 'checkbox' && !isReadOnly,
    isUnique:
      definition.unique === true || definition.external_id === true || type.name === 'auto_number',
    isSystem: false,
    isReadOnly,
    keepsHistory:
      definition.history !== false && type.name !== 'auto_number' && type.isComputed !== true,
    isSearchable: definition.searchable === true,
    ...(type.isVirtual?.(definition) === true ? { isVirtual: true } : {}),
    ...(target === undefined ? {} : { target }),
    ...(target === undefined ? {} : { onDelete: onDelete(definition, isMaster) }),
    ...(definition.values === undefined ? {} : { values: definition.values }),
  }
  if (!type.parts) return model
  model.parts = new Map(type.parts.map((part) => [part.name, partModel(model, part)]))
  return model
}

function onDelete(
  definition: FieldDefinition,
  isMaster: boolean,
): 'restrict' | 'set_null' | 'cascade' {
  if (isMaster) return 'cascade'
  return definition.on_delete ?? (definition.required === true ? 'restrict' : 'set_null')
}

const LABELS: Record<string, LocalizedText> = {
  id: { 'zh-CN': '记录 ID', 'en-US': 'Record ID' },
  name: { 'zh-CN': '名称', 'en-US': 'Name' },
  owner: { 'zh-CN': '负责人', 'en-US': 'Owner' },
  created_at: { 'zh-CN': '创建时间', 'en-US': 'Created at' },
  created_by: { 'zh-CN': '创建人', 'en-US': 'Created by' },
  updated_at: { 'zh-CN': '更新时间', 'en-US': 'Updated at' },
  updated_by: { 'zh-CN': '更新人', 'en-US': 'Updated by' },
  version: { 'zh-CN': '版本', 'en-US': 'Version' },
  locked: { 'zh-CN': '已锁定', 'en-US': 'Locked' },
  record_type: { 'zh-CN': '记录类型', 'en-US': 'Record type' },
  currency: { 'zh-CN': '币种', 'en-US': 'Currency' },
}

/** The fields that every record of an object has: `id`, `name`, `owner` (not with a master), audit fields, `version`, `locked`. */
export function systemFields(
  object: string,
  definition: ObjectDefinition,
  hasMaster: boolean,
  types: FieldTypes,
): FieldModel[] {
  const system = (name: string, type: FieldType, more: Partial<FieldModel> = {}): FieldModel => ({
    ...fieldModel(object, name, { type: type.name, label: LABELS[name] ?? name }, type),
    isSystem: true,
    isReadOnly: true,
    keepsHistory: false,
    ...more,
  })
  const userType = fieldType(types, 'user')
  const moment = fieldType(types, 'datetime')
  return [
    system('id', idType),
    nameField(object, definition, types),
    ...(hasMaster
      ? []
      : [
          system('owner', userType, {
            isReadOnly: false,
            isRequired: true,
            keepsHistory: true,
            onDelete: 'restrict',
          }),
        ]),
    system('created_at', moment),
    system('created_by', userType),
    system('updated_at', moment),
    system('updated_by', userType),
    system('version', fieldType(types, 'number')),
    system('locked', fieldType(types, 'checkbox')),
  ]
}

/** The field `record_type`, a picklist of the types, if the object has any. */
export function recordTypeField(
  { name: object, definition: { replaced_record_types: replaced } }: Component<'object'>,
  recordTypes: readonly Named<RecordTypeDefinition>[],
  types: FieldTypes,
): FieldModel[] {
  if (recordTypes.length === 0) return []
  const values = recordTypes.map(({ name, definition }) => ({
    code: name,
    label: definition.label,
    ...(definition.active === false ? { active: false } : {}),
  }))
  const definition = {
    type: 'picklist',
    label: LABELS[RECORD_TYPE] ?? RECORD_TYPE,
    values,
    ...(replaced ? { replaced_values: replaced } : {}),
  }
  return [fieldModel(object, RECORD_TYPE, definition, fieldType(types, 'picklist'))]
}

/** What the field `currency` of an object is made of. */
export interface CurrencyGround {
  /** The currency of the organization. */
  corporate: string
  /** Those that records may have. */
  values: readonly PicklistValue[]
  /** The reference to a record whose currency a new one begins with. */
  from: string | undefined
}

/** The field `currency`, a picklist of the currencies in use. */
export function currencyField(
  object: string,
  { corporate, values, from }: CurrencyGround,
  types: FieldTypes,
): FieldModel {
  const definition: FieldDefinition = {
    type: 'picklist',
    label: LABELS[CURRENCY] ?? CURRENCY,
    required: true,
    values: [...values],
    default:
      from === undefined ? corporate : { blank_value: [{ var: `${from}.${CURRENCY}` }, corporate] },
  }
  return fieldModel(object, CURRENCY, definition, fieldType(types, 'picklist'))
}

function nameField(object: string, definition: ObjectDefinition, types: FieldTypes): FieldModel {
  const own = definition.name_field ?? { type: 'text' as const }
  const isText = own.type === 'text'
  const fieldDefinition: FieldDefinition = {
    ...own,
    label: own.label ?? LABELS['name'] ?? 'Name',
    ...(isText ? { required: true } : {}),
  }
  return {
    ...fieldModel(object, 'name', fieldDefinition, fieldType(types, own.type)),
    isSearchable: !isText || own.searchable !== false,
  }
}
