import Type from 'typebox'

import { refers } from '../refers.ts'
import { checkbox } from './checkbox.ts'
import { date } from './date.ts'
import { datetime } from './datetime.ts'
import { fault, type FieldType, type Parsed } from './field-type.ts'
import { currency, number, percent } from './number.ts'
import { text } from './text.ts'

const RESULTS: ReadonlyMap<string, FieldType> = new Map(
  [text, number, currency, percent, checkbox, date, datetime].map((type) => [type.name, type]),
)

/** The types that the result of a formula may have. */
export const FORMULA_RESULTS: readonly string[] = [...RESULTS.keys()]

const computed = (): Parsed =>
  fault('read_only', 'Computed from other fields', '由其他字段计算得出')

/**
 * A value that a formula makes of other fields: computed as it is read, or kept in a column and computed anew whenever
 * something that it reads changes.
 */
export const formula: FieldType = {
  name: 'formula',
  options: {
    formula: refers(
      Type.String({
        minLength: 1,
        description: 'As people type it, e.g. amount * probability',
      }),
      'formula',
    ),
    result: Type.Unsafe<string>({
      type: 'string',
      enum: [...FORMULA_RESULTS],
      description: 'The type of the value',
    }),
    scale: Type.Integer({
      minimum: 0,
      maximum: 8,
      description: 'Decimal places of a number; rounded half up',
    }),
    blanks: Type.Union([Type.Literal('zero'), Type.Literal('blank')], {
      description: 'How empty numbers are read: as 0 (if left out), or so that the result is empty',
    }),
    stored: Type.Boolean({
      description: 'Kept in a column, which can have an index; computed as it is read if left out',
    }),
  },
  requiredOptions: ['formula', 'result'],
  ...typeOf(text),
  isVirtual: ({ stored }) => stored !== true,
  ofField: (options) => {
    const result = RESULTS.get(String(options['result'])) ?? text
    // What was computed is read as a value of the result, so that one that does not fit is found.
    return { ...formula, ...typeOf(result), result: result.name, parse: result.parse }
  },
}

/** What a formula has of the type of its result. */
function typeOf({
  expressionType,
  storage,
  operators,
  isSortable,
  isGroupable,
}: FieldType): Omit<FieldType, 'name' | 'options'> {
  return {
    expressionType,
    storage,
    operators,
    isSortable,
    isGroupable,
    isReadOnly: true,
    isComputed: true,
    canBeUnique: false,
    parse: computed,
    parseText: computed,
  }
}
