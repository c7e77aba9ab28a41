import { isJsonObject } from '../json-value.ts'
import { plainText } from '../rich-text.ts'
import { Exact, type Operand } from './operand.ts'
import { ofTexts, type Operator, phrase, positions, TEXT, value } from './operator.ts'

const OF_STRUCTURES = {
  arity: [2, 2],
  parameter: positions(value(['structure']), value(TEXT)),
  text: phrase('{1} of {0}', '{0}的{1}'),
} satisfies Partial<Operator>

function partOf(structure: string, name: string): unknown {
  const given: unknown = JSON.parse(structure)
  return isJsonObject(given) && Object.hasOwn(given, name) ? given[name] : null
}

/** The operators that read what is inside a value: a part of a structure, the text of a rich text. */
export const PART_OPERATORS = {
  part: {
    ...OF_STRUCTURES,
    result: 'text',
    evaluate: ofTexts((structure, name) => {
      const found = partOf(structure, name)
      return typeof found === 'string' ? found : null
    }),
  },
  part_number: {
    ...OF_STRUCTURES,
    result: 'number',
    evaluate: ofTexts((structure, name): Operand => {
      const found = partOf(structure, name)
      return typeof found === 'number' ? new Exact(found) : null
    }),
  },
  plain_text: {
    arity: [1, 1],
    parameter: positions(value(TEXT)),
    result: 'text',
    evaluate: ofTexts(plainText),
    text: phrase('{0}', '{0}'),
  },
} satisfies Record<string, Operator>
