import {
  type Expression,
  type ExpressionScope,
  isOperation,
  operationParts,
  type Renaming,
  relatedParts,
  variableName,
} from '../expression/index.ts'
import { lowerFormula } from './lower-formula.ts'
import type { Places } from './lowering.ts'
import { parseFormula } from './parse-formula.ts'
import { printPath } from './print-formula.ts'
import type { Range } from './syntax.ts'

/**
 * The text of a formula under new names: only the names change, all else stays as it was typed. A text that cannot be
 * read is renamed as far as it can.
 *
 * @param scope what the formula may name, under the old names
 * @example renameInFormula('amt  * 2', scope, renaming) // 'amount  * 2'
 */
export function renameInFormula(text: string, scope: ExpressionScope, renaming: Renaming): string {
  const { lowered, places } = lowerFormula(parseFormula(text).syntax, scope)
  const found = new Map<number, Range & { written: string }>()
  collect(lowered.expression, { renaming, places, found })
  return [...found.values()]
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, { from, to, written }) => now.slice(0, from) + written + now.slice(to), text)
}

interface Found {
  renaming: Renaming
  places: Places
  found: Map<number, Range & { written: string }>
}

function collect(expression: Expression, { renaming, places, found }: Found): void {
  const name = variableName(expression)
  if (name !== undefined) {
    const renamed = renaming.path(name)
    const place = isOperation(expression) ? places.get(expression)?.self : undefined
    if (place && renamed !== name) found.set(place.from, { ...place, written: printPath(renamed) })
    return
  }
  const parts = operationParts(expression)
  if (!parts) return
  const related = relatedParts(parts)
  if (related) {
    const behind = renaming.behind(related.relationship)
    collect(related.condition, { renaming: behind, places, found })
  } else for (const operand of parts.operands) collect(operand, { renaming, places, found })
}
