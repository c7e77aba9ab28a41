import type { Answer } from '../support/test-server.ts'
import { asOf, history } from './check-past.ts'
import { printed } from './check-prints.ts'
import { explained, shared } from './check-sharing.ts'
import { type Check, compareIds, expectStatus, get } from './check.ts'
import { namesIn } from './deciding.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import { objectOf, targetsOf } from './world-parts.ts'
import type { WorldRecord } from './world.ts'

/** Of how many records of an object something is asked. */
const RECORDS_EACH = 15

/** Everything around single records: themselves, their page, their story, what belongs to them. */
export function checkRecords(view: View, object: string, random: Random): Check[] {
  if (!view.mayRead(object)) return []
  const records = view.recordsOf(object)
  const around = [single, overview, story, past, timeline, related, print, sharing, why]
  return Array.from({ length: RECORDS_EACH }).flatMap(() =>
    random.pick(around)(view, random.pick(records), random),
  )
}

function asked(view: View, record: WorldRecord, rest: string, judge: Check['judge']): Check {
  const canRead = view.rules.canRead(view.actor, record)
  const survivor = view.survivorOf(record.id)
  if (survivor) return ledOn(record, rest, survivor)
  return {
    surface: rest === '' ? 'get' : (rest.split('/')[1]?.split('?')[0] ?? ''),
    call: get(`/api/v1/records/${record.object}/${record.id}${rest}`),
    tells: canRead ? approvalNames(view, record) : [],
    decisions: canRead ? 1 + view.fieldsOf(record.object).length : 1,
    judge: (answer) => {
      const status = expectStatus(answer, canRead ? 200 : 404)
      return status.length > 0 || !canRead ? status : judge(answer)
    },
  }
}

/** Whoever sees a record is told of its approvals. */
function approvalNames(view: View, { id }: WorldRecord): unknown[] {
  const own = view.world.approvals.filter((one) => one.record === id)
  return own.flatMap((one) => namesIn(view, one))
}

/** The id of a record that was merged answers to what is left of it. */
function ledOn({ object, id }: WorldRecord, rest: string, survivor: WorldRecord): Check {
  return {
    surface: 'merged',
    call: get(`/api/v1/records/${object}/${id}${rest}`),
    decisions: 1,
    judge: (answer) => {
      const place = String(answer.headers['location'] ?? '')
      const isRight = place.startsWith(`/api/v1/records/${object}/${survivor.id}`)
      return isRight ? expectStatus(answer, 308) : [`${answer.status} leads to ${place}`]
    },
  }
}

function story(view: View, record: WorldRecord): Check {
  const { rest, judge } = history(view, record)
  return asked(view, record, rest, judge)
}

function past(view: View, record: WorldRecord, random: Random): Check {
  const { rest, judge } = asOf(view, record, random)
  return asked(view, record, rest, judge)
}

function print(view: View, record: WorldRecord): Check[] {
  if (objectOf(view.world, record.object).isPlatform) return []
  const { rest, judge } = printed(view, record)
  return [asked(view, record, rest, judge)]
}

function sharing(view: View, record: WorldRecord): Check {
  return asked(view, record, '/shares', shared(view, record))
}

function why(view: View, record: WorldRecord, random: Random): Check {
  const { rest, judge } = explained(view, record, random)
  return asked(view, record, rest, judge)
}

function single(view: View, record: WorldRecord): Check {
  return asked(view, record, '', (answer) => view.compare(record, answer.body as Wire))
}

function overview(view: View, record: WorldRecord): Check {
  return asked(view, record, '/overview', (answer) => {
    const { rules, actor } = view
    const canEdit = rules.can('edit', actor, record) && !record.isLocked
    const canDelete = rules.can('delete', actor, record) && !record.isLocked
    return [
      ...view.compare(record, answer.body.record as Wire),
      ...judgeAction(answer, 'edit', canEdit),
      ...judgeAction(answer, 'delete', canDelete),
      ...(answer.body.related as RelatedAnswer[]).flatMap((list) =>
        judgeRelated(view, record, list),
      ),
    ]
  })
}

function judgeAction(answer: Answer, action: string, isAllowed: boolean): string[] {
  const isOffered = (answer.body.actions as string[]).includes(action)
  return isOffered === isAllowed ? [] : [`${action} is ${isOffered ? '' : 'not '}offered`]
}

interface RelatedAnswer {
  readonly object: string
  readonly field: string
  readonly count: number
  readonly records: Wire[]
}

function judgeRelated(view: View, record: WorldRecord, list: RelatedAnswer): string[] {
  const { object, field, count, records } = list
  const expected = view
    .readable(object)
    .filter((child) => (field === 'owner' ? child.owner : child.values[field]) === record.id)
  if (!view.world.objects.some((one) => one.name === object)) return []
  const known = new Set(expected.map((child) => child.id))
  const shown = records.filter((wire) => !known.has(String(wire['id'])))
  return [
    ...(count === expected.length ? [] : [`${object} are ${count} instead of ${expected.length}`]),
    ...shown.map((wire) => `related ${String(wire['id'])} is shown`),
  ]
}

function related(view: View, record: WorldRecord): Check[] {
  return view.world.objects
    .filter((one) => !one.isPlatform)
    .flatMap((child) =>
      child.fields
        .filter((field) => targetsOf(field).includes(record.object))
        .map((field): Check => {
          const isTold = view.isTold(child.name, field.name)
          const rest = `/related/${field.relationship}?limit=1000&count=exact`
          if (!isTold) {
            const url = `/api/v1/records/${record.object}/${record.id}${rest}`
            const judge = (answer: Answer): string[] => expectStatus(answer, 400, 403, 404)
            return { surface: 'related', call: get(url), decisions: 1, judge }
          }
          const expected = view
            .readable(child.name)
            .filter((one) => one.values[field.name] === record.id)
          return asked(view, record, rest, (answer) => [
            ...compareIds(
              expected.map((one) => one.id),
              (answer.body.records as Wire[]).map((wire) => wire['id']),
            ),
            ...(answer.body.count === expected.length ? [] : [`count ${answer.body.count}`]),
          ])
        }),
    )
}

function timeline(view: View, record: WorldRecord): Check {
  return asked(view, record, '/timeline?limit=200', (answer) =>
    (answer.body.entries as { object: string; record: { id: string } }[])
      .filter((entry) => {
        const about = view.rules.record(entry.record.id)
        return about !== undefined && !view.rules.canRead(view.actor, about)
      })
      .map((entry) => `the timeline tells of ${entry.record.id}`),
  )
}

/** A record that is not seen answers as one that is not there, byte for byte. */
export function checkAbsence(
  view: View,
  object: string,
  random: Random,
): [Check['call'], Check['call']][] {
  if (!view.mayRead(object)) return []
  const hidden = view
    .recordsOf(object)
    .filter((record) => !view.rules.canRead(view.actor, record) && !view.survivorOf(record.id))
  const nobody = random.id()
  const record = random.maybe(hidden, 0.7)
  if (record === null) return []
  return random
    .some(['', '/overview', '/history', '/timeline', '/access', '/shares', asOfNow()], 0.4)
    .map((rest): [Check['call'], Check['call']] => [
      get(`/api/v1/records/${object}/${record.id}${rest}`),
      get(`/api/v1/records/${object}/${nobody}${rest}`),
    ])
}

function asOfNow(): string {
  return `/as-of?at=${new Date().toISOString()}`
}
