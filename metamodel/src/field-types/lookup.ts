import Type, { type TSchema } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { refers } from '../refers.ts'
import {
  EQUALITY,
  fault,
  type FieldType,
  type Parsed,
  type Storage,
  wrongType,
} from './field-type.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text is a record id (a UUID). */
export function isRecordId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text)
}

/** The other side of a relation: its name on the target object, and what its related list is called. */
export const Relationship = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z][a-z0-9_]*$',
      maxLength: 63,
      description: 'lower-case letters, digits and _',
    }),
    label: Type.Optional(LocalizedText),
  },
  { additionalProperties: false },
)

const target = refers(
  Type.String({
    minLength: 1,
    description: 'API name of the object that is referred to',
  }),
  'object',
)

/** Takes `"<id>"` or `{"id": "<id>"}`; a parent named by a unique field is resolved before this is asked. */
function parseReference(value: unknown): Parsed {
  if (value === null || value === '') return { value: null }
  const id: unknown = typeof value === 'object' && 'id' in value ? value.id : value
  if (typeof id !== 'string') return wrongType(value, 'a record id', '记录 id')
  if (!UUID.test(id)) {
    return fault(
      'not_an_id',
      `"${id.slice(0, 60)}" is not a record id`,
      `“${id.slice(0, 60)}”不是记录 id`,
    )
  }
  return { value: id.toLowerCase() }
}

const reference = {
  expressionType: 'id',
  storage: (): Storage => ({ as: 'reference' }),
  operators: EQUALITY,
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: parseReference,
  parseText: (cell: string) => parseReference(cell.trim()),
} as const

/** A reference to a record of another object (or the same one). */
export const lookup: FieldType = {
  ...reference,
  name: 'lookup',
  takesFilter: true,
  options: {
    target,
    relationship: Relationship,
    acyclic: Type.Boolean({
      description: 'References to the same object form a tree: no record is above itself',
    }),
    shares_parent: Type.Boolean({
      description: 'Whoever may read this record may read the one it refers to',
    }),
    on_delete: Type.Union(
      [Type.Literal('restrict'), Type.Literal('set_null'), Type.Literal('cascade')],
      {
        description:
          'What happens to this record when the other is deleted; set_null if left out, restrict if required',
      },
    ),
  },
  requiredOptions: ['target'],
}

/** An owning reference: always required, deleted with its master, without an owner of its own. */
export const masterDetail: FieldType = {
  ...reference,
  name: 'master_detail',
  options: {
    target,
    relationship: Relationship,
    reparentable: Type.Boolean({ description: 'May a detail move to another master' }),
  },
  requiredOptions: ['target', 'relationship'],
}

/** A reference to a user. */
export const user: FieldType = {
  ...reference,
  name: 'user',
  takesFilter: true,
  target: 'user',
  options: { relationship: Relationship },
}

/** A reference to a department of the house. */
export const department: FieldType = {
  ...reference,
  name: 'department',
  takesFilter: true,
  target: 'department',
  options: { relationship: Relationship },
}

/** The most objects that one field may refer to. */
const MOST_TARGETS = 10

/**
 * A reference to a record of one of several objects. It rests as one lookup per object, of which at most one has a
 * value: each keeps its foreign key, its index and its way of being joined.
 */
export const polymorphicLookup: FieldType = {
  ...reference,
  name: 'polymorphic_lookup',
  options: {
    targets: Type.Array(target, {
      minItems: 2,
      maxItems: MOST_TARGETS,
      uniqueItems: true,
      description: 'API names of the objects that may be referred to',
    }),
    relationship: Relationship,
    on_delete: lookup.options['on_delete'] as TSchema,
  },
  requiredOptions: ['targets'],
  isSortable: false,
  isGroupable: false,
  isVirtual: () => true,
  parse: parseOfOneOf,
  parseText: parseOfOneOf,
}

/** `{"object": "<object>", "id": "<id>"}`; of which object it is has to be said. */
function parseOfOneOf(value: unknown): Parsed {
  if (value === null) return { value: null }
  const isNamed = typeof value === 'object' && 'object' in value && typeof value.object === 'string'
  if (isNamed && 'id' in value) return parseReference(value)
  return wrongType(
    value,
    'a record with its object, such as {"object": "account", "id": "…"}',
    '记录及其对象，如 {"object": "account", "id": "…"}',
  )
}
