import {
  type FieldModel,
  type FieldValue,
  isSafeLink,
  type Parsed,
  plainText,
  RICH_TEXT_SCHEMES,
  RICH_TEXT_TAGS,
} from '@trellis/metamodel'
import sanitize from 'sanitize-html'

// What people paste carries names of its own for the same things.
const SAME = { b: 'strong', i: 'em', strike: 's', del: 's', ins: 'u', h1: 'h2', h4: 'h3', div: 'p' }

const RULES: sanitize.IOptions = {
  allowedTags: [...RICH_TEXT_TAGS],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: [...RICH_TEXT_SCHEMES],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nestingLimit: 50,
  transformTags: SAME,
  // A link that leads nowhere is its text.
  exclusiveFilter: ({ tag, attribs }) =>
    tag === 'a' && !isSafeLink(attribs['href'] ?? '') ? 'excludeTag' : false,
}

/** The rich text that is kept of what somebody sent: no scripts, styles, events or pictures; null if nothing is left. */
export function cleanRichText(html: string): string | null {
  const kept = sanitize(html, RULES).trim()
  return plainText(kept).trim() === '' && !kept.includes('<hr') ? null : kept
}

/** A value as it may be kept. */
export function cleanValue(field: FieldModel, value: FieldValue): FieldValue {
  return field.type.isMarkup && typeof value === 'string' ? cleanRichText(value) : value
}

/** Reads a value by the type of its field, as it may be kept. */
export function readClean(field: FieldModel, value: unknown): Parsed {
  const parsed = field.type.parse(value, field.options)
  return 'fault' in parsed ? parsed : { value: cleanValue(field, parsed.value) }
}
