import Type from 'typebox'

import { refers } from '../refers.ts'
import { fault, type FieldOptions, type FieldType, type Parsed } from './field-type.ts'
import { number, scaleOf } from './number.ts'

/** What is made of the values of related records. */
export const ROLL_UP_FUNCTIONS = ['count', 'sum', 'min', 'max', 'avg'] as const
export type RollUpFunction = (typeof ROLL_UP_FUNCTIONS)[number]

const computed = (): Parsed =>
  fault('read_only', 'Computed from related records', '由关联记录汇总得出')

/**
 * A value made of the records that refer to this one: how many they are, or the sum, the smallest, the greatest or
 * the mean of one of their fields, of all of them or of those that meet a condition. Kept exact with every save of
 * theirs.
 */
export const rollUp: FieldType = {
  name: 'roll_up',
  options: {
    via: Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'The relationship whose records are counted or added up',
    }),
    fn: Type.Unsafe<RollUpFunction>({
      type: 'string',
      enum: [...ROLL_UP_FUNCTIONS],
      description: 'What is made of them',
    }),
    field: refers(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description: 'Their field that is added up or compared; a count has none',
      }),
      'field',
      'via',
    ),
    where: refers(
      Type.Unsafe<unknown>({
        description: 'Which of them count, by their own fields; all of them if left out',
      }),
      'expression',
      'via',
    ),
  },
  requiredOptions: ['via', 'fn'],
  expressionType: 'number',
  storage: () => number.storage({}),
  operators: number.operators,
  isSortable: true,
  isGroupable: true,
  isReadOnly: true,
  isComputed: true,
  canBeUnique: false,
  parse: computed,
  parseText: computed,
}

/** A field whose values are rolled up. */
export interface RollUpSource {
  type: FieldType
  options: FieldOptions
}

/** A mean of whole numbers has this many decimals. */
const MEAN_SCALE = 2

/**
 * The type of one roll-up: its values rest, are compared and are shown as those of its source. A count is a whole
 * number, a mean has at least two decimals. Of nothing, count and sum are 0; there is no smallest, greatest or mean.
 */
export function rollUpAs(fn: RollUpFunction, source: RollUpSource): FieldType {
  const { type } = source
  const options = fn === 'avg' ? { scale: meanScale(source) } : source.options
  return {
    ...rollUp,
    result: type.result ?? type.name,
    expressionType: type.expressionType,
    storage: () => type.storage(options),
    operators: type.operators,
    isSortable: type.isSortable,
    isGroupable: type.isGroupable,
    parse: (value) => type.parse(value, options),
    emptyValue: fn === 'count' || fn === 'sum' ? 0 : null,
  }
}

function meanScale({ type, options }: RollUpSource): number {
  const storage = type.storage(options)
  return Math.max(MEAN_SCALE, storage.as === 'numeric' ? storage.scale : scaleOf(options, 0))
}
