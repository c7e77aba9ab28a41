import type { JSONContent } from '@tiptap/core'
import type { RichTextElement, RichTextNode, RichTextTag } from '@trellis/metamodel'

type Mark = NonNullable<JSONContent['marks']>[number]

const BLOCKS: ReadonlyMap<string, RichTextTag> = new Map([
  ['paragraph', 'p'],
  ['bulletList', 'ul'],
  ['orderedList', 'ol'],
  ['listItem', 'li'],
  ['blockquote', 'blockquote'],
  ['codeBlock', 'pre'],
  ['horizontalRule', 'hr'],
  ['hardBreak', 'br'],
])
const MARKS: ReadonlyMap<string, RichTextTag> = new Map([
  ['bold', 'strong'],
  ['italic', 'em'],
  ['underline', 'u'],
  ['strike', 's'],
  ['code', 'code'],
])
const NAMES = new Map([...BLOCKS, ...MARKS].map(([name, tag]) => [tag, name]))
const INLINE: ReadonlySet<string> = new Set([...MARKS.values(), 'a', 'br'])

/** A rich text as the document that the editor edits. */
export function toDocument(nodes: readonly RichTextNode[]): JSONContent {
  const content = blocksOf(nodes)
  return { type: 'doc', content: content.length === 0 ? [{ type: 'paragraph' }] : content }
}

function isInline(node: RichTextNode): boolean {
  return typeof node === 'string' || INLINE.has(node.tag)
}

/** Blocks as they are; what stands between them by itself in paragraphs. */
function blocksOf(nodes: readonly RichTextNode[]): JSONContent[] {
  const blocks: JSONContent[] = []
  let loose: RichTextNode[] = []
  const settle = (): void => {
    if (loose.some((node) => typeof node !== 'string' || node.trim() !== '')) {
      blocks.push({ type: 'paragraph', content: inlineOf(loose, []) })
    }
    loose = []
  }
  for (const node of nodes) {
    if (isInline(node)) loose.push(node)
    else {
      settle()
      if (typeof node !== 'string') blocks.push(blockOf(node))
    }
  }
  settle()
  return blocks
}

function blockOf({ tag, parts }: RichTextElement): JSONContent {
  if (tag === 'h2' || tag === 'h3') {
    return { type: 'heading', attrs: { level: Number(tag[1]) }, content: inlineOf(parts, []) }
  }
  const type = NAMES.get(tag) ?? 'paragraph'
  if (tag === 'hr') return { type }
  if (tag === 'pre') return { type, content: inlineOf(parts, []).map(unmarked) }
  return { type, content: tag === 'p' ? inlineOf(parts, []) : blocksOf(parts) }
}

function unmarked({ type, text }: JSONContent): JSONContent {
  return type === 'text' ? { type, text: text ?? '' } : { type: 'text', text: '\n' }
}

function inlineOf(nodes: readonly RichTextNode[], marks: readonly Mark[]): JSONContent[] {
  return nodes.flatMap((node): JSONContent[] => {
    if (node === '') return []
    if (typeof node === 'string') return [{ type: 'text', text: node, marks: [...marks] }]
    if (node.tag === 'br') return [{ type: 'hardBreak' }]
    return inlineOf(node.parts, [...marks, ...markOf(node)])
  })
}

function markOf({ tag, href }: RichTextElement): Mark[] {
  if (tag === 'a') return [{ type: 'link', attrs: { href } }]
  const type = NAMES.get(tag)
  return type !== undefined && MARKS.has(type) ? [{ type }] : []
}

/** What the editor holds as a rich text; nothing but an empty paragraph is nothing. */
export function fromDocument({ content = [] }: JSONContent): RichTextNode[] {
  const [only, ...others] = content
  if (others.length === 0 && only?.type === 'paragraph' && !only.content?.length) return []
  return content.flatMap(nodesOf)
}

function nodesOf({
  type = '',
  text,
  attrs,
  marks = [],
  content = [],
}: JSONContent): RichTextNode[] {
  if (type === 'text') return [marks.reduceRight<RichTextNode>(wrapped, text ?? '')]
  const parts = content.flatMap(nodesOf)
  if (type === 'heading') return [{ tag: attrs?.['level'] === 3 ? 'h3' : 'h2', parts }]
  const tag = BLOCKS.get(type)
  if (tag === undefined) return parts
  // An entry of a list with one paragraph is that paragraph.
  const [only, ...others] = parts
  const isPlain =
    tag === 'li' && others.length === 0 && typeof only === 'object' && only.tag === 'p'
  return [{ tag, parts: isPlain ? only.parts : parts }]
}

function wrapped(inner: RichTextNode, { type, attrs }: Mark): RichTextNode {
  if (type === 'link') return { tag: 'a', href: String(attrs?.['href'] ?? ''), parts: [inner] }
  const tag = MARKS.get(type)
  return tag === undefined ? inner : { tag, parts: [inner] }
}
