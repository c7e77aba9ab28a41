import type { FieldType } from './field-type.ts'

/** What types share whose values have an inside: as a whole they are there or not, and are compared by their parts if at all. */
export const structured = {
  expressionType: 'structure',
  storage: () => ({ as: 'jsonb' }),
  operators: ['is_null'],
  isSortable: false,
  isGroupable: false,
  canBeUnique: false,
} as const satisfies Partial<FieldType>
