import type { ObjectModel } from '@trellis/metamodel'

import { message } from '../errors.ts'
import type { Outcome } from '../records/perform.ts'
import type { ImportOptions, RowResult } from './import-job.ts'

/** Whether a row was refused for nothing else than that duplicate rules warn of it. */
export function isLikelyDuplicate(outcome: Outcome): boolean {
  const failures = 'error' in outcome ? (outcome.error.details.failures ?? []) : []
  return failures.length > 0 && failures.every(({ code }) => code === 'likely_duplicate')
}

/**
 * What becomes of a row that may be a duplicate: it changes the one record that it is like; is ambiguous, where that
 * may be several; is tried again, where it is like another row of the same chunk, which is saved by then or never;
 * or is answered as it is (undefined). Only records that the caller was told of count.
 */
export function answerTwins(
  { object, options }: { object: ObjectModel; options: ImportOptions },
  outcome: Outcome | undefined,
): { id: string } | 'ambiguous' | 'again' | undefined {
  const { duplicates } = options
  if (duplicates !== 'skip' && duplicates !== 'update') return undefined
  if (!outcome || !('error' in outcome) || !isLikelyDuplicate(outcome)) return undefined
  const matches = (outcome.error.details.failures ?? []).flatMap((one) => one.matches ?? [])
  if (matches.length === 0) return 'again'
  if (duplicates === 'skip') return undefined
  // Of records that the caller may not see each may be another one.
  const ids = new Set(matches.map((match) => match.id ?? match))
  const [match] = matches
  if (ids.size > 1) return 'ambiguous'
  return match?.id && match.object === object.name ? { id: match.id } : undefined
}

/** A row that is like several records: which of them it means is not guessed. */
export function likeSeveral({ row }: { row: number }): RowResult {
  const fault = {
    column: null,
    value: null,
    code: 'ambiguous',
    message: message('Several records are like this row', '有多条记录与此行相似'),
  }
  return { row, status: 'failed', errors: [fault] }
}
