import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { keyedBy } from '../refers.ts'
import { ApiName, closed, fieldOf, flag, oneOf, optional } from './shapes.ts'

/** Rights over the system itself rather than over records. */
export const SYSTEM_PERMISSIONS = [
  'customize',
  'manage_users',
  'view_all_data',
  'modify_all_data',
  'export',
  'import',
  'bulk_edit',
  'erase',
  'view_audit_log',
  'api',
] as const
export type SystemPermission = (typeof SYSTEM_PERMISSIONS)[number]

/**
 * How far a right over records reaches, told by their owner. Each scope includes `own`: the actor, and the queues
 * that they are a member of. Subordinates are those who report to the actor over any number of managers; of a
 * colleague's departments the main one counts, of the actor's all.
 */
export const ACCESS_SCOPES = [
  'own',
  'own_and_subordinates',
  'department',
  'department_and_below',
  'all',
] as const
export type AccessScope = (typeof ACCESS_SCOPES)[number]

/** What may be done with a field; `masked` shows that there is a value, and as much of it as its mask lets through. */
export const FIELD_ACCESS = ['none', 'masked', 'read', 'edit'] as const
export type FieldAccess = (typeof FIELD_ACCESS)[number]

const ObjectRights = closed({
  create: flag('May create records'),
  read: flag('May read records in the read scope'),
  edit: flag('May change records in the edit scope'),
  delete: flag('May delete records in the delete scope'),
  transfer: flag('May make others the owner of records in the edit scope'),
  export: flag('May export lists'),
  read_scope: optional(oneOf(ACCESS_SCOPES, 'own if left out')),
  edit_scope: optional(oneOf(ACCESS_SCOPES, 'own if left out')),
  delete_scope: optional(oneOf(ACCESS_SCOPES, 'the edit scope if left out')),
  field_access: optional(oneOf(FIELD_ACCESS, 'For fields that are not named; edit if left out')),
  fields: optional(
    keyedBy(
      'field',
      'key',
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), oneOf(FIELD_ACCESS)),
    ),
  ),
  record_types: optional(
    Type.Array(ApiName, {
      maxItems: 200,
      description: 'Types that may be chosen for a record; all of them if left out',
    }),
  ),
  reveal: optional(
    Type.Array(fieldOf('key'), {
      maxItems: 200,
      description:
        'Masked fields whose value may be asked for, one by one; each time is counted and kept in the audit log',
    }),
  ),
})
export type ObjectRights = Static<typeof ObjectRights>

/** A bundle of rights. A user's rights are the sum of their sets. */
export const PermissionSetDefinition = closed({
  label: LocalizedText,
  description: optional(LocalizedText),
  system: optional(Type.Array(oneOf(SYSTEM_PERMISSIONS), { maxItems: SYSTEM_PERMISSIONS.length })),
  custom: optional(Type.Array(Type.String({ minLength: 1, maxLength: 63 }), { maxItems: 200 })),
  apps: optional(Type.Array(ApiName, { maxItems: 100 })),
  objects: optional(
    keyedBy(
      'object',
      'own',
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), ObjectRights),
    ),
  ),
})
export type PermissionSetDefinition = Static<typeof PermissionSetDefinition>
