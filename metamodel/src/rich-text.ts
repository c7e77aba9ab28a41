/** A part of a rich text: a text, or an element with its parts. */
export type RichTextNode = string | RichTextElement

export interface RichTextElement {
  readonly tag: RichTextTag
  /** Where a link leads. */
  readonly href?: string
  readonly parts: readonly RichTextNode[]
}

/** The elements that a rich text may have. None of them carries an attribute, but for the `href` of a link. */
export const RICH_TEXT_TAGS = [
  'p',
  'h2',
  'h3',
  'ul',
  'ol',
  'li',
  'blockquote',
  'pre',
  'code',
  'strong',
  'em',
  'u',
  's',
  'a',
  'br',
  'hr',
] as const
export type RichTextTag = (typeof RICH_TEXT_TAGS)[number]

/** Where links of a rich text may lead. */
export const RICH_TEXT_SCHEMES = ['http', 'https', 'mailto', 'tel'] as const

const TAGS: ReadonlySet<string> = new Set(RICH_TEXT_TAGS)
const EMPTY: ReadonlySet<string> = new Set(['br', 'hr'])
const TOKEN = /<(\/?)([a-z][a-z0-9]*)(?:\s+href="([^"]*)")?[^<>]*?\/?>|([^<]+)|(<)/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => ENTITIES[entity] ?? entity)
}

/** Whether a link may be followed: to a page, a mailbox or a telephone. */
export function isSafeLink(href: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase()
  return RICH_TEXT_SCHEMES.some((known) => known === scheme)
}

interface Open {
  tag: string
  href: string | undefined
  parts: RichTextNode[]
}

/**
 * Reads a rich text as the tree that is shown. It takes what the server keeps; of anything else it takes the text,
 * so that no markup that was not allowed is ever made of it.
 */
export function parseRichText(html: string): RichTextNode[] {
  const root: Open = { tag: '', href: undefined, parts: [] }
  const open: Open[] = [root]
  const top = (): Open => open.at(-1) ?? root
  const close = (): void => {
    const element = open.pop()
    if (!element) return
    const node = elementOf(element)
    top().parts.push(...(node === undefined ? element.parts : [node]))
  }
  for (const [, slash, tag = '', href, text, stray] of html.matchAll(TOKEN)) {
    if (text !== undefined || stray !== undefined) top().parts.push(decoded(text ?? '<'))
    else if (EMPTY.has(tag)) top().parts.push({ tag: tag as RichTextTag, parts: [] })
    else if (slash === '') open.push({ tag, href, parts: [] })
    else if (open.some((one) => one.tag === tag)) {
      const depth = open.findLastIndex((one) => one.tag === tag)
      while (open.length > depth) close()
    }
  }
  while (open.length > 1) close()
  return root.parts
}

function elementOf({ tag, href, parts }: Open): RichTextElement | undefined {
  if (!TAGS.has(tag)) return undefined
  if (tag !== 'a') return { tag: tag as RichTextTag, parts }
  const link = decoded(href ?? '')
  return isSafeLink(link) ? { tag: 'a', href: link, parts } : undefined
}

// What SQL says of it is in the server's `sql-text-functions.ts`; the two agree on every text.
const BREAKS = /<br ?\/?>|<hr ?\/?>|<\/(?:p|h2|h3|li|blockquote|pre)>/g

/**
 * The text of a rich text without its markup, a line for each of its paragraphs.
 * @example plainText('<p>Net <strong>30</strong> days</p><p>A &amp; B</p>') // 'Net 30 days\nA & B'
 */
export function plainText(html: string): string {
  const text = html.replaceAll(BREAKS, '\n').replaceAll(/<[^>]*>/g, '')
  return text
    .replace(/\n+$/, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Writes a tree as the rich text that is read as the same tree. */
export function formatRichText(nodes: readonly RichTextNode[]): string {
  return nodes
    .map((node) => (typeof node === 'string' ? escaped(node) : formatElement(node)))
    .join('')
}

function formatElement({ tag, href, parts }: RichTextElement): string {
  if (EMPTY.has(tag)) return `<${tag} />`
  const link = href === undefined ? '' : ` href="${escaped(href).replaceAll('"', '&quot;')}"`
  return `<${tag}${link}>${formatRichText(parts)}</${tag}>`
}
