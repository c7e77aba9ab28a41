import { isComputed } from './computed-values.ts'
import type { Random } from './random.ts'
import type { World, WorldObject, WorldRecord, WorldSearch, WorldUser } from './world.ts'

/** Rules that find numbers twice, searches for duplicates that are done, and pairs that were said to be none. */
export function makeDuplicates(
  random: Random,
  objects: readonly WorldObject[],
  records: readonly WorldRecord[],
  users: readonly WorldUser[],
): Pick<World, 'duplicateRules' | 'searches' | 'distinct'> {
  const searches = objects.flatMap((object) => {
    const own = records.filter((record) => record.object === object.name)
    const askers = own.length > 3 ? random.some(users, 0.3) : []
    return askers.map(({ id }) => makeSearch(random, object, { own, startedBy: id }))
  })
  const groups = searches.flatMap((search) => search.groups)
  const distinct = random.some(groups, 0.3).flatMap((group) => pairsOf(group.records))
  const unique = new Map(distinct.map((pair) => [pair.join(), pair]))
  return {
    searches,
    distinct: [...unique.values()],
    duplicateRules: random.some(objects, 0.4).map(({ name: object }) => ({
      object,
      name: 'twins',
      definition: {
        label: 'Twins',
        match: [
          { field: `${object}_n0`, method: 'exact' as const },
          { field: `${object}_n1`, method: 'exact' as const },
        ],
        on_create: 'warn' as const,
        on_update: 'warn' as const,
        ...(random.chance(0.3) ? { tells: 'existence' as const } : {}),
        message: 'There is such a record',
      },
    })),
  }
}

function makeSearch(
  random: Random,
  { name: object, fields }: WorldObject,
  { own, startedBy }: { own: readonly WorldRecord[]; startedBy: string },
): WorldSearch {
  const compared = fields.filter(
    (field) => !isComputed(field) && ['text', 'number', 'date', 'email'].includes(field.type),
  )
  const chosen = random.some(compared, 0.4).map(({ name }) => name)
  return {
    id: random.id(),
    object,
    startedBy,
    fields: ['name', ...chosen],
    groups: Array.from({ length: random.between(2, 8) }, () => ({
      id: random.id(),
      score: random.between(0, 1000) / 1000,
      agreed: random.some(chosen, 0.5),
      records: [
        ...new Set(Array.from({ length: random.between(2, 5) }, () => random.pick(own).id)),
      ],
    })),
  }
}

/** Every pair of some ids, the lesser first. */
export function pairsOf(ids: readonly string[]): [string, string][] {
  const inOrder = ids.toSorted()
  return inOrder.flatMap((one, at) =>
    inOrder.slice(at + 1).map((other): [string, string] => [one, other]),
  )
}
