import Type, { type Static, type TProperties } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { keyedBy, refers } from '../refers.ts'
import { ApiName, closed, expressionOn, fieldOf, flag, ObjectName, optional } from './shapes.ts'

/** What a record is called within a test: how others refer to it, and who acts, if it is a user. */
const Ref = { ...ApiName, description: 'What it is called in this test' }
const Actor = optional({
  ...ApiName,
  description: 'A user of this test; if left out, the house itself, which may do everything',
})

/**
 * Values by field: a constant, or an expression of dates and constants, such as `{"today": []}`. A reference takes what
 * the other record is called in this test.
 */
const Values = keyedBy(
  'field',
  'object',
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), expressionOn('object')),
)

const Given = closed({ record: Ref, object: ObjectName, values: Values, as: Actor })
export type TestGiven = Static<typeof Given>

const step = <P extends TProperties>(properties: P) =>
  closed({ ...properties, object: ObjectName, record: Ref, as: Actor })
const Comment = optional(Type.String({ minLength: 1, maxLength: 500 }))

const Step = Type.Union([
  step({ act: Type.Literal('create'), values: Values }),
  step({ act: Type.Literal('update'), values: Values }),
  step({ act: Type.Union([Type.Literal('delete'), Type.Literal('restore')]) }),
  step({
    act: Type.Union([
      Type.Literal('submit'),
      Type.Literal('approve'),
      Type.Literal('reject'),
      Type.Literal('recall'),
    ]),
    comment: Comment,
  }),
])
export type TestStep = Static<typeof Step>

const Expected = Type.Union([
  closed({
    that: Type.Literal('saved'),
    object: ObjectName,
    record: Ref,
    values: Values,
    as: Actor,
  }),
  closed({
    that: Type.Literal('refused'),
    object: ObjectName,
    rule: optional(
      refers({ ...ApiName, description: 'The rule that refuses it' }, 'rule', 'object'),
    ),
    field: optional({ ...fieldOf('object'), description: 'Where it says so' }),
    code: optional(
      Type.String({
        pattern: '^[a-z][a-z_]*$',
        maxLength: 63,
        description: 'The code of the error, such as forbidden or required',
      }),
    ),
  }),
  closed({ that: Type.Literal('hidden'), object: ObjectName, record: Ref, as: Actor }),
  closed({
    that: Type.Literal('unreadable'),
    object: ObjectName,
    field: fieldOf('object'),
    as: ApiName,
  }),
])
export type TestExpectation = Static<typeof Expected>

/** So many tests run with a publish; more would keep whoever publishes waiting. */
export const MOST_TESTS = 1000

/**
 * An example of how the package is meant to work, run before every publish on records of its own: given some records,
 * what is done, and what is expected then. `saved`: the record has these values, formulas and roll-ups too. `refused`:
 * the last step is. `hidden`: who acts does not see the record. `unreadable`: nor this field of any record.
 */
export const TestDefinition = closed({
  label: LocalizedText,
  description: optional(LocalizedText),
  active: flag('true if left out; a test that is switched off is not run'),
  given: optional(Type.Array(Given, { maxItems: 50 })),
  do: optional(Type.Array(Step, { maxItems: 50 })),
  expect: Type.Array(Expected, { minItems: 1, maxItems: 50 }),
})
export type TestDefinition = Static<typeof TestDefinition>
