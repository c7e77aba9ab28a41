import { isDeepStrictEqual } from 'node:util'

import type { Cell } from './cells.ts'
import type { Server } from './servers.ts'

/**
 * Holds the answers of the servers to a reading cell against each other: a comparison of costs is worth
 * something only where the work is the same.
 * @throws Error naming the first difference
 */
export async function sameAnswers(
  { name, as, requests }: Cell,
  servers: readonly Server[],
): Promise<void> {
  const [request] = requests
  if (request?.method !== 'GET') return
  const answers = await Promise.all(
    servers.map(async ({ url, callers }) => {
      const answer = await fetch(`${url}${request.path}`, { headers: callers[as] })
      return comparable(await answer.json())
    }),
  )
  const [first, ...others] = answers
  if (!others.every((other) => isDeepStrictEqual(first, other))) {
    throw new Error(
      `The answers to "${name}" differ:\n${answers.map((answer) => JSON.stringify(answer).slice(0, 2000)).join('\n')}`,
    )
  }
}

/** An answer without its cursor, which each server writes in its own way. */
function comparable(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('next_cursor' in answer)) return answer
  return { ...answer, next_cursor: typeof answer.next_cursor }
}
