import type { Answer, Caller } from '../support/test-server.ts'
import { checkApprovals } from './check-approvals.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkExports } from './check-exports.ts'
import { checkFiles } from './check-files.ts'
import { checkHoldings } from './check-holdings.ts'
import { checkLists, compareOrder, SORTABLE } from './check-lists.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkBin } from './check-past.ts'
import { checkAbsence, checkRecords } from './check-records.ts'
import { type Check, compareIds, expectStatus } from './check.ts'
import { inOrder, keysOf } from './in-order.ts'
import type { LoadedWorld } from './load-world.ts'
import { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View, type Wire } from './view.ts'
import { objectOf } from './world-parts.ts'
import type { Asker, WorldField } from './world.ts'

/** A question that decides about so many is worth asking more often. */
const MANY_DECISIONS = 40

/** What there is less of to ask. */
const SELDOM = new Set([
  'approvals',
  'bin',
  'duplicates',
  'export',
  'files',
  'as-of',
  'history',
  'holdings',
  'meta',
  'print',
])

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
    for (const object of random.some(objects, 0.4)) await comparePages(parts, object, random)
    for (const object of objects) await compareAbsence(parts, object, random)
    const checks = [
      ...objects.flatMap((object) => checkLists(parts.view, object, random)),
      ...objects.flatMap((object) => checkRecords(parts.view, object, random)),
      ...objects.flatMap((object) => checkSurroundings(parts.view, object, random)),
      ...checkFiles(parts.view, random),
      ...checkApprovals(parts.view, random),
      ...checkHoldings(parts.view, random),
      ...checkMetadata(parts.view),
    ]
    for (const check of checks.filter((one) => random.chance(weightOf(one)))) {
      judge(parts, check, await caller.send(check.call))
    }
  }
}

/** What else is told of an object's records: the recycle bin, files of lists, what may be there twice. */
export function checkSurroundings(view: View, object: string, random: Random): Check[] {
  if (!view.mayRead(object) || objectOf(view.world, object).isPlatform) return []
  return [
    checkBin(view, object),
    ...checkExports(view, object, random),
    ...checkDuplicates(view, object),
  ]
}

/** How likely a question is asked: each costs about the same, and some decide about more than others. */
function weightOf({ surface, decisions }: Check): number {
  if (surface === 'list') return 1
  if (SELDOM.has(surface)) return 0.4
  return decisions < MANY_DECISIONS ? 0.1 : 0.25
}

/** Who asks whom, and where it is kept what came of it. */
export interface Parts {
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
    found.requests += 2
    count(found, 'absence', 1)
    if (one !== other) report(parts, 'absence', hidden.url, [`${one} is not ${other}`])
  }
}

async function comparePages(parts: Parts, object: string, random: Random): Promise<void> {
  const { view, caller, found } = parts
  if (!view.mayRead(object)) return
  const field = random.chance(0.6) ? pickSorting(view, object, random) : undefined
  const direction = random.pick(['asc', 'desc'] as const)
  const usual = random.pick(['', '&sort=-created_at', '&sort=created_at', '&sort=id'])
  const sort = field ? `&sort=${direction === 'asc' ? '' : '-'}${field.name}` : usual
  const url = `/api/v1/records/${object}?limit=${random.between(9, 40)}${sort}`
  const keys = field && keysOf(view, view.readable(object), field)
  const order = keys && inOrder(keys, direction)
  const { problems, requests } = await walkPages(caller, view, { object, url, order })
  found.requests += requests
  count(found, 'pages', view.recordsOf(object).length)
  if (problems.length > 0) report(parts, 'pages', url, problems)
}

function pickSorting(view: View, object: string, random: Random): WorldField | undefined {
  const isSorted = ({ name, type, target }: WorldField): boolean =>
    SORTABLE.has(type) && view.isTold(object, target === undefined ? name : `${name}.name`)
  return random.maybe(view.fieldsOf(object).filter(isSorted), 1) ?? undefined
}

/** Follows the cursors of a list in small pages, which the server may find in another way than a whole list. */
async function walkPages(
  caller: Caller,
  view: View,
  { object, url, order }: Walk,
): Promise<{ problems: string[]; requests: number }> {
  const ids: unknown[] = []
  let requests = 0
  let cursor: string | null = ''
  while (cursor !== null) {
    const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer: Answer = await caller.get(`${url}${next}`)
    requests += 1
    const problems = expectStatus(answer, 200)
    if (problems.length > 0) return { problems, requests }
    ids.push(...(answer.body.records as Wire[]).map((wire) => wire['id']))
    cursor = answer.body.next_cursor as string | null
  }
  const expected = view.readable(object).map((record) => record.id)
  const wrong = compareIds(expected, ids)
  const isSorted = wrong.length > 0 || order === undefined
  return { problems: isSorted ? wrong : compareOrder(order, ids), requests }
}

interface Walk {
  readonly object: string
  readonly url: string
  /** The order that it is to have, where one is known. */
  readonly order: readonly string[] | undefined
}

function judge(parts: Parts, check: Check, answer: Answer): void {
  const { view, found } = parts
  const { surface, call, decisions, tells } = check
  count(found, surface, decisions)
  found.requests += 1
  const request = `${call.method ?? 'GET'} ${call.url} ${String(call.payload ?? '')}`
  const leaks = view
    .leaks(answer.text, `${request} ${(tells ?? []).join(' ')}`)
    .map((token) => `tells ${token}`)
  const problems = [...check.judge(answer), ...leaks]
  if (problems.length > 0) report(parts, surface, request, problems)
}

export function report(
  { view, asker, found }: Omit<Parts, 'caller'>,
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
