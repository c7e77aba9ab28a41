import type { Answer } from '../support/test-server.ts'
import { call, type Check, compareIds, expectStatus } from './check.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import { targetsOf } from './world-parts.ts'
import type { WorldField, WorldRecord } from './world.ts'

/** A list as a file: its rows and columns are those that the list would show. */
export function checkExports(view: View, object: string, random: Random): Check[] {
  const fields = view.fieldsOf(object)
  const access = ({ name }: WorldField): string => view.rules.access(view.actor, object, name)
  const shown = fields.filter((field) => access(field) !== 'none')
  const chosen = random.some(random.chance(0.7) ? shown : fields, 0.6)
  const hidden = chosen.find((field) => access(field) === 'none')
  const mayExport = view.rules.may(view.actor, 'export', object)
  const expected = view.readable(object)
  const columns = ['id', ...chosen.map(({ name }) => name)]
  const chosenBy: Check = {
    surface: 'export',
    call: call('POST', '/api/v1/exports', { object, columns, header: 'name' }),
    decisions: mayExport && !hidden ? expected.length * chosen.length : 1,
    judge: (answer) => {
      if (!mayExport) return expectStatus(answer, 403)
      if (!hidden) return judgeFile(view, answer, chosen, expected)
      const status = expectStatus(answer, 400)
      return status.length > 0 || answer.text.includes(hidden.name)
        ? status
        : [`refused without naming ${hidden.name}`]
    },
  }
  const whole: Check = {
    surface: 'export',
    call: call('POST', '/api/v1/exports', { object, header: 'name' }),
    decisions: mayExport ? shown.length + expected.length : 1,
    judge: (answer) => {
      const status = expectStatus(answer, mayExport ? 200 : 403)
      if (status.length > 0 || !mayExport) return status
      const [header = [], ...rows] = rowsOf(answer)
      const own = new Set(fields.map(({ name }) => name))
      const count = rows.length === expected.length ? [] : [`${rows.length} rows`]
      return [
        ...compareIds(
          shown.map(({ name }) => name),
          header.filter((name) => own.has(name)),
        ),
        ...count,
      ]
    },
  }
  return [chosenBy, whole]
}

/** No cell of a world has a comma or a quote in it. */
function rowsOf({ text }: Answer): string[][] {
  const lines = text.replace('\uFEFF', '').split('\r\n')
  return lines.filter((line) => line !== '').map((line) => line.split(','))
}

function judgeFile(
  view: View,
  answer: Answer,
  columns: readonly WorldField[],
  expected: readonly WorldRecord[],
): string[] {
  const status = expectStatus(answer, 200)
  if (status.length > 0) return status
  const [, ...rows] = rowsOf(answer)
  const wrong = rows.flatMap(([id = '', ...cells]) => {
    const record = view.rules.record(id)
    if (record === undefined) return [`${id} is no record`]
    return columns.flatMap((field, at) =>
      isCell(view, record, field, cells[at] ?? '') ? [] : [`${id}.${field.name} is ${cells[at]}`],
    )
  })
  return [
    ...compareIds(
      expected.map(({ id }) => id),
      rows.map(([id]) => id),
    ),
    ...wrong,
  ]
}

function isCell(view: View, record: WorldRecord, field: WorldField, cell: string): boolean {
  const value = view.valueOf(record, field.name)
  if (view.isUnclear(field, value)) return true
  if (value === null) return cell === ''
  const isMasked = view.rules.access(view.actor, record.object, field.name) === 'masked'
  if (isMasked) return cell !== String(value) && !cell.includes(String(value))
  if (field.type === 'file') return cell === view.fileOf(value)?.name
  if (targetsOf(field).length === 0) return cell === String(value)
  const id = cell.split(':').at(-1)
  return id === value && (field.targets === undefined) === !cell.includes(':')
}
