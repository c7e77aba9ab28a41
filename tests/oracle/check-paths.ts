import { call, type Check, expectStatus } from './check.ts'
import { judgeIds, judgeRefusal, query } from './list-query.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import { targetsOf } from './world-parts.ts'
import type { Value, WorldField, WorldRecord } from './world.ts'

/** Filter, sort, group and select along a reference: what is behind it is asked for as well. */
export function throughParent(
  view: View,
  object: string,
  field: WorldField,
  random: Random,
): Check[] {
  const { name } = field
  const target = random.maybe(targetsOf(field), 1)
  if (target === null) return []
  const targets = view
    .fieldsOf(target)
    .filter((one) => ['text', 'number'].includes(one.type))
    // A lookup of several objects is answered with the name of its record, whichever it is.
    .filter((one) => field.targets === undefined || one.name !== 'name')
  const inner = random.pick(targets)
  const path = [name, ...(field.targets ? [target] : []), inner.name].join('.')
  const parentValue = (record: WorldRecord): unknown => view.valueAt(record, path) ?? null
  const all = view.recordsOf(target).map((record) => view.valueOf(record, inner.name))
  const known = all.filter((value) => value !== null && value !== undefined) as Value[]
  if (known.length === 0) return []
  const value = random.pick(known)
  const about = (body: object, meets: (value: unknown) => boolean): Check =>
    query(view, {
      surface: 'through a parent',
      object,
      path,
      body,
      expected: () => view.readable(object).filter((record) => meets(parentValue(record))),
    })
  const access = view.rules.access(view.actor, object, path)
  const shown: Check = {
    surface: 'expand',
    call: call('POST', `/api/v1/records/${object}/query`, { select: [path], limit: 1000 }),
    decisions: access === 'none' ? 1 : view.readable(object).length,
    judge: (answer) => {
      if (access === 'none') return judgeRefusal(answer, path)
      const status = expectStatus(answer, 200)
      if (status.length > 0 || access === 'masked') return status
      return (answer.body.records as Wire[]).flatMap((wire) => {
        const record = view.rules.record(String(wire['id']))
        const parent = wire[name] as Record<string, unknown> | null
        const given = parent?.[inner.name] ?? null
        return record !== undefined && given === parentValue(record)
          ? []
          : [`${String(wire['id'])}.${path} is ${JSON.stringify(given)}`]
      })
    },
  }
  return [
    about({ where: { '==': [{ var: path }, value] } }, (one) => one === value),
    about({ where: { is_blank: [{ var: path }] } }, (one) => one === null),
    about({ sort: [path] }, () => true),
    shown,
  ]
}

/** Conditions on records that refer to these ones: what is not seen does not count. */
export function throughChildren(view: View, object: string, random: Random): Check[] {
  const relations = view.world.objects
    .filter((one) => !one.isPlatform)
    .flatMap((child) =>
      child.fields
        .filter((field) => targetsOf(field).includes(object))
        .map((field) => ({ child: child.name, field })),
    )
  return relations.flatMap(({ child, field }) => {
    const inner = `${child}_n0`
    const least = random.between(0, 9)
    const isTold = view.isTold(child, field.name) && view.isTold(child, inner)
    const meeting = view
      .readable(child)
      .filter((one) => typeof one.values[inner] === 'number' && one.values[inner] >= least)
    const parents = new Set(meeting.map((one) => one.values[field.name]))
    const condition = { '>=': [{ var: inner }, least] }
    return (['some', 'none'] as const).map((operator): Check => ({
      surface: 'through children',
      call: call('POST', `/api/v1/records/${object}/query`, {
        where: { [operator]: [{ var: field.relationship }, condition] },
        limit: 1000,
      }),
      decisions: isTold ? view.recordsOf(object).length : 1,
      judge: (answer) => {
        if (!isTold) return expectStatus(answer, 400)
        const expected = view
          .readable(object)
          .filter((record) => parents.has(record.id) === (operator === 'some'))
        return judgeIds(answer, expected)
      },
    }))
  })
}
