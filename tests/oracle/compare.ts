import type { Answer } from '../support/test-server.ts'
import { checkLists } from './check-lists.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkAbsence, checkRecords } from './check-records.ts'
import type { Check } from './check.ts'
import type { LoadedWorld } from './load-world.ts'
import { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View } from './view.ts'
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
  return [...decisions.values()].reduce((sum, count) => sum + count, 0)
}

/** Asks every asker's questions of a world and compares each answer with what the rules say. */
export async function compareReads(loaded: LoadedWorld, found: Comparison): Promise<void> {
  const { world, callers } = loaded
  const rules = new Rules(world)
  for (const [index, asker] of world.askers.entries()) {
    const random = new Random(world.seed * 1000 + index)
    const view = new View(world, rules, asker)
    const objects = world.objects.map((object) => object.name)
    const checks = [
      ...objects.flatMap((object) => checkLists(view, object, random)),
      ...objects.flatMap((object) => checkRecords(view, object, random)),
      ...checkMetadata(view),
    ]
    for (const check of checks) {
      const answer = await callers[index]?.send(check.call)
      if (answer !== undefined) record(found, { view, asker, check, answer })
    }
    for (const object of objects) {
      for (const pair of checkAbsence(view, object, random)) {
        const [hidden, absent] = await Promise.all(pair.map((call) => callers[index]?.send(call)))
        if (hidden === undefined || absent === undefined) continue
        count(found, 'absence', 1)
        const [one, other] = [hidden, absent].map((answer) => normalise(answer))
        if (one === other) continue
        const problems = [`${one} is not ${other}`]
        found.differences.push(differenceOf(view, asker, 'absence', pair[0].url, problems))
      }
    }
  }
}

interface Judged {
  readonly view: View
  readonly asker: Asker
  readonly check: Check
  readonly answer: Answer
}

function record(found: Comparison, { view, asker, check, answer }: Judged): void {
  const { surface, call, decisions } = check
  count(found, surface, decisions)
  found.requests += 1
  const request = `${call.method ?? 'GET'} ${call.url} ${String(call.payload ?? '')}`
  const leaks = view.leaks(answer.text, request).map((token) => `tells ${token}`)
  const problems = [...check.judge(answer), ...leaks]
  if (problems.length > 0) {
    found.differences.push(differenceOf(view, asker, surface, request, problems))
  }
}

function differenceOf(
  view: View,
  asker: Asker,
  surface: string,
  request: string,
  problems: readonly string[],
): Difference {
  return { seed: view.world.seed, surface, asker, request, problems: problems.slice(0, 5) }
}

export function count({ decisions }: Comparison, surface: string, more: number): void {
  decisions.set(surface, (decisions.get(surface) ?? 0) + more)
}

/** An answer without what is random by design: the id of the request. */
export function normalise({ status, headers, text }: Answer): string {
  const kept = Object.entries(headers).filter(([name]) => !['date', 'x-request-id'].includes(name))
  return `${status} ${JSON.stringify(kept)} ${text.replace(/"instance":"[^"]*"/, '')}`
}
