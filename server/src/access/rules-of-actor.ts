import type { Model, ObjectModel, Principal } from '@trellis/metamodel'

import type { Actor } from './actor.ts'
import { type Organization, principalName, type Reach } from './organization.ts'

type Placed = Pick<Actor, 'reach'>

/**
 * Whether one of these principals means the actor. With the role hierarchy of an object, what is opened to those
 * below is open to those above.
 */
export function isMeant(
  { reach }: Placed,
  principals: readonly Principal[],
  object?: ObjectModel,
): boolean {
  const withBelow = object?.definition.role_hierarchy === true
  return principals
    .map(principalName)
    .some((name) => reach.principals.has(name) || (withBelow && reach.principalsBelow.has(name)))
}

/**
 * Names what decides, besides the rights, how a statement for an actor looks: which rules mean them, and how long the
 * lists of owners are.
 */
export function placeSignature(model: Model, reach: Reach, organization: Organization): string {
  const rules = [...model.objects.values()].flatMap((object) => [
    ...object.sharingRules
      .filter(({ definition }) => isMeant({ reach }, definition.to, object))
      .map(({ fullName, definition: { owned_by: owners } }) =>
        owners ? `${fullName} ${lengthOf(organization.membersOf(owners), organization)}` : fullName,
      ),
    ...object.restrictionRules
      .filter(({ definition }) => isMeant({ reach }, definition.to))
      .map(({ fullName }) => fullName),
  ])
  const lists = [...Object.values(reach.owners), reach.below]
  return [lists.map((owners) => lengthOf(owners, organization)).join(''), ...rules].join(',')
}

/** Of a list of owners: nobody, one, a few of all users, many. Statements differ by it. */
export function lengthOf(
  owners: readonly string[],
  { size }: Pick<Organization, 'size'>,
): '0' | '1' | 'few' | 'many' {
  if (owners.length === 0) return '0'
  if (owners.length === 1) return '1'
  return owners.length ** 2 <= FEW * size ? 'few' : 'many'
}

// To look at the newest records of each of n owners costs what n is; to walk all records until a page of theirs is
// found costs what the share of theirs is, users / n. The two meet where n² is some times the users; how many times is an estimate.
const FEW = 4
