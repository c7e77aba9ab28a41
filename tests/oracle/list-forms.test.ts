import { expect, it } from 'vitest'

import { createDatabase } from '../support/index.ts'
import type { Caller } from '../support/test-server.ts'
import { type LoadedWorld, loadWorld } from './load-world.ts'
import { makeWorld, SMALL } from './make-world.ts'

const SEEDS = [11, 12, 13]

// A third key changes nothing after the id, and makes the server walk all rows instead of looking for the reader's.
const SOUGHT = { desc: '-created_at', asc: 'created_at,id' } as const
const WALKED = { desc: '-created_at,-id,-version', asc: 'created_at,id,version' } as const

it('a list has the same records in the same order, whether they are looked for or walked to', async () => {
  let compared = 0
  for (const seed of SEEDS) {
    await using world = await openWorld(seed)
    for (const [index, caller] of world.loaded.callers.entries()) {
      for (const object of world.objects) {
        for (const direction of ['desc', 'asc'] as const) {
          const sought = await pagesOf(caller, object, SOUGHT[direction])
          const walked = await pagesOf(caller, object, WALKED[direction])
          const place = { seed, index, object, direction }
          expect({ ...place, ids: sought }).toEqual({ ...place, ids: walked })
          compared += walked.length
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(300)
}, 300_000)

async function openWorld(
  seed: number,
): Promise<{ loaded: LoadedWorld; objects: string[] } & AsyncDisposable> {
  const world = makeWorld(seed, SMALL)
  const prepared = await createDatabase({ template: 'migrated' })
  const loaded = await loadWorld(world, prepared)
  const objects = world.objects.map(({ name }) => name)
  return {
    loaded,
    objects,
    [Symbol.asyncDispose]: async () => {
      await loaded.stop()
      await prepared.database.close()
    },
  }
}

/** The ids of all records of a list, page by page; or how it was refused. */
async function pagesOf(caller: Caller, object: string, sort: string): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const further: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await caller.get(
      `/api/v1/records/${object}?select=id&limit=3&sort=${sort}${further}`,
    )
    if (answer.status !== 200) return [String(answer.status)]
    const page = answer.body as { records: { id: string }[]; next_cursor: string | null }
    ids.push(...page.records.map(({ id }) => id))
    cursor = page.next_cursor
  }
  return ids
}
