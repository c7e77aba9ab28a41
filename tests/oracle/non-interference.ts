import type { Caller } from '../support/test-server.ts'
import { checkApprovals } from './check-approvals.ts'
import { checkFiles } from './check-files.ts'
import { checkLists } from './check-lists.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkRecords } from './check-records.ts'
import { call, get } from './check.ts'
import { checkSurroundings } from './compare.ts'
import { type LoadedWorld, writeRows } from './load-world.ts'
import { makeAttempts } from './make-attempts.ts'
import { makeUnseenChange, type UnseenChange } from './make-change.ts'
import { Random } from './random.ts'
import { recordRow } from './rows-of.ts'
import { Rules } from './rules.ts'
import {
  holdingSteps,
  importSteps,
  isSaidOf,
  requestOf,
  type Step,
  upsertSteps,
} from './script-steps.ts'
import { View } from './view.ts'
import type { Asker, World, WorldRecord } from './world.ts'

/** A request that two worlds answer differently, though they look the same to who asks. */
export interface Interference {
  readonly seed: number
  readonly asker: Asker
  readonly request: string
  readonly before: string
  readonly after: string
}

/** What came of asking pairs of worlds. */
export interface Interferences {
  pairs: number
  requests: number
  readonly found: Interference[]
}

const SCRIPT = 12
const POOL = 60

/** Makes pairs of a world and of others that look the same to an asker, and asks both the same. */
export async function compareUnseen(
  loaded: LoadedWorld,
  result: Interferences,
  pairsEach: number,
): Promise<void> {
  const { world, callers } = loaded
  const rules = new Rules(world)
  for (const [index, asker] of world.askers.entries()) {
    const caller = callers[index]
    if (caller === undefined) continue
    const random = new Random(world.seed * 3000 + index)
    const view = new View(world, rules, asker)
    const pool = poolOf(loaded, { view, asker }, random)
    const known = new Map<Step, string>()
    for (let pair = 0; pair < pairsEach; pair++) {
      const change = makeUnseenChange(view, asker, random)
      if (change === undefined) continue
      const script = [
        ...Array.from({ length: SCRIPT }, () => random.pick(pool)),
        ...change.changed.slice(0, 2).map(aboutRecord),
      ].filter((step) => isSaidOf(step, view, change.view))
      const unknown = new Set(script).difference(known)
      const before = await answers(caller, script, known)
      await apply(loaded, change)
      const after = await answers(caller, script, new Map())
      await undo(loaded, change)
      result.pairs += 1
      result.requests += unknown.size + new Set(script).size
      result.found.push(...differing({ world, asker, script, before, after }))
    }
  }
}

function aboutRecord({ object, id }: WorldRecord): Step {
  return requestOf(get(`/api/v1/records/${object}/${id}`))
}

/** Requests on every surface, and writes that are refused whatever is unseen. */
function poolOf(
  loaded: LoadedWorld,
  { view, asker }: { readonly view: View; readonly asker: Asker },
  random: Random,
): Step[] {
  const objects = view.world.objects.map((object) => object.name)
  const reads = objects.flatMap((object) => [
    ...checkLists(view, object, random),
    ...checkRecords(view, object, random),
    ...checkSurroundings(view, object, random),
  ])
  const denied = makeAttempts(view, random, 25).filter(
    ({ verdict, surface }) =>
      surface !== 'upsert' && ['absent', 'refused', 'forbidden'].includes(verdict),
  )
  const pages = objects.flatMap((object) => [
    get(`/api/v1/records/${object}?limit=3&count=exact&sort=-name`),
    get(`/api/v1/records/${object}?limit=2&count=estimate`),
    call('POST', `/api/v1/records/${object}/aggregate`, { measures: [{ fn: 'count', as: 'n' }] }),
    get(`/api/v1/search?q=zq`),
  ])
  const files = [...checkFiles(view, random), ...checkApprovals(view, random)]
  const all = [...reads, ...files, ...checkMetadata(view), ...denied].map((one) => one.call)
  const asked = Array.from({ length: POOL }, () => random.pick(random.chance(0.2) ? pages : all))
  return [
    ...asked.map(requestOf),
    ...upsertSteps(view, random),
    ...importSteps(loaded, { view, asker }, random),
    ...holdingSteps(view, random),
  ]
}

async function answers(
  caller: Caller,
  script: readonly Step[],
  known: Map<Step, string>,
): Promise<string[]> {
  const given: string[] = []
  for (const one of script) {
    const answer = known.get(one) ?? (await one.ask(caller))
    known.set(one, answer)
    given.push(answer)
  }
  return given
}

interface Asked {
  readonly world: World
  readonly asker: Asker
  readonly script: readonly Step[]
  readonly before: readonly string[]
  readonly after: readonly string[]
}

function differing({ world, asker, script, before, after }: Asked): Interference[] {
  return script.flatMap((one, index): Interference[] => {
    const [first = '', second = ''] = [before[index], after[index]]
    if (first === second) return []
    const from = [...first].findIndex((letter, at) => letter !== second[at])
    const cut = (text: string): string => text.slice(Math.max(0, from - 120), from + 160)
    return [{ seed: world.seed, asker, request: one.name, before: cut(first), after: cut(second) }]
  })
}

async function apply(loaded: LoadedWorld, { changed, added }: UnseenChange): Promise<void> {
  await replace(loaded, [...changed, ...added])
}

async function undo(loaded: LoadedWorld, { changed, added }: UnseenChange): Promise<void> {
  const original = new Map(loaded.world.records.map((record) => [record.id, record]))
  await remove(loaded, added)
  await replace(
    loaded,
    changed.flatMap((record) => original.get(record.id) ?? []),
  )
}

async function replace(loaded: LoadedWorld, records: readonly WorldRecord[]): Promise<void> {
  await remove(loaded, records)
  for (const [object, some] of Map.groupBy(records, (record) => record.object)) {
    const rows = some.map((record) => recordRow(loaded.world, record))
    await writeRows(loaded.database, object, rows)
  }
}

async function remove({ database }: LoadedWorld, records: readonly WorldRecord[]): Promise<void> {
  for (const [object, some] of Map.groupBy(records, (record) => record.object)) {
    const ids = some.map((record) => record.id)
    await database.inTransaction(async (transaction) => {
      await transaction.execute('set local session_replication_role = replica')
      await transaction.execute(`delete from main."${object}" where id = any($1::uuid[])`, [ids])
    })
  }
}
