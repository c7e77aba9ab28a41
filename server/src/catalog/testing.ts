import type { Message, Model, ModelChange } from '@trellis/metamodel'

import { message } from '../errors.ts'
import type { Finding } from './obstacle.ts'

/** What was expected and what came, or why it did not come to that. */
export interface TestFailure {
  path: string
  message: Message
  /** A record lacks nothing but values that are required: the test says nothing, for or against. */
  isIncomplete?: true
}

/** What became of one test of the package. */
export interface TestOutcome {
  name: string
  /** `not_run`: the tests together took too long, or there was nothing to run them on. */
  status: 'passed' | 'failed' | 'not_run'
  /**
   * What was expected and what came, each with its place in the definition; none of one that passed. Of one that was
   * not run: why, unless there was no time.
   */
  failures: readonly TestFailure[]
  ms: number
}

/** What became of the tests of a model. */
export interface TestRun {
  outcomes: readonly TestOutcome[]
  /** Making the tables and running all of them. */
  ms: number
}

/** Runs the tests that a model has on records of their own, which nobody sees and nothing is left of. */
export interface Testing {
  /** What became of them a moment ago; undefined if nobody knows. */
  recall(model: Model): TestRun | undefined
  /** Runs them, or tells what became of them a moment ago. */
  run(model: Model): Promise<TestRun>
}

/** Thrown out of the transaction of a publish, so that tests are run while nobody waits for it. */
export class Untested extends Error {
  readonly model: Model

  constructor(model: Model) {
    super('The tests of this model have not been run')
    this.model = model
  }
}

/** Kinds that say how something looks, and properties that are words: no test can tell the difference. */
const LOOKS: ReadonlySet<string> = new Set([
  'page_layout',
  'record_page',
  'list_view',
  'dashboard',
  'template',
])
const WORDS: ReadonlySet<string> = new Set(['label', 'plural', 'description', 'help', 'icon'])

/** What is typed in and nothing follows from: no default, no computation, nothing that is kept apart or looked up. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'text',
  'long_text',
  'number',
  'percent',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
])
const PLAIN_PROPERTIES: ReadonlySet<string> = new Set([...WORDS, 'type', 'scale', 'max_length'])

/** Whether a test could come out otherwise after these changes. */
export function needsTests(changes: readonly ModelChange[]): boolean {
  return changes.some((change) => !LOOKS.has(change.kind) && !isWords(change) && !isPlain(change))
}

function isWords({ op, properties }: ModelChange): boolean {
  return op === 'changed' && properties.every(({ path }) => WORDS.has(path.split('.')[0] ?? ''))
}

/**
 * A field that is only there: empty on every record of every test, since what would fill it or ask for it (a test, a
 * rule, a right, a formula) names it, and so is a change too.
 */
function isPlain({ kind, op, new: definition }: ModelChange): boolean {
  if (kind !== 'field' || op !== 'added') return false
  const { type } = definition as { type: string }
  const properties = Object.keys(Object(definition))
  return PLAIN_TYPES.has(type) && properties.every((property) => PLAIN_PROPERTIES.has(property))
}

/**
 * What failing tests have against a publish. Whoever wants it all the same changes the test, or switches it off. One
 * whose records lack what has become required does not stand in the way: packages cannot know what customers require.
 */
export function findFailedTests({ outcomes }: TestRun): Finding[] {
  const failed = outcomes.filter(({ status }) => status === 'failed')
  const left = outcomes.filter(({ status }) => status === 'not_run')
  const findings = failed.map(({ name, failures }) => ({
    ...finding('test_failed', name),
    ...(failures.some((one) => one.isIncomplete) ? ({ severity: 'warning' } as const) : {}),
    message: {
      'en-US': failures.map((one) => one.message['en-US']).join('; '),
      'zh-CN': failures.map((one) => one.message['zh-CN']).join('；'),
    },
  }))
  const [first] = left
  return first ? [...findings, notRun(first, left.length)] : findings
}

/** Tests for which there was no time, or nothing to run them on. */
function notRun({ name, failures: [why] }: TestOutcome, count: number): Finding {
  if (why) return { ...finding('tests_not_run', name), message: why.message, count }
  const tooLong = message(
    `The tests took too long: ${count} were not run. Switch some off, or make them smaller.`,
    `测试用时过长，有 ${count} 个未运行，请停用或精简部分测试`,
  )
  return { ...finding('tests_too_long', name), message: tooLong, count }
}

function finding(code: string, name: string): Omit<Finding, 'message'> {
  return { code, severity: 'error', kind: 'test', name }
}
