import type { RichTextNode } from '@trellis/metamodel'
import { h, type VNode } from 'vue'

/** Draws a rich text: elements of the closed list alone, made by hand, so that no markup is ever read by the browser. */
export function drawRichText(nodes: readonly RichTextNode[]): (VNode | string)[] {
  return nodes.map((node) => {
    if (typeof node === 'string') return node
    const link = { href: node.href, target: '_blank', rel: 'noopener noreferrer nofollow' }
    return h(node.tag, node.tag === 'a' ? link : {}, drawRichText(node.parts))
  })
}
