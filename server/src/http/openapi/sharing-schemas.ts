import { EXPLAINED_RIGHTS, SHARE_CAUSES, SHARE_PRINCIPALS, SHARED_ACCESS } from '@trellis/metamodel'

import {
  COUNT,
  FLAG,
  MOMENT,
  oneOf,
  REFERENCE,
  REFERENCE_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  UUID,
} from './common-schemas.ts'
import { type JsonSchema, listOf, orNull, schemaRef, shape } from './document.ts'

const SHARE = {
  id: UUID,
  cause: oneOf(...SHARE_CAUSES),
  access: oneOf(...SHARED_ACCESS),
  principal: shape({ type: oneOf(...SHARE_PRINCIPALS), id: TEXT, name: TEXT_OR_NULL }),
  team_role: TEXT_OR_NULL,
  expires_at: orNull(MOMENT),
}

const WAY = shape({
  reason: {
    type: 'object',
    properties: { kind: TEXT, scope: TEXT, rule: TEXT, object: TEXT, field: TEXT },
    required: ['kind'],
    additionalProperties: false,
  },
  text: TEXT,
  holds: { type: 'boolean', description: 'Opens this record; of a rule: lets it through' },
  of_key: { type: 'boolean', description: 'Of the permission set of an API key, which narrows' },
})

const COUNTS = listOf(shape({ object: TEXT, label: TEXT, count: COUNT }))
const MOVED = shape({ moved: COUNT, left: COUNT })

/** The schemas of answers about who may see and do what with a record. */
export const SHARING_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  RecordShare: shape({ ...SHARE, created_by: REFERENCE, created_at: MOMENT }),
  RecordShares: shape({
    shares: listOf(schemaRef('RecordShare')),
    may_share: FLAG,
    may_edit_team: FLAG,
    most_access: oneOf(...SHARED_ACCESS),
  }),
  AccessExplanation: shape({
    user: REFERENCE,
    right: oneOf(...EXPLAINED_RIGHTS),
    allowed: FLAG,
    given_by: listOf(shape({ permission_set: TEXT, label: TEXT })),
    grants: listOf(WAY),
    restrictions: listOf(WAY),
    shares: listOf(shape(SHARE)),
    denials: listOf(shape({ kind: TEXT, text: TEXT })),
    fields: listOf(
      shape({ field: TEXT, label: TEXT, access: oneOf('none', 'masked', 'read', 'edit') }),
    ),
  }),
  TransferAnswer: shape({
    id: UUID,
    version: COUNT,
    owner: REFERENCE,
    with: { type: 'object', additionalProperties: MOVED },
  }),
  Holdings: shape({ objects: COUNTS, work_items: COUNT, direct_reports: COUNT, queues: COUNT }),
  Deactivation: shape({
    active: { const: false },
    successor: REFERENCE_OR_NULL,
    moved: COUNTS,
    left: COUNTS,
    work_items: MOVED,
    direct_reports: MOVED,
    complete: { type: 'boolean', description: 'false: the same call again moves what is left' },
  }),
}
