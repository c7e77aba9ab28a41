import type { Answer } from '../support/test-server.ts'
import { throughChildren, throughParent } from './check-paths.ts'
import { call, type Check, compareIds, expectStatus, get } from './check.ts'
import { type Direction, inOrder, keysOf } from './in-order.ts'
import { judgeIds, judgeRefusal, query } from './list-query.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import type { Value, WorldField } from './world.ts'

/** The types of fields by which lists are sorted. */
export const SORTABLE = new Set([
  'text',
  'email',
  'number',
  'checkbox',
  'date',
  'picklist',
  'lookup',
  'user',
])

const UNGROUPED = new Set(['multi_picklist', 'long_text', 'polymorphic_lookup', 'file'])

/** Lists of one object: plain, filtered, sorted, grouped and searched by each of its fields. */
export function checkLists(view: View, object: string, random: Random): Check[] {
  if (!view.mayRead(object)) return [refusedList(object)]
  const fields = view.fieldsOf(object)
  return [
    wholeList(view, object),
    ...fields.flatMap((field) => [
      ...filters(view, object, field, random),
      ...(SORTABLE.has(field.type)
        ? [sorted(view, object, field, random.pick(['asc', 'desc']))]
        : []),
      ...groups(view, object, field),
      selected(view, object, field),
    ]),
    ...fields.flatMap((field) => throughParent(view, object, field, random)),
    ...throughChildren(view, object, random),
    ...searches(view, object, random),
  ]
}

function refusedList(object: string): Check {
  return {
    surface: 'list',
    call: get(`/api/v1/records/${object}?limit=1000`),
    decisions: 1,
    judge: (answer) => expectStatus(answer, 403),
  }
}

function wholeList(view: View, object: string): Check {
  const expected = view.readable(object)
  const byId = new Map(expected.map((record) => [record.id, record]))
  return {
    surface: 'list',
    call: get(`/api/v1/records/${object}?limit=1000&count=exact`),
    decisions: view.recordsOf(object).length + expected.length * view.fieldsOf(object).length,
    judge: (answer) => {
      const wrong = judgeIds(answer, expected)
      if (answer.status !== 200) return wrong
      const count = answer.body.count === expected.length ? [] : [`count ${answer.body.count}`]
      const fields = (answer.body.records as Wire[]).flatMap((wire) => {
        const record = byId.get(String(wire['id']))
        return record === undefined ? [] : view.compare(record, wire)
      })
      return [...wrong, ...count, ...fields]
    },
  }
}

function filters(view: View, object: string, field: WorldField, random: Random): Check[] {
  if (['multi_picklist', 'long_text', 'file'].includes(field.type)) return []
  const values = view.recordsOf(object).map((record) => view.valueOf(record, field.name))
  const known = values.filter((value) => value !== null && value !== undefined) as Value[]
  const { name: path } = field
  const where = (condition: object, meets: (value: unknown) => boolean): Check =>
    query(view, {
      surface: 'filter',
      object,
      path,
      body: { where: condition, select: ['id'] },
      expected: () => view.readable(object).filter((one) => meets(view.valueOf(one, path))),
    })
  if (known.length === 0) return []
  const value = random.pick(known)
  const equal = where({ '==': [{ var: path }, value] }, (one) => one === value)
  const blank = where({ is_blank: [{ var: path }] }, (one) => one === null)
  const isUnclear = view
    .recordsOf(object)
    .some((record) => view.isUnclear(field, view.valueOf(record, path)))
  return field.type === 'checkbox' || isUnclear ? [equal] : [equal, blank]
}

/** References are sorted by the names that they show. */
function sorted(view: View, object: string, field: WorldField, direction: Direction): Check {
  const { name, target } = field
  const sort = direction === 'asc' ? name : `-${name}`
  const list = query(view, {
    surface: 'sort',
    object,
    path: target === undefined ? name : `${name}.name`,
    body: { sort: [sort], select: ['id'] },
    expected: () => view.readable(object),
  })
  const judge = (answer: Answer): string[] => {
    const wrong = list.judge(answer)
    if (wrong.length > 0 || answer.status !== 200) return wrong
    const keys = keysOf(view, view.readable(object), field)
    const given = (answer.body.records as Wire[]).map((wire) => wire['id'])
    return keys === undefined ? [] : compareOrder(inOrder(keys, direction), given)
  }
  return { ...list, judge }
}

