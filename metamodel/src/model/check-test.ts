import { type Expression, expressionReferences } from '../expression/index.ts'
import { type Component, MOST_TESTS, type TestExpectation } from '../kinds/index.ts'
import {
  requireDistinct,
  requireExpression,
  requireField,
  requireObject,
} from './check-references.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

type Test = Component<'test'>
type Values = Readonly<Record<string, unknown>>

/** What a test speaks of: the object of each record so far, by what it is called. */
interface Ground {
  test: Test
  model: Model
  problems: ProblemList
  records: Map<string, string>
}

/** A test names objects, fields, rules and records that are there, in an order in which it can be done. */
export function checkTest(test: Test, model: Model, problems: ProblemList): void {
  const { given = [], do: steps = [], expect } = test.definition
  const ground: Ground = { test, model, problems, records: new Map() }
  const made = [...given, ...steps.filter((step) => step.act === 'create')]
  requireDistinct(
    test,
    'given',
    made.map(({ record }) => record),
    problems,
  )
  given.forEach((one, index) => {
    checkMade(ground, one, `given.${index}`)
    ground.records.set(one.record, one.object)
  })
  steps.forEach((step, index) => {
    const path = `do.${index}`
    if (step.act === 'create') checkMade(ground, step, path)
    else checkRecord(ground, step, path)
    if (step.act === 'update') checkValues(ground, step, { path, isWritten: true })
    if (step.act === 'create') ground.records.set(step.record, step.object)
    checkActor(ground, step.as, path)
  })
  expect.forEach((one, index) => checkExpectation(ground, one, `expect.${index}`))
  checkRefusals(ground, expect, steps.length)
}

/** More tests than this would keep whoever publishes waiting. */
export function checkTestCount({ components }: Model, problems: ProblemList): void {
  const beyond = components.filter(({ kind }) => kind === 'test')[MOST_TESTS]
  if (!beyond) return
  problems.add(
    beyond,
    'too_many',
    '',
    `There are more than ${MOST_TESTS} tests`,
    `测试超过 ${MOST_TESTS} 个`,
  )
}

function checkMade(
  ground: Ground,
  made: { object: string; values: Values; as?: string },
  path: string,
): void {
  checkValues(ground, made, { path, isWritten: true })
  checkActor(ground, made.as, path)
}

function checkExpectation(ground: Ground, expected: TestExpectation, path: string): void {
  switch (expected.that) {
    case 'saved':
      checkRecord(ground, expected, path)
      checkValues(ground, expected, { path, isWritten: false })
      checkActor(ground, expected.as, path)
      return
    case 'hidden':
      checkRecord(ground, expected, path)
      checkActor(ground, expected.as, path)
      return
    case 'unreadable':
      checkField(ground, expected, path)
      checkActor(ground, expected.as, path)
      return
    case 'refused':
      checkField(ground, expected, path)
      checkRule(ground, expected, path)
      checkReason(ground, expected, path)
  }
}

/** Only the last step can be refused, and only once. */
function checkRefusals(
  { test, problems }: Ground,
  expect: readonly TestExpectation[],
  steps: number,
): void {
  const refusals = expect.filter(({ that }) => that === 'refused')
  if (refusals.length === 0) return
  if (steps === 0) {
    problems.add(
      test,
      'inert',
      'expect',
      'Nothing is done that could be refused',
      '没有可被拒绝的操作',
    )
  }
  if (refusals.length > 1) {
    problems.add(
      test,
      'duplicate_name',
      'expect',
      'The last step is refused once: say it in one expectation',
      '只有最后一步会被拒绝，请合并为一条预期',
    )
  }
}

/** A refusal for any reason at all would pass for the wrong one. */
function checkReason(
  { test, problems }: Ground,
  { rule, field, code }: { rule?: string; field?: string; code?: string },
  path: string,
): void {
  if ((rule ?? field ?? code) !== undefined) return
  problems.add(
    test,
    'inert',
    path,
    'Say by which rule, at which field or with which code',
    '请说明因哪条规则、在哪个字段或以哪个代码被拒绝',
  )
}

function checkField(
  { test, model, problems }: Ground,
  { object, field }: { object: string; field?: string },
  path: string,
): void {
  const found = requireObject(model, test, `${path}.object`, object, problems)
  if (found && field !== undefined) {
    requireField(found, test, `${path}.field`, field, problems)
  }
}

