import type { Answer } from '../support/test-server.ts'
import { call, type Check, compareIds, expectStatus } from './check.ts'
import type { View, Wire } from './view.ts'
import type { WorldRecord } from './world.ts'

/** What is wrong with the records of a list. */
export function judgeIds(answer: Answer, expected: readonly WorldRecord[]): string[] {
  const status = expectStatus(answer, 200)
  if (status.length > 0) return status
  const ids = (answer.body.records as Wire[]).map((wire) => wire['id'])
  return compareIds(
    expected.map((record) => record.id),
    ids,
  )
}

/** A query that is refused by name if a field is not told, else answers these records. */
export function query(
  view: View,
  asked: {
    surface: string
    object: string
    path: string
    body: object
    expected: () => readonly WorldRecord[]
  },
): Check {
  const { surface, object, path, body, expected } = asked
  const isTold = view.isTold(object, path)
  return {
    surface,
    call: call('POST', `/api/v1/records/${object}/query`, { limit: 1000, ...body }),
    decisions: isTold ? view.recordsOf(object).length : 1,
    judge: (answer) => (isTold ? judgeIds(answer, expected()) : judgeRefusal(answer, path)),
  }
}

/** What is wrong with the refusal of a path, which is named. */
export function judgeRefusal(answer: Answer, path: string): string[] {
  const status = expectStatus(answer, 400)
  const isNamed = path.split('.').some((name) => answer.text.includes(name))
  return status.length > 0 || isNamed ? status : [`refused without naming ${path}`]
}
