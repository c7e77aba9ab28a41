import type { Answer, Caller } from '../support/test-server.ts'
import { checkLists } from './check-lists.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkAbsence, checkRecords } from './check-records.ts'
import { type Check, compareIds } from './check.ts'
import type { LoadedWorld } from './load-world.ts'
import { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View, type Wire } from './view.ts'
import type { Asker } from './world.ts'

/** A place where engine and rules do not agree. */
export interface Difference {
  readonly seed: number
  readonly surface: string
  readonly asker: Asker
  readonly request: string
  readonly problems: readonly string[]
}

/** What came of comparing. */
export interface Comparison {
  readonly decisions: Map<string, number>
  requests: number
  readonly differences: Difference[]
}

export function newComparison(): Comparison {
  return { decisions: new Map(), requests: 0, differences: [] }
}

export function decisionsOf({ decisions }: Comparison): number {
  return [...decisions.values()].reduce((sum, one) => sum + one, 0)
}

/** Asks every asker's questions of a world and compares each answer with what the rules say. */
export async function compareReads(
  { world, callers }: LoadedWorld,
  found: Comparison,
  isEnough: () => boolean = () => false,
): Promise<void> {
  const rules = new Rules(world)
  for (const [index, asker] of world.askers.entries()) {
    const caller = callers[index]
    if (caller === undefined || isEnough()) continue
    const parts = { asker, caller, found, view: new View(world, rules, asker) }
    const random = new Random(world.seed * 1000 + index)
    const objects = world.objects.map((object) => object.name)
    for (const object of objects) await comparePages(parts, object)
    for (const object of objects) await compareAbsence(parts, object, random)
    const checks = [
      ...objects.flatMap((object) => checkLists(parts.view, object, random)),
      ...objects.flatMap((object) => checkRecords(parts.view, object, random)),
      ...checkMetadata(parts.view),
    ]
    for (const check of checks) judge(parts, check, await caller.send(check.call))
  }
}

/** Who asks whom, and where it is kept what came of it. */
interface Parts {
  readonly view: View
  readonly asker: Asker
  readonly caller: Caller
  readonly found: Comparison
}

/** A record that is not seen answers as one that is not there, byte for byte. */
async function compareAbsence(parts: Parts, object: string, random: Random): Promise<void> {
  const { view, caller, found } = parts
  for (const [hidden, absent] of checkAbsence(view, object, random)) {
    const one = normalise(await caller.send(hidden))
    const other = normalise(await caller.send(absent))
    count(found, 'absence', 1)
    if (one !== other) report(parts, 'absence', hidden.url, [`${one} is not ${other}`])
  }
}

async function comparePages(parts: Parts, object: string): Promise<void> {
  const { view, caller, found } = parts
  if (!view.mayRead(object)) return
  for (const sort of ['', '&sort=-created_at', '&sort=id']) {
    const problems = await walkPages(caller, view, { object, sort })
    count(found, 'pages', view.recordsOf(object).length)
    if (problems.length > 0) report(parts, 'pages', `${object} ${sort}`, problems)
  }
}

/** Follows the cursors of a list in small pages, which the server may find in another way than a whole list. */
async function walkPages(
  caller: Caller,
  view: View,
  { object, sort }: { readonly object: string; readonly sort: string },
): Promise<string[]> {
  const ids: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer: Answer = await caller.get(`/api/v1/records/${object}?limit=9${sort}${next}`)
    if (answer.status !== 200) return [`${answer.status} ${answer.text.slice(0, 200)}`]
    ids.push(...(answer.body.records as Wire[]).map((wire) => wire['id']))
    cursor = answer.body.next_cursor as string | null
  }
  const expected = view.readable(object).map((record) => record.id)
  return compareIds(expected, ids)
}

function judge(parts: Parts, check: Check, answer: Answer): void {
  const { view, found } = parts
  const { surface, call, decisions } = check
  count(found, surface, decisions)
  found.requests += 1
  const request = `${call.method ?? 'GET'} ${call.url} ${String(call.payload ?? '')}`
  const leaks = view.leaks(answer.text, request).map((token) => `tells ${token}`)
  const problems = [...check.judge(answer), ...leaks]
  if (problems.length > 0) report(parts, surface, request, problems)
}

function report(
  { view, asker, found }: Parts,
  surface: string,
  request: string,
  problems: readonly string[],
): void {
  const { seed } = view.world
  found.differences.push({ seed, surface, asker, request, problems: problems.slice(0, 5) })
}

export function count({ decisions }: Comparison, surface: string, more: number): void {
  decisions.set(surface, (decisions.get(surface) ?? 0) + more)
}

/** An answer without what is random by design: the id of the request. */
export function normalise({ status, headers, text }: Answer): string {
  const kept = Object.entries(headers).filter(([name]) => !['date', 'x-request-id'].includes(name))
  return `${status} ${JSON.stringify(kept)} ${text.replace(/"instance":"[^"]*"/, '')}`
}
