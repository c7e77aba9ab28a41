import type { Answer } from '../support/test-server.ts'
import { type Check, compareIds, expectStatus, get } from './check.ts'
import { isComputed } from './computed-values.ts'
import { createdAt, hoursAfter } from './moments.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import { fieldOf, objectOf } from './world-parts.ts'
import type { Value, WorldField, WorldRecord } from './world.ts'

type Judge = (answer: Answer) => string[]

/** A record at a past moment: what it was then, of the fields that are seen now. */
export function asOf(
  view: View,
  record: WorldRecord,
  random: Random,
): { rest: string; judge: Judge } {
  const before = new Date(Date.parse(createdAt(record.id)) - 1).toISOString()
  const at = random.pick([before, createdAt(record.id), ...[0, 1, 2, 4, 5, 7].map(hoursAfter)])
  const judge = (answer: Answer): string[] => {
    const state = stateAt(view, record, at)
    const { state: given, record: wire, unknown } = answer.body as AsOfAnswer
    if (given !== state) return [`${given} instead of ${state}`]
    const shown = view
      .fieldsOf(record.object)
      .filter(({ name }) => view.rules.access(view.actor, record.object, name) !== 'none')
    const computed = shown.filter(isComputed).map(({ name }) => name)
    const wrong = compareIds(computed, unknown)
    if (wire === null) return state === 'not_made' ? wrong : [`${record.id} is not told`]
    const kept = shown.filter((field) => !isComputed(field))
    const names = new Set(['id', ...kept.map(({ name }) => name)])
    return [
      ...wrong,
      ...Object.keys(wire)
        .filter((name) => !names.has(name))
        .map((name) => `${record.id}.${name} is told`),
      ...kept.flatMap((field) => judgeValue(view, record, field, at, wire[field.name])),
    ]
  }
  return { rest: `/as-of?at=${at}`, judge }
}

interface AsOfAnswer {
  readonly state: string
  readonly record: Wire | null
  readonly unknown: readonly string[]
}

function stateAt(view: View, { id }: WorldRecord, at: string): string {
  if (createdAt(id) > at) return 'not_made'
  const wasAway = view.world.absences.some(
    ({ record, from, to }) => record === id && from <= at && at < to,
  )
  return wasAway ? 'deleted' : 'there'
}

function judgeValue(
  view: View,
  record: WorldRecord,
  field: WorldField,
  at: string,
  given: unknown,
): string[] {
  const [change] = view
    .changesOf(record.id)
    .filter((one) => one.field === field.name && one.at > at)
    .toSorted((one, other) => one.at.localeCompare(other.at))
  const expected = change ? change.old : view.valueOf(record, field.name)
  return view.isAnswered(record, field, given, expected)
    ? []
    : [`${field.name} was ${JSON.stringify(given)} at ${at}, not ${JSON.stringify(expected)}`]
}

interface Line {
  readonly at: string
  readonly action: string
  readonly cause: string
  readonly field: string | null
  readonly old: unknown
  readonly new: unknown
  readonly of: { readonly id: string; readonly name: unknown } | null
}

/** The history of a record, and of those that it has taken in as far as they could be seen. */
export function history(view: View, record: WorldRecord): { rest: string; judge: Judge } {
  const { world, rules, actor } = view
  const judge = (answer: Answer): string[] => {
    const lines = answer.body.entries as Line[]
    const merged = world.merges
      .filter(({ survivor }) => survivor === record.id)
      .map((one) => rules.record(one.merged))
      .filter((one) => one !== undefined)
    const told = [record, ...merged.filter((one) => rules.couldRead(actor, one))]
    const expected = told.flatMap((one) => linesOf(view, one))
    const given = lines.map((line) => {
      const taken = line.action === 'merged' ? ` ${String((line.new as Line['of'])?.id)}` : ''
      return `${keyOf(line.of?.id ?? record.id, line)}${taken}`
    })
    const names = lines.filter(({ of }) => of !== null && !isLabelled(view, record.object, of))
    return [
      ...compareIds(expected, given),
      ...names.map(({ of }) => `${String(of?.name)} is told of ${String(of?.id)}`),
      ...lines.flatMap((line) => judgeLine(view, record, line)),
    ]
  }
  return { rest: '/history?limit=200', judge }
}

