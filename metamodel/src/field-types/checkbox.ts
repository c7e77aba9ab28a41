import { fault, type FieldType, wrongType } from './field-type.ts'

const TRUE_WORDS = new Set(['true', 'yes', 'y', '1', '是', '真', '√', '✓', 'x', 'on'])
const FALSE_WORDS = new Set(['false', 'no', 'n', '0', '否', '假', '', '×', 'off'])

/** True or false, never null (semantics B1). */
export const checkbox: FieldType = {
  name: 'checkbox',
  options: {},
  expressionType: 'boolean',
  storage: () => ({ as: 'boolean' }),
  operators: ['eq', 'ne'],
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: (value) =>
    typeof value === 'boolean' ? { value } : wrongType(value, 'true or false', 'true 或 false'),
  parseText: (cell) => {
    const word = cell.normalize('NFKC').trim().toLowerCase()
    if (TRUE_WORDS.has(word)) return { value: true }
    if (FALSE_WORDS.has(word)) return { value: false }
    return fault(
      'not_a_checkbox',
      `"${cell.slice(0, 40)}" is neither yes nor no`,
      `“${cell.slice(0, 40)}”既不是“是”也不是“否”`,
    )
  },
}
