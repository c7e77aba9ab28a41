import type { Expression, TypedExpression } from '../expression/index.ts'
import type {
  FieldOptions,
  FieldType,
  FieldTypes,
  PicklistValue,
  RollUpFunction,
} from '../field-types/index.ts'
import type {
  AppDefinition,
  ApprovalProcessDefinition,
  DashboardDefinition,
  DuplicateRuleDefinition,
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
  /** Computed as it is read; it has no column. */
  isVirtual?: true
  /** Of a value with parts: each as a virtual field that is read from it, by its name. */
  parts?: ReadonlyMap<string, FieldModel>
  /** Of a formula: what it reads and how it is computed. */
  formula?: FormulaModel
  /** Of a roll-up: the records and the field that it is made of. */
  rollUp?: RollUpModel
  /** Object that a lookup, master-detail or user field refers to. */
  target?: string
  /** Of a lookup of several objects: the fields that it rests in, one lookup for each. */
  members?: readonly FieldModel[]
  /** The field that this one is a part of; only that one is shown to people. */
  partOf?: string
  onDelete?: 'restrict' | 'set_null' | 'cascade'
  values?: readonly PicklistValue[]
}

/** A formula that holds against the model. */
export interface FormulaModel {
  /** The formula as JSON Logic, with the names as the model has them. */
  expression: Expression
  /**
   * What is computed: the reading of blanks and percentages written out, rounded, and with every other virtual
   * formula put in its place, so that it reads nothing but columns.
   */
  typed: TypedExpression
  /** The paths that it names: fields of the record, and of others over references. */
  reads: readonly string[]
  /** The paths of the columns that it is computed of in the end. */
  inputs: readonly string[]
}

/** A roll-up that holds against the model. */
export interface RollUpModel {
  fn: RollUpFunction
  /** The object whose records are rolled up. */
  child: string
  /** Their reference to the record that has the roll-up. */
  via: string
  /** Their field that is added up or compared; a count has none. */
  source?: string
  /** Which of them count. */
  where?: Expression
  /** An amount of records with another currency than those it is kept on: converted at the rate of its day. */
  isConverted?: true
  /** All of their fields that it depends on: if none of them changes, neither does the roll-up. */
  reads: ReadonlySet<string>
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

/** How the amounts of a record become amounts of the organization. */
export interface MoneyModel {
  /** The field that tells the currency of the record. */
  currency: FieldModel
  /** The date whose rate counts. A record without one is converted at the rate of the day it was created. */
  rateDate?: FieldModel
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
  /** If each of its records has a currency of its own. */
  money?: MoneyModel
  sharing: 'private' | 'read' | 'read_write' | 'controlled_by_parent'
  /** In their order, those that are not to be chosen any more too. */
  recordTypes: readonly Named<RecordTypeDefinition>[]
  pageLayouts: readonly Named<PageLayoutDefinition>[]
  recordPage: Named<RecordPageDefinition>
  listViews: readonly Named<ListViewDefinition>[]
  validationRules: readonly Named<ValidationRuleDefinition>[]
  /** Active rules that find likely twins of a record as it is saved. */
  duplicateRules: readonly Named<DuplicateRuleDefinition>[]
  /** Active rules that open records to others, and those that close them. */
  sharingRules: readonly Named<SharingRuleDefinition>[]
  restrictionRules: readonly Named<RestrictionRuleDefinition>[]
  /** Active processes in the order in which they are tried. */
  approvalProcesses: readonly Named<ApprovalProcessDefinition>[]
}

/** The compiled, frozen whole of one release. Everything else interprets it. */
export interface Model {
  fieldTypes: FieldTypes
  /** The currency of the organization (ISO 4217): of every amount that has none of its own, and of all sums. */
  corporateCurrency: string
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

/** The field that tells the currency of a record; objects with many currencies have it without that anybody authors it. */
export const CURRENCY = 'currency'

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

/** The references of a detail to its masters: one, or two of what joins two records. */
export function masterFields({ fields }: Pick<ObjectModel, 'fields'>): FieldModel[] {
  return [...fields.values()].filter(({ type }) => type.name === 'master_detail')
}

/** The objects that say who belongs where, and so who may see what. Only `manage_users` changes them. */
export const ORGANIZATION_OBJECTS: ReadonlySet<string> = new Set([
  'department',
  'user_department',
  'user_group',
  'group_member',
  'queue_member',
])
