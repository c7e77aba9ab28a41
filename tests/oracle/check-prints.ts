import type { Answer } from '../support/test-server.ts'
import { compareIds } from './check.ts'
import { type Printout, printoutOf } from './printouts.ts'
import type { View } from './view.ts'
import { fieldOf, objectOf } from './world-parts.ts'
import type { WorldRecord } from './world.ts'

/** A record as a page to print: what is told stands there, and of the rest nothing, or a mask. */
export function printed(
  view: View,
  record: WorldRecord,
): { rest: string; judge: (answer: Answer) => string[] } {
  const { template, paths, lists } = printoutOf(view.world, objectOf(view.world, record.object))
  const judge = ({ text }: Answer): string[] => {
    const cells = cellsOf(text)
    const values = paths.flatMap((path) => {
      const [given = ''] = cells.get(path) ?? []
      return isPrinted(view, record, path, given) ? [] : [`${path} is printed as ${given}`]
    })
    return [...values, ...lists.flatMap((list) => judgeList(view, record, list, cells))]
  }
  return { rest: `/print/${template}`, judge }
}

type Cells = ReadonlyMap<string, readonly string[]>

function judgeList(
  view: View,
  record: WorldRecord,
  { child, field: { name, relationship = '' } }: Printout['lists'][number],
  cells: Cells,
): string[] {
  const expected = view.isTold(child, name)
    ? view.readable(child).filter((one) => one.values[name] === record.id)
    : []
  const given = (cells.get(relationship) ?? []).map((row) => row.split('|'))
  const wrong = given.filter(([id = '', ...values]) => {
    const one = view.rules.record(id)
    return !['name', `${child}_n0`].every(
      (path, at) => one !== undefined && isPrinted(view, one, path, values[at] ?? ''),
    )
  })
  return [
    ...compareIds(
      expected.map(({ id }) => id),
      given.map(([id]) => id),
    ),
    ...wrong.map((row) => `${relationship} is printed as ${row.join()}`),
  ]
}

/** What stands at the marks of a page. */
function cellsOf(text: string): Cells {
  const marks = [...text.matchAll(/\[\[([\w.]+):([^\]]*)\]\]/g)]
  const byPath = Map.groupBy(marks, ([, path = '']) => path)
  return new Map([...byPath].map(([path, all]) => [path, all.map(([, , value = '']) => value)]))
}

function isPrinted(view: View, record: WorldRecord, path: string, given: string): boolean {
  const value = view.valueAt(record, path)
  const field = fieldOf(view.world, record.object, path)
  if (value === undefined || (field && view.isUnclear(field, value))) return true
  const text = value === null ? '' : String(value)
  const access = view.rules.access(view.actor, record.object, path)
  if (access === 'none') return given === ''
  return access === 'masked' ? given === '' || given !== text : given === text
}
