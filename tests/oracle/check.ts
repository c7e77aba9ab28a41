import type { Answer, Call } from '../support/test-server.ts'

/** A request with what the rules say about its answer. */
export interface Check {
  readonly surface: string
  readonly call: Call
  /** How many answers (a record, a field) of the engine are held against the rules. */
  readonly decisions: number
  /** Texts that the answer tells of more than the records that are read. */
  readonly tells?: readonly unknown[]
  /** What is wrong with the answer; nothing if engine and rules agree. */
  judge(answer: Answer): string[]
}

/** A call that carries JSON. */
export function call(method: 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Call {
  if (body === undefined) return { method, url }
  const headers = { 'content-type': 'application/json' }
  return { method, url, payload: JSON.stringify(body), headers }
}

export function get(url: string): Call {
  return { method: 'GET', url }
}

export function expectStatus(answer: Answer, ...statuses: number[]): string[] {
  return statuses.includes(answer.status)
    ? []
    : [`${answer.status} instead of ${statuses.join(' or ')}: ${answer.text.slice(0, 300)}`]
}

/** What two sets of ids do not have in common. */
export function compareIds(expected: readonly string[], given: readonly unknown[]): string[] {
  const [wanted, got] = [new Set<unknown>(expected), new Set(given)]
  const shown = [...got].filter((id) => !wanted.has(id))
  const hidden = [...wanted].filter((id) => !got.has(id))
  const double = given.length === got.size ? [] : ['a record comes twice']
  return [
    ...shown.map((id) => `${String(id)} is shown`),
    ...hidden.map((id) => `${String(id)} is hidden`),
    ...double,
  ]
}