function keyOf(
  record: string,
  { at, action, field }: Pick<Line, 'at' | 'action' | 'field'>,
): string {
  return `${record} ${new Date(at).toISOString()} ${action} ${field ?? ''}`
}

/** The lines of a record's own that are to be told, as keys. */
function linesOf(view: View, { id, object }: WorldRecord): string[] {
  const { world, rules, actor } = view
  const line = (at: string, action: string, field: string | null = null): string =>
    keyOf(id, { at, action, field })
  const { isPlatform } = objectOf(world, object)
  return [
    ...(isPlatform ? [] : [line(createdAt(id), 'created')]),
    ...view
      .changesOf(id)
      .filter(({ field }) => rules.access(actor, object, field) !== 'none')
      .map(({ at, field }) => line(at, 'updated', field)),
    ...world.absences
      .filter((one) => one.record === id)
      .flatMap(({ from, to }) => [line(from, 'deleted'), line(to, 'restored')]),
    ...world.merges
      .filter(({ survivor }) => survivor === id)
      .map(({ merged }) => `${line(hoursAfter(0), 'merged')} ${merged}`),
  ]
}

function judgeLine(view: View, record: WorldRecord, line: Line): string[] {
  const about = line.of === null ? record : view.rules.record(line.of.id)
  if (about === undefined) return [`${String(line.of?.id)} is nothing`]
  if (line.action === 'merged') {
    const isRight = isLabelled(view, record.object, line.new as Line['of'])
    return isRight ? [] : [`${JSON.stringify(line.new)} is told`]
  }
  if (line.field === null) return []
  const field = fieldOf(view.world, about.object, line.field)
  const change = view
    .changesOf(about.id)
    .find((one) => one.field === line.field && one.at === new Date(line.at).toISOString())
  if (!field || !change) return [`${line.field} was not changed`]
  const isRight = (given: unknown, value: Value): boolean =>
    view.isAnswered(about, field, given, value)
  return isRight(line.old, change.old) && isRight(line.new, change.next)
    ? []
    : [`${line.field} went from ${JSON.stringify(line.old)} to ${JSON.stringify(line.new)}`]
}

/** Whether a record that was merged is named as those may know it who could read it. */
function isLabelled(view: View, object: string, shown: Line['of']): boolean {
  const record = view.rules.record(shown?.id ?? '')
  if (!record || record.object !== object) return false
  return view.isNamed(shown?.name, record, view.rules.couldRead(view.actor, record))
}

/** The recycle bin of an object. */
export function checkBin(view: View, object: string): Check {
  const { rules, actor, world } = view
  const mayDelete = rules.may(actor, 'delete', object)
  const expected = view.recordsOf(object).filter((record) => rules.isInBin(actor, record))
  return {
    surface: 'bin',
    call: get(`/api/v1/records/${object}/bin?limit=200`),
    decisions: mayDelete ? view.recordsOf(object).length : 1,
    judge: (answer) => {
      const status = expectStatus(answer, mayDelete ? 200 : 403)
      if (status.length > 0 || !mayDelete) return status
      const given = answer.body.records as Wire[]
      const ids = expected.map(({ id }) => id)
      const wrong = given.flatMap((wire) => {
        const record = rules.record(String(wire['id']))
        const survivor = world.merges.find(({ merged }) => merged === record?.id)?.survivor
        const into = wire['merged_into'] as Wire | null
        const left = rules.record(survivor ?? '')
        const isRight =
          record !== undefined &&
          view.isNamed(wire['name'], record, true) &&
          into?.['id'] === survivor &&
          (!left || view.isNamed(into?.['name'], left, rules.canRead(actor, left)))
        return isRight ? [] : [`the bin tells ${JSON.stringify(wire)}`]
      })
      return [
        ...compareIds(
          ids,
          given.map((wire) => wire['id']),
        ),
        ...wrong,
      ]
    },
  }
}
