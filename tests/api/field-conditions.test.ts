import type { DescribedObject } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { checkRecord } from '../../runtime-ui/src/screens/check-record.ts'
import type { RecordValues } from '../../runtime-ui/src/screens/conditions.ts'
import { resolveFormScreen } from '../../runtime-ui/src/screens/resolve-form-screen.ts'
import {
  type Answer,
  type Caller,
  publishWorld,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

let server: TestServer
let admin: Caller

/** Conditions of every kind that a field may carry, each on fields of its own. */
const CONDITIONS: readonly object[] = [
  { '==': [{ var: 'kind__c' }, 'a'] },
  { '!=': [{ var: 'kind__c' }, 'a'] },
  { '>': [{ var: 'size__c' }, 1.5] },
  { '<=': [{ '+': [{ var: 'size__c' }, 1] }, 2] },
  { or: [{ '==': [{ var: 'on__c' }, true] }, { is_blank: [{ var: 'day__c' }] }] },
  { '!': [{ in: [{ var: 'kind__c' }, ['b', 'c']] }] },
  { '<': [{ var: 'day__c' }, { today: [] }] },
  {
    and: [
      { '!': [{ is_blank: [{ var: 'note__c' }] }] },
      { '==': [{ var: 'owner' }, { var: '$user.id' }] },
    ],
  },
]
const named = (key: string, at: number): string => `${key}${at}__c`
const all = (key: string): string[] => CONDITIONS.map((_, at) => named(key, at))
const placed = (...fields: readonly string[]): object[] => fields.map((field) => ({ field }))

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const text = { type: 'text', label: 'Text' }
  await publishWorld(admin, {
    'object/case__c': { label: 'Case' },
    'field/case__c.kind__c': {
      type: 'picklist',
      label: 'Kind',
      values: [{ code: 'a' }, { code: 'b' }, { code: 'c' }],
    },
    'field/case__c.size__c': { type: 'number', label: 'Size', scale: 1 },
    'field/case__c.on__c': { type: 'checkbox', label: 'On' },
    'field/case__c.day__c': { type: 'date', label: 'Day' },
    'field/case__c.note__c': text,
    ...Object.fromEntries(
      CONDITIONS.flatMap((when, at) => [
        [`field/case__c.${named('must', at)}`, { ...text, required_when: when }],
        [`field/case__c.${named('held', at)}`, { ...text, read_only_when: when }],
        [
          `field/case__c.${named('seen', at)}`,
          { ...text, visible_when: when, required_when: { '==': [{ var: 'on__c' }, true] } },
        ],
        [`field/case__c.${named('late', at)}`, { ...text, required_when: when }],
        [`field/case__c.${named('kept', at)}`, { ...text, required: true, visible_when: when }],
      ]),
    ),
    // Of what is left out of it, and what stands in a section that is hidden, the form shows what a save demands.
    'page_layout/case__c.default': {
      label: 'Usual',
      sections: [
        { name: 'first', fields: placed('name', 'kind__c', 'size__c', 'on__c', 'day__c') },
        {
          name: 'hidden',
          visible_when: { '==': [{ var: 'kind__c' }, 'c'] },
          fields: placed(...all('late'), ...all('kept').slice(4)),
        },
        { name: 'rest', fields: placed('note__c', ...all('must'), ...all('held')) },
        { name: 'seen', fields: placed(...all('seen').slice(1), ...all('kept').slice(1, 4)) },
      ],
    },
  })
}, 120_000)
afterAll(() => server.stop())

const given = fc.record(
  {
    kind__c: fc.constantFrom(null, 'a', 'b', 'c'),
    size__c: fc.constantFrom(null, 0, 1, 1.5, 2),
    on__c: fc.boolean(),
    day__c: fc.constantFrom(null, '2020-01-01', '2100-01-01'),
    note__c: fc.constantFrom(null, 'x'),
  },
  { requiredKeys: [] },
)
const filled = fc.subarray(['must', 'held', 'seen', 'late', 'kept'].flatMap(all))
const emptied = fc.subarray(['must', 'seen', 'late', 'kept'].flatMap(all), { maxLength: 4 })

const faults = ({ body }: Answer, code: string): string[] =>
  ((body.errors ?? []) as { path: string; code: string }[])
    .flatMap((one) => (one.code === code ? [one.path] : []))
    .toSorted()

describe('what a field asks under a condition', () => {
  it('is asked alike by the form and by the server, of a new record and of a change', async () => {
    const object = (await admin.get('/api/v1/meta/objects/case__c')).body as DescribedObject
    const me = (await admin.get('/api/v1/me')).body
    const conditions = {
      user: me.user,
      now: new Date().toISOString(),
      timeZone: me.user.time_zone as string,
    }
    const screenOf = (record: RecordValues, before: RecordValues | null) =>
      resolveFormScreen({ object, record, before, ...conditions })
    const missing = (record: RecordValues, before: RecordValues | null): string[] => {
      const screen = screenOf(record, before)
      const found = checkRecord({ object, screen, record, before, conditions, locale: 'en-US' })
      return found.flatMap(({ path, code }) => (code === 'required' ? [path] : [])).toSorted()
    }
    const own = { owner: { id: me.user.id }, name: 'Case' }
    await fc.assert(
      fc.asyncProperty(given, filled, given, filled, emptied, async (...asked) => {
        const [first, names, second, others, none] = asked
        const texts = (fields: readonly string[], value: string | null): RecordValues =>
          Object.fromEntries(fields.map((name) => [name, value]))
        const record = { on__c: false, ...own, ...first, ...texts(names, 'x') }
        const { owner: _, ...sent } = record
        const made = await admin.post('/api/v1/records/case__c', sent)
        expect(faults(made, 'required')).toEqual(missing(record, null))
        const sound = { ...sent, ...texts(faults(made, 'required'), 'x') }
        const closed = faults(await admin.post('/api/v1/records/case__c', sound), 'read_only')
        const open = Object.fromEntries(
          Object.entries(sound).filter(([name]) => !closed.includes(name)),
        )
        const before = (await admin.post('/api/v1/records/case__c', open)).body as RecordValues
        const values = { ...second, ...texts(others, 'y'), ...texts(none, null) }
        const after = { ...before, ...values }
        const held = screenOf(after, before)
          .sections.flatMap(({ fields }) => fields)
          .flatMap(({ name, isReadOnly }) => (isReadOnly && others.includes(name) ? [name] : []))
        const changed = await admin.patch(`/api/v1/records/case__c/${String(before['id'])}`, values)
        expect(faults(changed, 'read_only')).toEqual(held.toSorted())
        expect(faults(changed, 'required')).toEqual(missing(after, before))
      }),
      { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    )
  }, 60_000)
})
