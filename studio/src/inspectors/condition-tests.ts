import type { Expression, FieldModel } from '@trellis/metamodel'

/** What a person may ask of a field in the condition builder. */
export const TEST_NAMES = [
  'equals',
  'not_equals',
  'is_true',
  'is_false',
  'in',
  'not_in',
  'greater',
  'at_least',
  'less',
  'at_most',
  'between',
  'in_period',
  'within_km',
  'contains',
  'starts_with',
  'ends_with',
  'includes',
  'is_blank',
  'is_filled',
  'changed',
] as const
export type TestName = (typeof TEST_NAMES)[number]

/** How many values a test takes: none, one, two, or a list of any length. */
export type TestTakes = 'none' | 'one' | 'two' | 'list' | 'period' | 'place'

interface ConditionTest {
  takes: TestTakes
  /** The operator of the profile. */
  operator: string
  /** The operator stands below `!`. */
  negated?: boolean
  /** A value that stands fixed behind the field. */
  fixed?: Expression
}

export const TESTS: Readonly<Record<TestName, ConditionTest>> = {
  equals: { takes: 'one', operator: '==' },
  not_equals: { takes: 'one', operator: '!=' },
  is_true: { takes: 'none', operator: '==', fixed: true },
  is_false: { takes: 'none', operator: '==', fixed: false },
  in: { takes: 'list', operator: 'in' },
  not_in: { takes: 'list', operator: 'not_in' },
  greater: { takes: 'one', operator: '>' },
  at_least: { takes: 'one', operator: '>=' },
  less: { takes: 'one', operator: '<' },
  at_most: { takes: 'one', operator: '<=' },
  between: { takes: 'two', operator: 'between' },
  in_period: { takes: 'period', operator: 'in_period' },
  within_km: { takes: 'place', operator: 'within_km' },
  contains: { takes: 'one', operator: 'contains' },
  starts_with: { takes: 'one', operator: 'starts_with' },
  ends_with: { takes: 'one', operator: 'ends_with' },
  includes: { takes: 'one', operator: 'includes' },
  is_blank: { takes: 'none', operator: 'is_blank' },
  is_filled: { takes: 'none', operator: 'is_blank', negated: true },
  changed: { takes: 'none', operator: 'changed' },
}

const EMPTINESS: readonly TestName[] = ['is_blank', 'is_filled']
const ORDER: readonly TestName[] = [
  'equals',
  'not_equals',
  'greater',
  'at_least',
  'less',
  'at_most',
  'between',
]

const BY_EXPRESSION_TYPE: Readonly<Record<string, readonly TestName[]>> = {
  text: [
    'equals',
    'not_equals',
    'in',
    'not_in',
    'contains',
    'starts_with',
    'ends_with',
    ...EMPTINESS,
  ],
  number: [...ORDER, ...EMPTINESS],
  boolean: ['is_true', 'is_false'],
  date: [...ORDER, 'in_period', ...EMPTINESS],
  datetime: ['greater', 'at_least', 'less', 'at_most', 'between', 'in_period', ...EMPTINESS],
  time: [...ORDER, ...EMPTINESS],
  list: ['includes', ...EMPTINESS],
  id: ['equals', 'not_equals', ...EMPTINESS],
}
const CLOSED_LIST: readonly TestName[] = ['equals', 'not_equals', 'in', 'not_in', ...EMPTINESS]

/** The tests that make sense for a field; `isSaving` adds those of a record that is being saved. */
export function testsOf(field: FieldModel | undefined, isSaving: boolean): readonly TestName[] {
  if (!field) return EMPTINESS
  // What refers to one of several objects is compared by the part that leads to the one that is meant.
  if (field.members) return isSaving ? [...EMPTINESS, 'changed'] : EMPTINESS
  if (field.type.name === 'geolocation') return ['within_km', ...EMPTINESS]
  const isChoice = field.values !== undefined && field.type.expressionType === 'text'
  const usual = isChoice
    ? CLOSED_LIST
    : (BY_EXPRESSION_TYPE[field.type.expressionType] ?? EMPTINESS)
  return isSaving ? [...usual, 'changed'] : usual
}
