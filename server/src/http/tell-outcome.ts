import type { BatchResult, Locale } from '@trellis/metamodel'

import { wireError, wireProblem } from '../errors.ts'
import type { Outcome } from '../records/perform.ts'

/** What became of one request of many, as it goes over the wire. */
export function tellOutcome(outcome: Outcome, locale: Locale): BatchResult {
  if (!('error' in outcome)) return outcome
  const { error } = outcome
  const failures = error.details.failures ?? []
  const errors =
    failures.length > 0
      ? failures.map((one) => wireError(one, locale))
      : [
          {
            path: '',
            code: error.code,
            message: wireProblem(error, locale, '').detail ?? wireProblem(error, locale, '').title,
          },
        ]
  return { status: error.status, errors }
}
