import {
  canonicalJson,
  type FieldModel,
  localize,
  type Message,
  referredObjects,
  type TestExpectation,
} from '@trellis/metamodel'

import { ERRORS, type Failure, message, type RequestError } from '../errors.ts'
import { getRecord } from '../query/index.ts'
import type { PlayedTest } from './played-test.ts'

type Expected<That extends TestExpectation['that']> = Extract<TestExpectation, { that: That }>

/** What an expectation has against what came; nothing if it is met. */
export async function findMissed(
  test: PlayedTest,
  expected: TestExpectation,
  refusal: RequestError | undefined,
): Promise<Message[]> {
  switch (expected.that) {
    case 'refused':
      return checkRefused(test, expected, refusal)
    case 'saved':
      return checkSaved(test, expected)
    case 'hidden':
      return checkHidden(test, expected)
    case 'unreadable':
      return checkUnreadable(test, expected)
  }
}

function checkRefused(
  test: PlayedTest,
  expected: Expected<'refused'>,
  refusal: RequestError | undefined,
): Message[] {
  const { object, rule, field, code } = expected
  const label = field === undefined ? undefined : test.object(object).fields.get(field)?.label
  const by = (locale: 'en-US' | 'zh-CN'): string =>
    [rule, field === undefined ? undefined : localize(label, locale, field), code]
      .filter((one) => one !== undefined)
      .join(locale === 'zh-CN' ? '、' : ', ')
  if (!refusal) {
    return [
      message(
        `It should be refused (${by('en-US')}), but was done`,
        `应被拒绝（${by('zh-CN')}），但已成功执行`,
      ),
    ]
  }
  const { failures = [] } = refusal.details
  const fits = (one: Pick<Failure, 'path' | 'code' | 'rule'>): boolean =>
    (rule === undefined || one.rule === rule || one.rule === `${object}.${rule}`) &&
    (field === undefined || one.path === field || one.path.startsWith(`${field}.`)) &&
    (code === undefined || one.code === code || refusal.code === code)
  if (failures.some(fits) || fits({ path: '', code: refusal.code })) return []
  const came = describeRefusal(refusal)
  return [
    message(
      `It should be refused by ${by('en-US')}, but was refused otherwise: ${came['en-US']}`,
      `应因 ${by('zh-CN')} 被拒绝，实际被拒绝的原因是：${came['zh-CN']}`,
    ),
  ]
}

/** Why something was refused, in one sentence: where, and by which rule. */
export function describeRefusal({ code, details }: RequestError): Message {
  const { failures = [], detail } = details
  const told = failures.map(({ path, rule, message: text }) => {
    const place = [path, rule].filter((one) => one !== undefined && one !== '').join(', ')
    return { text, place: place === '' ? '' : ` (${place})` }
  })
  if (told.length === 0) return detail ?? ERRORS[code].title
  return {
    'en-US': told.map(({ text, place }) => `${text['en-US']}${place}`).join('; '),
    'zh-CN': told.map(({ text, place }) => `${text['zh-CN']}${place}`).join('；'),
  }
}

async function checkSaved(test: PlayedTest, expected: Expected<'saved'>): Promise<Message[]> {
  const context = await test.contextOf(expected.as)
  const object = test.object(expected.object)
  const found = await getRecord(context, object, { id: test.idOf(expected.record) })
  if (!found) return [notSeen(expected)]
  const came = JSON.parse(found.json) as Record<string, unknown>
  const wanted = test.requestValues(context, object, expected.values)
  return Object.entries(wanted).flatMap(([name, value]) => {
    const field = object.fields.get(name)
    return field ? compare(field, value, came[name]) : []
  })
}

function notSeen({ record, as }: { record: string; as?: string }): Message {
  return as === undefined
    ? message(`"${record}" is not there`, `“${record}”不存在`)
    : message(`"${as}" does not see "${record}"`, `“${as}”看不到“${record}”`)
}

function compare(field: FieldModel, wanted: unknown, came: unknown): Message[] {
  if (came !== undefined && plain(field, wanted) === plain(field, came)) return []
  const label = (locale: 'en-US' | 'zh-CN'): string => localize(field.label, locale, field.name)
  const [should, is] = [shown(wanted), came === undefined ? undefined : shown(came)]
  return [
    message(
      `${label('en-US')} should be ${should}, but is ${is ?? 'not told'}`,
      `“${label('zh-CN')}”应为 ${should}，实际为 ${is ?? '不可见'}`,
    ),
  ]
}

/** A value so that equal ones are equal texts. */
function plain(field: FieldModel, value: unknown): string {
  if (referredObjects(field).length > 0) return String(idIn(value))
  const parsed = value === null ? { value } : field.type.parse(value, field.options)
  return canonicalJson('fault' in parsed ? value : parsed.value)
}

function idIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : value
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value)
}

async function checkHidden(test: PlayedTest, expected: Expected<'hidden'>): Promise<Message[]> {
  const context = await test.contextOf(expected.as)
  const object = test.object(expected.object)
  if (!context.actor.rights.object(object.name).read) return []
  const found = await getRecord(context, object, { id: test.idOf(expected.record) })
  if (!found) return []
  const { as, record } = expected
  return [
    as === undefined
      ? message(`"${record}" should be gone`, `“${record}”应已不存在`)
      : message(`"${as}" should not see "${record}"`, `“${as}”不应看到“${record}”`),
  ]
}

async function checkUnreadable(
  test: PlayedTest,
  { object: name, field: of, as }: Expected<'unreadable'>,
): Promise<Message[]> {
  const { rights } = (await test.contextOf(as)).actor
  const object = test.object(name)
  const field = object.fields.get(of)
  const isRead = field && rights.object(name).read && rights.field(field) !== 'none'
  if (!isRead) return []
  const label = (locale: 'en-US' | 'zh-CN'): string => localize(field.label, locale, field.name)
  return [
    message(
      `"${as}" should not read ${label('en-US')}, but may`,
      `“${as}”不应能查看“${label('zh-CN')}”，实际可以`,
    ),
  ]
}
