import {
  EQUALITY,
  fault,
  type FieldType,
  type Parsed,
  parseLimitedText,
  TEXT_SEARCH,
} from '@trellis/metamodel'

/** The 31 characters of a code: no I, O, S, V, Z (GB 32100-2015). A character counts by its place here, not by A = 10. */
const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const LENGTH = 18

/**
 * The check character that belongs to the first 17 characters: (31 − Σ value·3^(i−1) mod 31) mod 31.
 * Undefined if one of them is not among the 31.
 * @example checkCharacter('91350100M000100Y4') // '3'
 */
export function checkCharacter(code: string): string | undefined {
  let sum = 0
  let weight = 1
  for (const character of code.slice(0, LENGTH - 1)) {
    const value = CHARACTERS.indexOf(character)
    if (value < 0) return undefined
    sum += value * weight
    weight = (weight * 3) % 31
  }
  return CHARACTERS[(31 - (sum % 31)) % 31]
}

/** Whether a text is a unified social credit code with the right check character. */
export function isCreditCode(code: string): boolean {
  return code.length === LENGTH && checkCharacter(code) === code[LENGTH - 1]
}

function parse(value: unknown): Parsed {
  const parsed = parseLimitedText(value, 40)
  if ('fault' in parsed || parsed.value === null) return parsed
  const code = String(parsed.value).normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
  if (code.length !== LENGTH) {
    return fault('wrong_length', 'A credit code has 18 characters', '统一社会信用代码应为 18 位')
  }
  if (checkCharacter(code) === undefined) {
    return fault(
      'wrong_character',
      'A credit code has digits and capitals without I, O, S, V, Z',
      '统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z）',
    )
  }
  return isCreditCode(code)
    ? { value: code }
    : fault(
        'wrong_check_character',
        'The check character does not fit: a typing error?',
        '校验位不正确，请检查是否输入有误',
      )
}

/** 统一社会信用代码: the identity of an organisation in China, kept in capitals without spaces. */
export const creditCode: FieldType = {
  name: 'credit_code',
  options: {},
  expressionType: 'text',
  storage: () => ({ as: 'text' }),
  operators: [...EQUALITY, ...TEXT_SEARCH],
  isSortable: true,
  isGroupable: false,
  canBeUnique: true,
  parse,
  parseText: (cell) => parse(cell.trim()),
}
