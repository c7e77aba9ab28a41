import { type Check, compareIds, expectStatus, get } from './check.ts'
import { pairsOf } from './make-searches.ts'
import type { View, Wire } from './view.ts'
import type { WorldSearch } from './world.ts'

/**
 * Whether somebody may look through what a search has found: it is theirs and they come with all of their rights, they
 * work with the records, and may know what was compared.
 */
export function seesSearch(
  { rules, actor }: View,
  { object, fields, startedBy }: WorldSearch,
): boolean {
  const isTheirs = startedBy === actor.user.id && actor.parts.length === 1
  const isKnown = fields.every((field) => rules.isTold(actor, object, field))
  return isTheirs && rules.may(actor, 'edit', object) && isKnown
}

/** The records of a group that somebody sees. */
export function membersSeen(view: View, records: readonly string[]): string[] {
  return records.filter((id) => {
    const record = view.rules.record(id)
    return record !== undefined && view.rules.canRead(view.actor, record)
  })
}

/** Searches for duplicates, and the groups that they found. */
export function checkDuplicates(view: View, object: string): Check[] {
  const own = view.world.searches.filter((search) => search.object === object)
  const mayEdit = view.rules.may(view.actor, 'edit', object)
  const list: Check = {
    surface: 'duplicates',
    call: get(`/api/v1/duplicate-searches?object=${object}`),
    decisions: 1,
    judge: (answer) => {
      const status = expectStatus(answer, mayEdit ? 200 : 403)
      if (status.length > 0 || !mayEdit) return status
      const seen = own.filter((search) => seesSearch(view, search)).map(({ id }) => id)
      return compareIds(
        seen,
        (answer.body.searches as Wire[]).map(({ id }) => id),
      )
    },
  }
  return [list, ...own.map((search) => groupsOf(view, search))]
}

function groupsOf(view: View, search: WorldSearch): Check {
  const isSeen = seesSearch(view, search)
  const distinct = new Set(view.world.distinct.map((pair) => pair.join()))
  return {
    surface: 'duplicates',
    call: get(`/api/v1/duplicate-searches/${search.id}/groups?limit=100`),
    decisions: isSeen ? search.groups.flatMap(({ records }) => records).length : 1,
    judge: (answer) => {
      const status = expectStatus(answer, isSeen ? 200 : 404)
      if (status.length > 0 || !isSeen) return status
      const given = answer.body.groups as { id: string; records: Wire[] }[]
      const expected = search.groups
        .map(({ id, records }) => ({ id, seen: membersSeen(view, records) }))
        .filter(({ seen }) => pairsOf(seen).some((pair) => !distinct.has(pair.join())))
      return [
        ...compareIds(
          expected.map(({ id }) => id),
          given.map(({ id }) => id),
        ),
        ...expected.flatMap(({ id, seen }) => {
          const group = given.find((one) => one.id === id)
          return compareIds(seen, group?.records.map((record) => record['id']) ?? [])
        }),
      ]
    },
  }
}
