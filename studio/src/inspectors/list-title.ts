import { type Locale, localize, type LocalizedText } from '@trellis/metamodel'

/** What a part of a list is called: its label, its name, or the first word that tells it from others. */
export function listTitle(item: unknown, locale: Locale): string {
  if (typeof item !== 'object' || item === null) return String(item ?? '')
  const part = item as Record<string, unknown>
  const label = part['label'] as LocalizedText | undefined
  if (label !== undefined && label !== '') return localize(label, locale)
  for (const key of ['name', 'field', 'relationship', 'object', 'dashboard', 'fn', 'type', 'by']) {
    const word = part[key]
    if (typeof word === 'string' && word !== '') return word
  }
  const list = part['fields']
  return Array.isArray(list) ? list.join(', ') : ''
}
