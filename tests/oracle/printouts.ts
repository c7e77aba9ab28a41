import type { RawComponent } from '@trellis/metamodel'

import { targetsOf } from './world-parts.ts'
import type { World, WorldField, WorldObject } from './world.ts'

/** What the template of an object prints: paths, and lists of records that refer to it. */
export interface Printout {
  readonly template: string
  readonly paths: readonly string[]
  readonly lists: readonly { readonly child: string; readonly field: WorldField }[]
}

/** The most lists that a template has. */
const MOST_LISTS = 10

export function printoutOf(world: Pick<World, 'objects'>, object: WorldObject): Printout {
  const { name, master, fields } = object
  const plain = fields.filter((field) => targetsOf(field).length === 0 && field.type !== 'file')
  const beyond = fields.flatMap(({ name: reference, target }) =>
    target === undefined ? [] : [`${reference}.name`, `${reference}.${target}_t0`],
  )
  const lists = world.objects
    .filter(({ isPlatform }) => !isPlatform)
    .flatMap((child) =>
      child.fields
        .filter((field) => targetsOf(field).includes(name))
        .map((field) => ({ child: child.name, field })),
    )
  return {
    template: `${name}_print`,
    paths: [
      'name',
      ...(master === undefined ? ['owner.name'] : []),
      ...plain.map((field) => field.name),
      ...beyond,
    ],
    lists: lists.slice(0, MOST_LISTS),
  }
}

/** A template that marks each value by its path, so that it is found again in what comes of it. */
export function printComponent(world: Pick<World, 'objects'>, object: WorldObject): RawComponent {
  const { template, paths, lists } = printoutOf(world, object)
  const rows = lists.map(({ child, field: { relationship } }) => {
    const cells = `{{id}}|{{name}}|{{${child}_n0}}`
    return `{{#each ${relationship}}}[[${relationship}:${cells}]]{{/each}}`
  })
  const related = lists.map(({ child, field: { relationship } }) => ({
    relationship,
    fields: ['name', `${child}_n0`],
  }))
  return {
    kind: 'template',
    name: template,
    definition: {
      label: `Print of ${object.name}`,
      type: 'print',
      object: object.name,
      ...(related.length === 0 ? {} : { related }),
      body: { 'en-US': [...paths.map((path) => `[[${path}:{{${path}}}]]`), ...rows].join('\n') },
    },
  }
}
