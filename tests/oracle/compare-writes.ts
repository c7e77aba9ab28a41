import type { Answer } from '../support/test-server.ts'
import type { Attempt } from './attempt.ts'
import { compareHandOvers } from './compare-hand-over.ts'
import { compareImport } from './compare-imports.ts'
import { type Comparison, count, normalise, type Parts, report } from './compare.ts'
import { TableGuard } from './guard-tables.ts'
import type { LoadedWorld } from './load-world.ts'
import { makeAttempts } from './make-attempts.ts'
import { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View } from './view.ts'

/**
 * Lets every asker try to write and compares what becomes of it with what the rules say. What is denied leaves every
 * table as it was; what is done is undone, so that every attempt meets the same world.
 */
export async function compareWrites(
  loaded: LoadedWorld,
  found: Comparison,
  { attemptsEach, isEnough = () => false }: { attemptsEach: number; isEnough?: () => boolean },
): Promise<void> {
  const { world, callers, database } = loaded
  const rules = new Rules(world)
  const guard = await TableGuard.start(database)
  for (const [index, asker] of world.askers.entries()) {
    const caller = callers[index]
    if (caller === undefined || isEnough()) continue
    const random = new Random(world.seed * 2000 + index)
    const view = new View(world, rules, asker)
    const attempts = makeAttempts(view, random, attemptsEach)
    const parts = { view, asker, caller, found }
    const writes = ({ verdict, surface }: Attempt): boolean =>
      verdict === 'done' && surface !== 'preview'
    const others = attempts.filter((attempt) => !writes(attempt))
    for (const attempt of others) await tryOne(parts, attempt)
    count(found, 'untouched tables', others.length)
    if (!(await guard.isUntouched())) {
      report(parts, 'untouched tables', '', ['a denied write, or a preview, changed a table'])
      await guard.restore()
    }
    for (const attempt of attempts.filter(writes)) {
      await tryOne(parts, attempt)
      await guard.restore()
    }
    await compareImport({ ...parts, loaded, guard }, random)
  }
  await compareHandOvers({ loaded, guard, found, isEnough })
}

async function tryOne(parts: Parts, attempt: Attempt): Promise<void> {
  const { caller, found } = parts
  const answer = await caller.send(attempt.call)
  found.requests += 1
  count(found, attempt.surface, 1)
  const request = `${String(attempt.call.method)} ${attempt.call.url} ${String(attempt.call.payload ?? '')}`
  const tells = attempt.verdict === 'done' ? String(attempt.tells) : ''
  const leaks = leaksOf(parts, attempt, { text: answer.text, request: `${request} ${tells}` })
  const status = outcomeOf(attempt, answer)
  const wrong = attempt.judgeAll?.(answer) ?? judge(attempt, status, answer)
  const inside = attempt.verdict === 'done' && wrong.length === 0 ? attempt.judge?.(answer) : []
  const problems = [...wrong, ...(inside ?? []), ...leaks]
  if (problems.length > 0) report(parts, attempt.surface, request, problems)
  const isAlike = attempt.verdict === 'absent' || attempt.isBlind === true
  if (!isAlike || attempt.twin === undefined) return
  const twin = await caller.send(attempt.twin)
  found.requests += 1
  count(found, 'absence', 1)
  if (normalise(answer) !== normalise(twin)) {
    const [one, other] = [answer, twin].map(
      ({ status: given, text }) => `${given} ${text.slice(0, 200)}`,
    )
    report(parts, 'absence', request, [`${one} is not ${other}`])
  }
}

/** What an answer tells that may not be told; what is done may have brought something into view. */
function leaksOf(
  { view, asker }: Parts,
  { verdict, next }: Attempt,
  { text, request }: { readonly text: string; readonly request: string },
): string[] {
  const leaks = view.leaks(text, request)
  if (leaks.length === 0 || verdict !== 'done') return leaks.map((token) => `tells ${token}`)
  const others = view.world.records.filter((record) => record.id !== next.id)
  const world = { ...view.world, records: [...others, next] }
  const after = new View(world, new Rules(world), asker).leaks(text, request)
  return leaks.filter((token) => after.includes(token)).map((token) => `tells ${token}`)
}

/** The status of the attempt itself, also where it is wrapped. */
function outcomeOf({ surface, call: { url } }: Attempt, answer: Answer): number {
  if (url.endsWith('/batch') && answer.status === 200) {
    return Number(answer.body.results?.[0]?.status)
  }
  if (surface === 'preview' && answer.status === 200) {
    return (answer.body.errors as unknown[]).length === 0 ? 200 : 422
  }
  return answer.status
}

function judge({ verdict, call: { method } }: Attempt, status: number, answer: Answer): string[] {
  const isDone = status >= 200 && status < 300
  const isDenied = status >= 400 && status < 500
  if (verdict === 'led') {
    return [308, 403, 409].includes(status) ? [] : [`${status} instead of leading on`]
  }
  const isRight =
    verdict === 'done' ? isDone : isDenied && (verdict !== 'absent' || [403, 404].includes(status))
  return isRight
    ? []
    : [
        `${verdict}, but ${String(method)} answers ${status}: ${answer.text.slice(0, 150)} … ${answer.text.slice(-300)}`,
      ]
}
