import { normaliseText } from './normalise-text.ts'
import type { FoundGroup } from './search-store.ts'
import { jaroWinkler } from './text-distance.ts'

/** Of a large group so many records are compared with each other. */
const MOST_COMPARED = 8

/** How alike the values of records are that were found to be one, and where all of them agree. */
export function rateGroup(
  fields: readonly string[],
  records: readonly { id: string; values: readonly (string | null)[] }[],
): FoundGroup {
  const rows = records.map(({ values }) => values.map((value) => normaliseText(value ?? '')))
  const agreed = fields.filter((_, at) => {
    const first = rows[0]?.[at] ?? ''
    return first !== '' && rows.every((row) => row[at] === first)
  })
  const compared = rows.slice(0, MOST_COMPARED)
  const likenesses = compared.flatMap((one, place) =>
    compared.slice(place + 1).flatMap((other) => likenessesOf(one, other)),
  )
  const sum = likenesses.reduce((total, likeness) => total + likeness, 0)
  const score = likenesses.length === 0 ? 0 : sum / likenesses.length
  return { records: records.map(({ id }) => id), score: Math.round(score * 1000) / 1000, agreed }
}

function likenessesOf(one: readonly string[], other: readonly string[]): number[] {
  return one.flatMap((mine, at) => {
    const theirs = other[at] ?? ''
    return mine === '' || theirs === '' ? [] : [jaroWinkler(mine, theirs)]
  })
}
