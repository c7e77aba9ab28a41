import type { Model, ObjectModel, RoleDefinition } from '@trellis/metamodel'

import { message } from '../errors.ts'
import { type AccessFact, said } from './access-fact.ts'
import { factsOfObject } from './facts-of-object.ts'
import { factsOfPermissionSet } from './facts-of-permission-set.ts'

const listed = new WeakMap<Model, readonly AccessFact[]>()

/** Everything that a model says about who may see and do what: the ground of the snapshot and of the plan. */
export function listAccessFacts(model: Model): readonly AccessFact[] {
  const facts = listed.get(model) ?? makeFacts(model)
  listed.set(model, facts)
  return facts
}

function makeFacts(model: Model): AccessFact[] {
  return [
    ...[...model.roles].map(([name, role]) => roleFact(model, name, role)),
    ...[...model.objects.values()].flatMap((object) => factsOfObject(model, object)),
    ...[...model.permissionSets].flatMap(([name, set]) => factsOfPermissionSet(model, name, set)),
  ]
}

/** Where a role stands. Those above gain by it, so that only who has everything may move one that is in use. */
function roleFact(model: Model, name: string, { parent }: RoleDefinition): AccessFact {
  const above = said(model.roles.get(parent ?? '')?.label, parent ?? '')
  return {
    kind: 'role',
    name,
    key: `role ${name}`,
    section: 'Roles',
    line: name,
    short: parent === undefined ? 'at the top' : `below ${parent}`,
    what: message('Place in the role tree', '在角色树中的位置'),
    value:
      parent === undefined
        ? message('at the top', '顶层')
        : message(`below ${above['en-US']}`, `在“${above['zh-CN']}”之下`),
    reach: new Set(parent === undefined ? [] : [`below ${parent}`]),
    touches: [...model.objects.values()].filter(readsRoles).map((object) => object.name),
    isHeldBy: (rights, current) => rights.system.has('modify_all_data') || !current.roles.has(name),
  }
}

function readsRoles({ definition, sharingRules, restrictionRules }: ObjectModel): boolean {
  return (
    definition.role_hierarchy === true || sharingRules.length > 0 || restrictionRules.length > 0
  )
}
