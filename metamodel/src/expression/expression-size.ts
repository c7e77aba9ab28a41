import { type ExpressionProblem, problem } from './expression-problem.ts'
import type { Expression } from './expression.ts'

/** The deepest nesting and the most parts. Beyond that an expression is refused unread. */
export interface ExpressionSize {
  readonly depth: number
  readonly parts: number
}

/** What a condition may hold, also one that comes with a request. */
export const CONDITION_SIZE: ExpressionSize = { depth: 20, parts: 500 }
/** What a formula may hold, which an administrator writes. */
export const FORMULA_SIZE: ExpressionSize = { depth: 100, parts: 1000 }
/** A formula with what its reading of blanks and percentages adds to it. */
export const SETTLED_SIZE: ExpressionSize = { depth: 110, parts: 6000 }
export const MAX_LIST = 1000

/**
 * Whether an expression is too deep or too large to be looked at. Walks without recursion, so that
 * a tree nested ten thousand times is refused like any other. A list of literals is one part.
 */
export function sizeProblem(
  expression: Expression,
  size: ExpressionSize,
): ExpressionProblem | undefined {
  const waiting: { part: unknown; depth: number }[] = [{ part: expression, depth: 1 }]
  let parts = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, depth } = next
    parts += 1
    if (depth > size.depth && isTree(part)) return tooDeep(size)
    if (parts > size.parts || (Array.isArray(part) && part.length > MAX_LIST)) return tooLarge(size)
    for (const child of childrenOf(part)) waiting.push({ part: child, depth: depth + 1 })
  }
  return undefined
}

function isTree(part: unknown): part is object {
  return typeof part === 'object' && part !== null
}

function childrenOf(part: unknown): readonly unknown[] {
  if (!isTree(part)) return []
  if (Array.isArray(part)) return part.filter(isTree)
  return Object.values(part).flatMap((given: unknown) => (Array.isArray(given) ? given : [given]))
}

function tooDeep({ depth }: ExpressionSize): ExpressionProblem {
  return problem('too_deep', [], {
    'en-US': `Nested deeper than ${depth}`,
    'zh-CN': `嵌套超过 ${depth} 层`,
  })
}

function tooLarge({ parts }: ExpressionSize): ExpressionProblem {
  return problem('too_large', [], {
    'en-US': `More than ${parts} parts, or a list of more than ${MAX_LIST}`,
    'zh-CN': `超过 ${parts} 个部分，或列表超过 ${MAX_LIST} 项`,
  })
}
