import type { Message, TestDefinition } from '@trellis/metamodel'

import type { TestOutcome } from '../catalog/testing.ts'
import { hasSqlState } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { doStep, makeGiven } from './do-step.ts'
import { findMissed, describeRefusal } from './find-missed.ts'
import type { PlayedTest } from './played-test.ts'
import { Kept, OutOfTime } from './scratch-database.ts'

type Failures = TestOutcome['failures'][number][]

/**
 * Plays a test through.
 * @param made so many of its given records are there already
 * @returns what came otherwise than expected; nothing if all is as it should be
 */
export async function runTest(
  test: PlayedTest,
  definition: TestDefinition,
  made: number,
): Promise<Failures> {
  let path = ''
  try {
    for (const [index, given] of (definition.given ?? []).entries()) {
      if (index < made) continue
      path = `given.${index}`
      await makeGiven(test, given)
    }
    path = 'do'
    const refusal = await doSteps(test, definition)
    if (refusal && 'path' in refusal) return [refusal]
    path = 'expect'
    const missed = await checkAll(test, definition, refusal?.error)
    return missed.map((one) => ({ ...one, ...incomplete(refusal?.error) }))
  } catch (error) {
    return [{ path, message: faultOf(error, path), ...incomplete(error) }]
  }
}

type Stopped = { error: RequestError } | Failures[number]

/** Does what is to be done: the last step may be refused, if that is expected. */
async function doSteps(
  test: PlayedTest,
  { do: steps = [], expect }: TestDefinition,
): Promise<Stopped | undefined> {
  const mayBeRefused = expect.some(({ that }) => that === 'refused')
  for (const [index, step] of steps.entries()) {
    const isTried = mayBeRefused && index === steps.length - 1
    const act = (): Promise<void> => doStep(test, step)
    try {
      await (isTried ? test.db.undoneIfRefused(act) : act())
    } catch (error) {
      if (isTried && error instanceof RequestError) return { error }
      const path = `do.${index}`
      return { path, message: faultOf(error, path), ...incomplete(error) }
    }
  }
  return undefined
}

async function checkAll(
  test: PlayedTest,
  { expect }: TestDefinition,
  refusal: RequestError | undefined,
): Promise<Failures> {
  const failures: Failures = []
  for (const [index, expected] of expect.entries()) {
    const found = await findMissed(test, expected, refusal)
    failures.push(...found.map((one) => ({ path: `expect.${index}`, message: one })))
  }
  return failures
}

/** Says so of what was refused for nothing but values that are required. */
function incomplete(error: unknown): Pick<Failures[number], 'isIncomplete'> {
  const failures = (error instanceof RequestError && error.details.failures) || []
  const lacksOnly = failures.length > 0 && failures.every(({ code }) => code === 'required')
  return lacksOnly ? { isIncomplete: true } : {}
}

/** What went wrong before anything was to be compared, with its place. */
function faultOf(error: unknown, path: string): Message {
  if (error instanceof Kept) throw error
  if (error instanceof OutOfTime || hasSqlState(error, '57014')) {
    return message('It took too long', '用时过长')
  }
  const place = placeOf(path)
  const said =
    error instanceof RequestError
      ? describeRefusal(error)
      : message(String(error).slice(0, 300), String(error).slice(0, 300))
  return message(
    `${place['en-US']} was refused: ${said['en-US']}`,
    `${place['zh-CN']}被拒绝：${said['zh-CN']}`,
  )
}

/** `given.0`: what the first record is called to people. */
function placeOf(path: string): Message {
  const [part = '', index = '0'] = path.split('.')
  const number = Number(index) + 1
  if (part === 'given') return message(`Given record ${number}`, `第 ${number} 条前提记录`)
  if (part === 'do') return message(`Step ${number}`, `第 ${number} 步`)
  return message('An expectation', '预期')
}
