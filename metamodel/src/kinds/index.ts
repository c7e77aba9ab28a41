import type { TSchema } from 'typebox'

import { ApprovalProcessDefinition } from './approval-process.ts'
import { DuplicateRuleDefinition } from './duplicate-rule.ts'
import type { FieldDefinition } from './field.ts'
import { ListViewDefinition } from './list-view.ts'
import { ObjectDefinition } from './object.ts'
import { TestDefinition } from './package-test.ts'
import { PageLayoutDefinition } from './page-layout.ts'
import { PermissionSetDefinition } from './permission-set.ts'
import { RecordPageDefinition } from './record-page.ts'
import { RecordTypeDefinition } from './record-type.ts'
import { RestrictionRuleDefinition, SharingRuleDefinition } from './sharing.ts'
import {
  AppDefinition,
  DashboardDefinition,
  PicklistDefinition,
  RoleDefinition,
  TemplateDefinition,
} from './small-kinds.ts'
import { ValidationRuleDefinition } from './validation-rule.ts'

/** The definition that each kind has. */
export interface Definitions {
  object: ObjectDefinition
  field: FieldDefinition
  record_type: RecordTypeDefinition
  page_layout: PageLayoutDefinition
  record_page: RecordPageDefinition
  list_view: ListViewDefinition
  validation_rule: ValidationRuleDefinition
  duplicate_rule: DuplicateRuleDefinition
  sharing_rule: SharingRuleDefinition
  restriction_rule: RestrictionRuleDefinition
  approval_process: ApprovalProcessDefinition
  permission_set: PermissionSetDefinition
  role: RoleDefinition
  picklist: PicklistDefinition
  dashboard: DashboardDefinition
  template: TemplateDefinition
  test: TestDefinition
  app: AppDefinition
}
export type Kind = keyof Definitions

/** What the house knows about a kind: its folder in a package, whether it belongs to an object, its schema. */
export interface KindInfo {
  kind: Kind
  folder: string
  /** Named `<object>.<name>` and kept below `objects/<object>/`. */
  isOfObject: boolean
  /** Undefined for fields, whose schema depends on the type. */
  schema: TSchema | undefined
}

const info = (kind: Kind, folder: string, isOfObject: boolean, schema?: TSchema): KindInfo => ({
  kind,
  folder,
  isOfObject,
  schema,
})

/** Every kind, in the order in which a reader meets them. The one list: schemas, files, API and studio read it. */
export const KINDS: Readonly<Record<Kind, KindInfo>> = {
  app: info('app', '', false, AppDefinition),
  object: info('object', 'objects', false, ObjectDefinition),
  field: info('field', 'fields', true),
  record_type: info('record_type', 'record-types', true, RecordTypeDefinition),
  page_layout: info('page_layout', 'page-layouts', true, PageLayoutDefinition),
  record_page: info('record_page', 'record-pages', true, RecordPageDefinition),
  list_view: info('list_view', 'list-views', true, ListViewDefinition),
  validation_rule: info('validation_rule', 'validation-rules', true, ValidationRuleDefinition),
  duplicate_rule: info('duplicate_rule', 'duplicate-rules', true, DuplicateRuleDefinition),
  sharing_rule: info('sharing_rule', 'sharing-rules', true, SharingRuleDefinition),
  restriction_rule: info('restriction_rule', 'restriction-rules', true, RestrictionRuleDefinition),
  approval_process: info(
    'approval_process',
    'approval-processes',
    false,
    ApprovalProcessDefinition,
  ),
  permission_set: info('permission_set', 'permission-sets', false, PermissionSetDefinition),
  role: info('role', 'roles', false, RoleDefinition),
  picklist: info('picklist', 'picklists', false, PicklistDefinition),
  dashboard: info('dashboard', 'dashboards', false, DashboardDefinition),
  template: info('template', 'templates', false, TemplateDefinition),
  test: info('test', 'tests', false, TestDefinition),
}

/** Whether a word is a kind. */
export function isKind(word: string): word is Kind {
  return Object.hasOwn(KINDS, word)
}

/** A unit of metadata: addressed by kind and name, e.g. `field` `account.credit_limit`. */
export interface Component<K extends Kind = Kind> {
  kind: K
  name: string
  definition: Definitions[K]
}

/** A component as it came in: nothing is known of its definition yet. */
export interface RawComponent {
  kind: string
  name: string
  definition: unknown
  /** The file it came from, for messages. */
  file?: string
}

export * from './approval-process.ts'
export * from './duplicate-rule.ts'
export * from './field.ts'
export * from './list-view.ts'
export * from './object.ts'
export * from './package-test.ts'
export * from './page-layout.ts'
export * from './permission-set.ts'
export * from './record-page.ts'
export * from './record-type.ts'
export * from './shapes.ts'
export * from './sharing.ts'
export * from './small-kinds.ts'
export * from './validation-rule.ts'
