import type { World, WorldField, WorldObject } from './world.ts'

const NOTHING: WorldObject = {
  name: '',
  isPlatform: false,
  sharing: 'private',
  roleHierarchy: false,
  fields: [],
}

export function objectOf(world: Pick<World, 'objects'>, name: string): WorldObject {
  return world.objects.find((object) => object.name === name) ?? NOTHING
}

const OWNER: WorldField = { name: 'owner', type: 'user', target: 'user' }

/** The objects to which a field may refer. */
export function targetsOf({ target, targets = [] }: WorldField): readonly string[] {
  return target === undefined ? targets : [target]
}

/** A field of an object; `owner` and the like are fields too. */
export function fieldOf(
  world: Pick<World, 'objects'>,
  object: string,
  name: string,
): WorldField | undefined {
  if (name === 'owner' || name === 'created_by' || name === 'updated_by') return { ...OWNER, name }
  if (name === 'name') return { name, type: 'text' }
  if (name === 'id') return { name, type: 'id' }
  return objectOf(world, object).fields.find((field) => field.name === name)
}

/** The references of a detail to its masters; of two, the first decides who may see it. */
export function masterFields({ fields }: WorldObject): WorldField[] {
  return fields.filter(({ type }) => type === 'master_detail')
}
