import type { FieldOptions, FieldType, FieldTypes, PicklistValue } from '../field-types/index.ts'
import type {
  AppDefinition,
  ApprovalProcessDefinition,
  DashboardDefinition,
  FieldDefinition,
  ListViewDefinition,
  ObjectDefinition,
  PageLayoutDefinition,
  PermissionSetDefinition,
  RecordPageDefinition,
  RecordTypeDefinition,
  RestrictionRuleDefinition,
  RoleDefinition,
  SharingRuleDefinition,
  TemplateDefinition,
  ValidationRuleDefinition,
  Component,
} from '../kinds/index.ts'
import type { LocalizedText } from '../localized-text.ts'

/** A component of the model with its own name (without the object). */
export interface Named<D> {
  /** Full name, e.g. `account.mine`. */
  fullName: string
  /** Own name, e.g. `mine`. */
  name: string
  definition: D
  /** True when nobody authored it: derived from name field, highlights and stage field. */
  isDerived?: boolean
}

/** A field as the engine reads it: authored ones, and those that every record has. */
export interface FieldModel {
  object: string
  name: string
  label: LocalizedText
  type: FieldType
  /** Type-specific options with everything filled in (`values` of `values_of_kind`). */
  options: FieldOptions
  definition: FieldDefinition
  isRequired: boolean
  isUnique: boolean
  /** `id`, `owner`, `created_at` …: on every record, never authored. */
  isSystem: boolean
  /** No caller may write it: auto-numbers, derived values, audit fields. */
  isReadOnly: boolean
  keepsHistory: boolean
  isSearchable: boolean
  /** Object that a lookup, master-detail or user field refers to. */
  target?: string
  onDelete?: 'restrict' | 'set_null' | 'cascade'
  values?: readonly PicklistValue[]
}

/** The to-many side of a reference: what related lists show. */
export interface RelationshipModel {
  /** Name on the object that is referred to. */
  name: string
  label: LocalizedText
  /** The object whose records are listed, and its field that refers here. */
  object: string
  field: string
  isMasterDetail: boolean
}

/** An object with everything that belongs to it, resolved. */
export interface ObjectModel {
  name: string
  definition: ObjectDefinition
  label: LocalizedText
  plural: LocalizedText
  icon: string
  fields: ReadonlyMap<string, FieldModel>
  /** By relationship name. */
  relationships: ReadonlyMap<string, RelationshipModel>
  /** The master-detail field, if records of this object have a master (and then no owner of their own). */
  master?: FieldModel
  highlights: readonly string[]
  stageField?: FieldModel
  sharing: 'private' | 'read' | 'read_write' | 'controlled_by_parent'
  /** In their order, those that are not to be chosen any more too. */
  recordTypes: readonly Named<RecordTypeDefinition>[]
  pageLayouts: readonly Named<PageLayoutDefinition>[]
  recordPage: Named<RecordPageDefinition>
  listViews: readonly Named<ListViewDefinition>[]
  validationRules: readonly Named<ValidationRuleDefinition>[]
  /** Active rules that open records to others, and those that close them. */
  sharingRules: readonly Named<SharingRuleDefinition>[]
  restrictionRules: readonly Named<RestrictionRuleDefinition>[]
  /** Active processes in the order in which they are tried. */
  approvalProcesses: readonly Named<ApprovalProcessDefinition>[]
}

/** The compiled, frozen whole of one release. Everything else interprets it. */
export interface Model {
  fieldTypes: FieldTypes
  objects: ReadonlyMap<string, ObjectModel>
  permissionSets: ReadonlyMap<string, PermissionSetDefinition>
  roles: ReadonlyMap<string, RoleDefinition>
  apps: ReadonlyMap<string, AppDefinition>
  dashboards: ReadonlyMap<string, DashboardDefinition>
  templates: ReadonlyMap<string, TemplateDefinition>
  /** By process name, inactive ones too. */
  approvalProcesses: ReadonlyMap<string, ApprovalProcessDefinition>
  /** Everything that was compiled, by kind and name, for export and for diffs. */
  components: readonly Component[]
}

/** The field that tells the type of a record; objects with record types have it without that anybody authors it. */
export const RECORD_TYPE = 'record_type'

/** The fields that every record has, besides `name` and those of the object. */
export const SYSTEM_FIELDS = [
  'id',
  'owner',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'version',
  'locked',
] as const

/** The objects that say who belongs where, and so who may see what. Only `manage_users` changes them. */
export const ORGANIZATION_OBJECTS: ReadonlySet<string> = new Set([
  'department',
  'user_department',
  'user_group',
  'group_member',
  'queue_member',
])
