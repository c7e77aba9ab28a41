import {
  compileEvaluator,
  type Expression,
  type Model,
  objectScope,
  type ObjectModel,
} from '@trellis/metamodel'

import type { RecordChange } from '../effects/record-change.ts'
import { message, RequestError } from '../errors.ts'
import { evaluationContext, type Surroundings } from '../validation/evaluation.ts'

/**
 * Whether a record fits a process or step. Without criteria everything fits.
 * @throws RequestError conflict if the criteria cannot be evaluated: deciding either way would be a guess
 */
export function fitsCriteria(
  model: Model,
  object: ObjectModel,
  criteria: unknown,
  subject: { change: Pick<RecordChange, 'before' | 'after'>; around: Surroundings },
): boolean {
  if (criteria === undefined) return true
  try {
    const evaluate = compileEvaluator(
      criteria as Expression,
      objectScope(model, object, 'record'),
      'boolean',
    )
    return evaluate(evaluationContext(subject.change, subject.around)) === true
  } catch (error) {
    throw new RequestError('conflict', {
      cause: error,
      detail: message(
        'The criteria of the approval process cannot be evaluated any more',
        '审批流程的条件已无法计算',
      ),
    })
  }
}
