import { canonicalJson, type Component } from '@trellis/metamodel'

import { keepOrganization } from '../access/load-actor.ts'
import type { TestOutcome } from '../catalog/testing.ts'
import type { Transaction } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import { makeGiven } from './do-step.ts'
import { PlayedTest } from './played-test.ts'
import { runTest } from './run-test.ts'
import { Kept, type ScratchDatabase } from './scratch-database.ts'

/** How long tests may take. */
export interface TestLimits {
  /** One of them. */
  oneMs: number
  /** All of them together. */
  allMs: number
}

/** What tests are played on. */
interface Ground {
  tx: Transaction
  db: ScratchDatabase
  release: Release
}

/** Plays tests. Each sees its own records alone; what several of them begin with in the same words is made once. */
export async function playTests(
  ground: Ground,
  tests: readonly Component<'test'>[],
  limits: TestLimits,
): Promise<TestOutcome[]> {
  const players = new Players(ground, limits)
  await players.playApart(tests.map(prepare), { test: new PlayedTest(ground.db, ground.release) })
  return tests.map(({ name }) => players.outcomes.get(name) ?? notRun(name))
}

function notRun(name: string): TestOutcome {
  return { name, status: 'not_run', failures: [], ms: 0 }
}

/** A test with what it begins with as texts, so that equal beginnings are equal. */
interface Prepared {
  readonly test: Component<'test'>
  readonly given: readonly string[]
}

function prepare(test: Component<'test'>): Prepared {
  return { test, given: (test.definition.given ?? []).map((one) => canonicalJson(one)) }
}

/** How far tests have come together. */
interface Begun {
  readonly test: PlayedTest
  /** So many given records are made. */
  readonly made?: number
}

class Players {
  readonly outcomes = new Map<string, TestOutcome>()
  readonly #ground: Ground
  readonly #oneMs: number
  readonly #end: number

  constructor(ground: Ground, { oneMs, allMs }: TestLimits) {
    this.#ground = ground
    this.#oneMs = oneMs
    this.#end = performance.now() + allMs
  }

  /** Plays tests that have begun alike, and takes everything back to where they had come. */
  async playApart(tests: readonly Prepared[], begun: Begun): Promise<void> {
    const { tx, release } = this.#ground
    const putBack = keepOrganization(release)
    const isPlayed = await undoing(tx, () => this.#play(tests, begun))
    putBack()
    // What they share was refused, or took too long: each of them says so by itself.
    if (!isPlayed) for (const one of tests) await this.playApart([one], begun)
  }

  /** False if what they share could not be made. */
  async #play(tests: readonly Prepared[], { test, made = 0 }: Begun): Promise<boolean> {
    const [first, ...more] = tests
    if (!first) return true
    const played = new PlayedTest(this.#ground.db, this.#ground.release, test)
    if (more.length === 0) {
      await this.#playOne(first.test, { test: played, made })
      return true
    }
    const shared = first.given.findIndex((one, at) => more.some(({ given }) => given[at] !== one))
    const next = shared < 0 ? first.given.length : shared
    if (!(await this.#give(played, first.test, { made, next }))) return false
    // Those that begin with nothing more are played one by one.
    const groups = Map.groupBy(tests, ({ test: { name }, given }) => given[next] ?? ` ${name}`)
    for (const group of groups.values()) await this.playApart(group, { test: played, made: next })
    return true
  }

  async #give(
    played: PlayedTest,
    { definition: { given = [] } }: Component<'test'>,
    { made, next }: { made: number; next: number },
  ): Promise<boolean> {
    this.#ground.db.endAt(Math.min(this.#end, performance.now() + this.#oneMs))
    try {
      for (const one of given.slice(made, next)) await makeGiven(played, one)
      return true
    } catch {
      return false
    }
  }

  async #playOne(
    { name, definition }: Component<'test'>,
    { test, made = 0 }: Begun,
  ): Promise<void> {
    const from = performance.now()
    if (from > this.#end) return
    this.#ground.db.endAt(Math.min(this.#end, from + this.#oneMs))
    const failures = await runTest(test, definition, made)
    const status = failures.length === 0 ? 'passed' : 'failed'
    this.outcomes.set(name, { name, status, failures, ms: Math.round(performance.now() - from) })
  }
}

/** What work comes to, with everything that it has written undone. */
async function undoing<Result>(tx: Transaction, work: () => Promise<Result>): Promise<Result> {
  try {
    return await tx.savepoint(async (): Promise<Result> => {
      throw new Kept(await work())
    })
  } catch (error) {
    if (error instanceof Kept) return error.result as Result
    throw error
  }
}