/** Where two orders of the same records begin to differ. */
export function compareOrder(expected: readonly unknown[], given: readonly unknown[]): string[] {
  const at = expected.findIndex((id, place) => id !== given[place])
  return at < 0 ? [] : [`${String(given[at])} comes before ${String(expected[at])}`]
}

function selected(view: View, object: string, { name }: WorldField): Check {
  const access = view.rules.access(view.actor, object, name)
  return {
    surface: 'select',
    call: get(`/api/v1/records/${object}?select=${name}&limit=1`),
    decisions: 1,
    judge: (answer) => (access === 'none' ? judgeRefusal(answer, name) : expectStatus(answer, 200)),
  }
}

function groups(view: View, object: string, field: WorldField): Check[] {
  if (UNGROUPED.has(field.type)) return []
  const url = `/api/v1/records/${object}/aggregate`
  const { name } = field
  const isTold = view.isTold(object, name)
  const readable = view.readable(object)
  const count = { fn: 'count', as: 'n' }
  const isKnown = readable.every((record) => !view.isUnclear(field, view.valueOf(record, name)))
  const grouped: Check = {
    surface: 'group',
    call: call('POST', url, { group_by: [name], measures: [count], limit: 2000 }),
    decisions: isTold ? readable.length : 1,
    judge: (answer) => (isTold ? judgeGroups(answer, view, field) : judgeRefusal(answer, name)),
  }
  const sum = { fn: 'sum', field: name, as: 's' }
  const measured: Check = {
    surface: 'measure',
    call: call('POST', url, { measures: [count, sum] }),
    decisions: 1,
    judge: (answer) => {
      if (!isTold) return judgeRefusal(answer, name)
      const values = readable.map((record) => Number(view.valueOf(record, name) ?? 0))
      const total = values.reduce((one, other) => one + other, 0)
      const [group] = (answer.body?.groups ?? []) as Wire[]
      const isRight = group?.['n'] === readable.length && (group['s'] ?? 0) === total
      return isRight ? [] : [`sum ${answer.text.slice(0, 200)} instead of ${total}`]
    },
  }
  return [...(isKnown ? [grouped] : []), ...(field.type === 'number' ? [measured] : [])]

  function judgeGroups(answer: Answer, seen: View, by: WorldField): string[] {
    const status = expectStatus(answer, 200)
    if (status.length > 0) return status
    const wanted = Map.groupBy(readable, (record) => seen.valueOf(record, by.name))
    const given = answer.body.groups as Wire[]
    const wrong = given.filter((group) => {
      const shown = group[by.name]
      const key = by.target === undefined ? shown : ((shown as { id?: unknown } | null)?.id ?? null)
      const isRight = wanted.get(key)?.length === group['n'] && seen.isShown(by, shown, key)
      return !isRight
    })
    if (given.length === wanted.size && wrong.length === 0) return []
    return [`groups ${JSON.stringify(wrong).slice(0, 300)}, ${given.length} of ${wanted.size}`]
  }
}

function searches(view: View, object: string, random: Random): Check[] {
  const searched = view
    .fieldsOf(object)
    .filter((field) => field.name === 'name' || field.searchable === true)
  const records = view.recordsOf(object)
  return searched.flatMap((field) => {
    const record = random.pick(records)
    const word = String(view.valueOf(record, field.name) ?? '').split(/[ @]/)[0] ?? ''
    if (!word.startsWith('zq')) return []
    const isFound = view.isTold(object, field.name) && view.rules.canRead(view.actor, record)
    const url = `/api/v1/records/${object}?q=${word}&limit=1000&select=id`
    const searchUrl = `/api/v1/search?q=${word}&objects=${object}`
    return [
      {
        surface: 'list search',
        call: get(url),
        decisions: records.length,
        judge: (answer) => {
          const hasSearched = searched.some((one) => view.isTold(object, one.name))
          if (!hasSearched && answer.status === 400) return []
          return judgeIds(answer, isFound ? [record] : [])
        },
      },
      {
        surface: 'search',
        call: get(searchUrl),
        decisions: records.length,
        judge: (answer) => {
          const status = expectStatus(answer, 200)
          if (status.length > 0) return status
          const groupsFound = answer.body.groups as { records: Wire[] }[]
          const ids = groupsFound.flatMap((group) => group.records.map((one) => one['id']))
          // What is found is shown by its name.
          const isShown = isFound && view.isTold(object, 'name')
          return compareIds(isShown ? [record.id] : [], ids)
        },
      },
    ] satisfies Check[]
  })
}
