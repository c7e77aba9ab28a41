/** Something in a tree, and what is above it. */
export interface TreeNode {
  readonly name: string
  readonly parent: string | undefined
}

/** A node where it stands. */
export interface TreeRow<Node extends TreeNode> {
  readonly node: Node
  readonly depth: number
  readonly hasBelow: boolean
}

/**
 * The nodes as rows, each below what it belongs to. Whatever is above a node but not there, and a circle, does not
 * hide it: it stands at the top.
 */
export function asTree<Node extends TreeNode>(nodes: readonly Node[]): TreeRow<Node>[] {
  const known = new Map(nodes.map((node) => [node.name, node]))
  const below = new Map<string, Node[]>()
  const top: Node[] = []
  for (const node of nodes) {
    const isTop = node.parent === undefined || !known.has(node.parent) || isInCircle(node, known)
    if (isTop) top.push(node)
    else below.set(node.parent ?? '', [...(below.get(node.parent ?? '') ?? []), node])
  }
  const rowsOf = (list: readonly Node[], depth: number): TreeRow<Node>[] =>
    list.flatMap((node) => {
      const under = below.get(node.name) ?? []
      return [{ node, depth, hasBelow: under.length > 0 }, ...rowsOf(under, depth + 1)]
    })
  return rowsOf(top, 0)
}

function isInCircle<Node extends TreeNode>(from: Node, known: ReadonlyMap<string, Node>): boolean {
  const seen = new Set<string>()
  let at: Node | undefined = known.get(from.parent ?? '')
  while (at && !seen.has(at.name)) {
    if (at.name === from.name) return true
    seen.add(at.name)
    at = known.get(at.parent ?? '')
  }
  return false
}

/** Whether a node may stand below another without closing a circle. */
export function mayStandBelow(nodes: readonly TreeNode[], name: string, above: string): boolean {
  const parents = new Map(nodes.map((node) => [node.name, node.parent]))
  const seen = new Set<string>()
  let at: string | undefined = above
  while (at !== undefined && !seen.has(at)) {
    if (at === name) return false
    seen.add(at)
    at = parents.get(at)
  }
  return true
}
