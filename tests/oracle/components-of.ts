import type { RawComponent } from '@trellis/metamodel'

import { printComponent } from './printouts.ts'
import type { World, WorldField, WorldObject } from './world.ts'

/** A world's metadata as a package. */
export function componentsOf(world: World): RawComponent[] {
  const own = world.objects.filter((object) => !object.isPlatform)
  return [
    { kind: 'app', name: 'world', definition: { label: 'World', version: '1.0.0' } },
    ...world.roles.map(({ name, parent }) => ({
      kind: 'role',
      name,
      definition: { label: name, ...(parent === null ? {} : { parent }) },
    })),
    ...Object.entries(world.sets).map(([name, definition]) => ({
      kind: 'permission_set',
      name,
      definition,
    })),
    ...own.flatMap(objectComponents),
    ...own.map((object) => printComponent(world, object)),
    ...world.sharingRules.map((rule) => ofRule('sharing_rule', rule)),
    ...world.restrictionRules.map((rule) => ofRule('restriction_rule', rule)),
    ...world.processes.map(({ name, definition }) => ({
      kind: 'approval_process',
      name,
      definition,
    })),
    ...world.duplicateRules.map((rule) => ofRule('duplicate_rule', rule)),
  ]
}

function ofRule(
  kind: string,
  rule: { readonly object: string; readonly name: string; readonly definition: unknown },
): RawComponent {
  return { kind, name: `${rule.object}.${rule.name}`, definition: rule.definition }
}

function objectComponents(object: WorldObject): RawComponent[] {
  const { name, sharing, roleHierarchy, master, fields } = object
  const definition = {
    label: `Object ${name}`,
    ...(master === undefined ? { sharing } : {}),
    ...(roleHierarchy ? { role_hierarchy: true } : {}),
  }
  return [
    { kind: 'object', name, definition },
    ...fields.map((field) => ({
      kind: 'field',
      name: `${name}.${field.name}`,
      definition: fieldDefinition(field),
    })),
  ]
}

function fieldDefinition(field: WorldField): object {
  const { type, target, targets, relationship, sharesParent, searchable, codes, derive, unique } =
    field
  return {
    type,
    ...computedDefinition(field),
    label: `Field ${field.name}`,
    ...(target === undefined ? {} : { target }),
    ...(targets === undefined ? {} : { targets }),
    ...(relationship === undefined ? {} : { relationship: { name: relationship } }),
    ...(sharesParent === true ? { shares_parent: true } : {}),
    ...(unique === true ? { unique } : {}),
    ...(searchable === true ? { searchable } : {}),
    ...(codes === undefined ? {} : { values: codes.map((code) => ({ code })) }),
    ...(derive === undefined ? {} : { derive }),
    ...(type === 'master_detail' ? { reparentable: true } : {}),
  }
}

/** A formula and a roll-up have the type of what they come to; a world's field says what that is. */
function computedDefinition({ type, formula, rolledUp }: WorldField): object {
  if (formula !== undefined) {
    const { text, stored } = formula
    return { type: 'formula', formula: text, result: type, stored, blanks: 'blank' }
  }
  if (rolledUp === undefined) return {}
  const { via, of } = rolledUp
  const made = of === undefined ? { fn: 'count' } : { fn: 'sum', field: of }
  return { type: 'roll_up', via, ...made }
}
