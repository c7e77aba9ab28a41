import type { Component, Model } from '@trellis/metamodel'
import { sql } from 'kysely'

import { digestComponents, type PublishTarget } from '../catalog/index.ts'
import type { Testing, TestOutcome, TestRun } from '../catalog/testing.ts'
import { DatabaseUnavailable, type Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import { makeScratch } from './make-scratch.ts'
import { playTests, type TestLimits } from './play-tests.ts'
import { onScratch } from './scratch-database.ts'

export type { TestLimits } from './play-tests.ts'

const USUAL_LIMITS: TestLimits = { oneMs: 5000, allMs: 60_000 }
/** A test may come out otherwise tomorrow: it may speak of today. */
const REMEMBERED_MS = 10 * 60_000
const MOST_REMEMBERED = 8
const MOST_SAID = 300

/**
 * Runs the tests of a model on empty tables of their own, made for it in a transaction that is never committed: what
 * people work with is neither locked nor read, nothing is sent, counted, found or left. One run at a time; what came of
 * one is known for ten minutes, so that a publish need not repeat what its plan has just tried.
 */
export class PackageTests implements Testing {
  readonly #target: Pick<PublishTarget, 'db' | 'schema'>
  readonly #limits: TestLimits
  readonly #known = new Map<string, { run: TestRun; until: number }>()
  #previous: Promise<unknown> = Promise.resolve()

  constructor(target: Pick<PublishTarget, 'db' | 'schema'>, limits: TestLimits = USUAL_LIMITS) {
    this.#target = target
    this.#limits = limits
  }

  recall(model: Model): TestRun | undefined {
    const tests = activeTests(model)
    if (tests.length === 0) return { outcomes: [], ms: 0 }
    const known = this.#known.get(digestComponents(model.components))
    return known && known.until > performance.now() ? known.run : undefined
  }

  run(model: Model): Promise<TestRun> {
    const run = this.#previous.then(() => this.recall(model) ?? this.#runAnew(model))
    this.#previous = run.catch(() => undefined)
    return run
  }

  async #runAnew(model: Model): Promise<TestRun> {
    const { db, schema } = this.#target
    const begun = performance.now()
    const tests = activeTests(model)
    let isMade = false
    try {
      const outcomes = await onScratch(db, async (scratch, tx) => {
        isMade = false
        const release = await makeScratch(tx, schema, model)
        isMade = true
        await setUp(tx, this.#limits.oneMs)
        return playTests({ tx, db: scratch, release }, tests, this.#limits)
      })
      const run = { outcomes, ms: Math.round(performance.now() - begun) }
      this.#remember(digestComponents(model.components), run)
      return run
    } catch (error) {
      if (isMade || error instanceof DatabaseUnavailable) throw error
      // Not kept: whoever mends the database is not to wait for it.
      return { outcomes: tests.map(({ name }) => notMade(name, error)), ms: 0 }
    }
  }

  #remember(key: string, run: TestRun): void {
    this.#known.delete(key)
    this.#known.set(key, { run, until: performance.now() + REMEMBERED_MS })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** A test without tables to run on. */
function notMade(name: string, error: unknown): TestOutcome {
  const said = error instanceof Error ? error.message : String(error)
  const text = message(
    `The tables for the tests could not be made: ${said.slice(0, MOST_SAID)}`,
    `无法创建测试所用的数据表：${said.slice(0, MOST_SAID)}`,
  )
  return { name, status: 'not_run', failures: [{ path: '', message: text }], ms: 0 }
}

function activeTests({ components }: Model): Component<'test'>[] {
  return components.filter(
    (one): one is Component<'test'> =>
      one.kind === 'test' && (one as Component<'test'>).definition.active !== false,
  )
}

/** No statement of a test goes on for long after its time is over, and none is planned twice: all tables are small. */
async function setUp(tx: Transaction, oneMs: number): Promise<void> {
  const most = String(oneMs + 1000)
  await tx.query(sql`select set_config('statement_timeout', ${most}, true),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true)`)
}
