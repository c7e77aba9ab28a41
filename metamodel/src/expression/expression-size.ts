import { type ExpressionProblem, problem } from './expression-problem.ts'
import type { Expression } from './expression.ts'

/** The deepest nesting, the most parts, and the longest list. Beyond that an expression is refused unread. */
export const MAX_DEPTH = 20
export const MAX_PARTS = 500
export const MAX_LIST = 1000

/**
 * Whether an expression is too deep or too large to be looked at. Walks without recursion, so that
 * a tree nested ten thousand times is refused like any other. A list of literals is one part.
 */
export function sizeProblem(expression: Expression): ExpressionProblem | undefined {
  const waiting: { part: unknown; depth: number }[] = [{ part: expression, depth: 1 }]
  let parts = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, depth } = next
    parts += 1
    if (depth > MAX_DEPTH && isTree(part)) return tooDeep()
    if (parts > MAX_PARTS || (Array.isArray(part) && part.length > MAX_LIST)) return tooLarge()
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

function tooDeep(): ExpressionProblem {
  return problem('too_deep', [], {
    'en-US': `Nested deeper than ${MAX_DEPTH}`,
    'zh-CN': `嵌套超过 ${MAX_DEPTH} 层`,
  })
}

function tooLarge(): ExpressionProblem {
  return problem('too_large', [], {
    'en-US': `More than ${MAX_PARTS} parts, or a list of more than ${MAX_LIST}`,
    'zh-CN': `超过 ${MAX_PARTS} 个部分，或列表超过 ${MAX_LIST} 项`,
  })
}
