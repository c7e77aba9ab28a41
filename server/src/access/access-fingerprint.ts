import { createHash } from 'node:crypto'

import { maskOf, type Rights } from '@trellis/metamodel'

import type { Reader } from './reader.ts'

/**
 * SHA-256 of what somebody may see and do, besides single records: equal as long as no right, no rule and no place in
 * the organization of theirs has changed.
 */
export function accessFingerprint({ release: { model }, actor }: Reader): Buffer {
  const { rights, reach, userId } = actor
  const objects = [...model.objects.values()].filter(({ name }) => rights.object(name).read)
  const facts = [
    userId,
    [reach.principals, reach.principalsBelow, reach.owners, reach.below],
    rights.system,
    rights.custom,
    rights.parts.map((part) => objects.map(({ name }) => part.object(name))),
    objects.map((object) => [
      object.name,
      object.definition,
      object.sharingRules.map(({ definition }) => definition),
      object.restrictionRules.map(({ definition }) => definition),
      [...object.fields.values()].map((field) => factsOfField(rights, field)),
    ]),
  ]
  return createHash('sha256').update(JSON.stringify(facts, listed)).digest()
}

function factsOfField(rights: Rights, field: Parameters<Rights['field']>[0]): unknown[] {
  const access = rights.field(field)
  return [field.name, access, access === 'masked' ? maskOf(field) : null]
}

function listed(_key: string, value: unknown): unknown {
  return value instanceof Set ? [...value].toSorted() : value
}
