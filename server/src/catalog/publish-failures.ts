import type { Problem } from '@trellis/metamodel'

import type { Transaction } from '../db/index.ts'
import { type Failure, failure, RequestError } from '../errors.ts'
import type { Check } from '../schema/stage.ts'
import { WIDER_THAN_OWN } from './find-access-obstacles.ts'
import type { Finding } from './obstacle.ts'

/** Where a component was written down, for messages; undefined if it did not come from a file. */
export type FileOf = (kind: string, name: string) => string | undefined

/** All problems as one error, each at its file if it has one, else at its component. */
export function problemsError(problems: readonly Problem[], fileOf?: FileOf): RequestError {
  const failures = problems
    .filter((problem) => problem.severity === 'error')
    .map((problem) =>
      failure(
        [fileOf?.(problem.kind, problem.name) ?? `${problem.kind} ${problem.name}`, problem.path]
          .filter((part) => part !== '')
          .join(': '),
        problem.code,
        problem.message,
        problem.suggestion === undefined ? {} : { suggestion: problem.suggestion },
      ),
    )
  return new RequestError('invalid_metadata', { failures })
}

function findingFailure(finding: Finding): Failure {
  return failure(`${finding.kind} ${finding.name}`, finding.code, finding.message)
}

/** @throws RequestError with everything that live data has against it */
export function requireClear(findings: readonly Finding[]): void {
  const obstacles = findings.filter((finding) => finding.severity === 'error')
  if (obstacles.length === 0) return
  const tooWide = obstacles.filter((finding) => finding.code === WIDER_THAN_OWN)
  throw new RequestError(tooWide.length > 0 ? 'forbidden' : 'validation_failed', {
    failures: (tooWide.length > 0 ? tooWide : obstacles).map(findingFailure),
  })
}

/** @throws RequestError with the rows that are wrong by now, although none were when the publish began */
export async function requireChecks(tx: Transaction, checks: readonly Check[]): Promise<void> {
  const failures: Failure[] = []
  for (const check of checks) {
    const [row] = await tx.query<{ total: number }>(check.sql)
    if (row?.total) {
      const { 'en-US': en, 'zh-CN': zh } = check.message
      failures.push(
        failure('', 'saved_meanwhile', {
          'en-US': `${en}: ${row.total}`,
          'zh-CN': `${zh}：${row.total}`,
        }),
      )
    }
  }
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
}