function checkRule(
  { test, model, problems }: Ground,
  { object, rule }: { object: string; rule?: string },
  path: string,
): void {
  if (rule === undefined) return
  const rules = model.components
    .filter(({ kind }) => kind === 'validation_rule' || kind === 'duplicate_rule')
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${object}.`))
    .map((name) => name.slice(object.length + 1))
  if (!rules.includes(rule)) problems.addMissing(test, `${path}.rule`, 'rule', rule, rules)
}

function checkRecord(
  { test, model, problems, records }: Ground,
  { object, record }: { object: string; record: string },
  path: string,
): void {
  if (!requireObject(model, test, `${path}.object`, object, problems)) return
  const made = records.get(record)
  if (made === undefined) {
    problems.addMissing(test, `${path}.record`, 'record', record, records.keys())
  } else if (made !== object) {
    problems.add(
      test,
      'wrong_object',
      `${path}.object`,
      `"${record}" is a record of ${made}`,
      `“${record}”是 ${made} 的记录`,
      made,
    )
  }
}

function checkActor(ground: Ground, as: string | undefined, path: string): void {
  if (as === undefined) return
  const { test, problems, records } = ground
  const users = [...records].filter(([, object]) => object === 'user').map(([name]) => name)
  if (!users.includes(as)) problems.addMissing(test, `${path}.as`, 'record', as, users)
}

function checkValues(
  ground: Ground,
  { object: name, values }: { object: string; values: Values },
  at: { path: string; isWritten: boolean },
): void {
  const { test, model, problems } = ground
  const object = requireObject(model, test, `${at.path}.object`, name, problems)
  if (!object) return
  for (const [key, value] of Object.entries(values)) {
    const path = `${at.path}.values.${key}`
    const field = requireField(object, test, path, key, problems)
    if (!field) continue
    if (at.isWritten && isNotSettable(field)) {
      problems.add(
        test,
        'read_only',
        path,
        `"${key}" is filled by the system`,
        `“${key}”由系统填写`,
      )
    }
    checkValue(ground, { object, field, value, path })
  }
}

// A file comes by an upload, which no test makes.
function isNotSettable({ isReadOnly, type }: FieldModel): boolean {
  return isReadOnly || type.fileLimits !== undefined
}

function checkValue(
  ground: Ground,
  given: { object: ObjectModel; field: FieldModel; value: unknown; path: string },
): void {
  const { field, value, path } = given
  const { test, problems } = ground
  if (value === null) return
  const targets = referredObjects(field)
  if (targets.length > 0) {
    checkReference(ground, { targets, value, path })
  } else if (isTestExpression(value)) {
    checkExpressionValue(ground, given)
  } else {
    const parsed = field.type.parse(value, field.options)
    if (!('fault' in parsed)) return
    const { message } = parsed.fault
    problems.add(test, 'wrong_value', path, message['en-US'], message['zh-CN'])
  }
}

/** The objects that a field may refer to; none of one that is no reference. */
export function referredObjects({ target, members }: FieldModel): readonly string[] {
  if (members) return members.flatMap((member) => member.target ?? [])
  return target === undefined ? [] : [target]
}

function checkReference(
  { test, problems, records }: Ground,
  { targets, value, path }: { targets: readonly string[]; value: unknown; path: string },
): void {
  const known = [...records].filter(([, object]) => targets.includes(object)).map(([name]) => name)
  const name = typeof value === 'string' ? value : JSON.stringify(value)
  if (!known.includes(name)) problems.addMissing(test, path, 'record', name, known)
}

/** Whether a value is worked out when the test runs: one operation, such as `{"today": []}`. */
export function isTestExpression(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const [operation, ...more] = Object.values(value)
  return more.length === 0 && Array.isArray(operation)
}

function checkExpressionValue(
  { test, model, problems }: Ground,
  { object, field, value, path }: Parameters<typeof checkValue>[1],
): void {
  const { fields } = expressionReferences(value as Expression)
  if (fields.length > 0) {
    problems.add(
      test,
      'not_here',
      path,
      'Only constants and dates can stand here, no fields',
      '此处只能使用常量和日期，不能引用字段',
    )
    return
  }
  const at = { ...test, path, use: 'record', expected: field.type.expressionType } as const
  requireExpression(model, object, at, value, problems)
}
