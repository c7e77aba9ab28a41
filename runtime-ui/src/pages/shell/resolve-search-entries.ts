import type { SearchResponse } from '@trellis/metamodel'

/** One line of the search box; `run` is what choosing it does. */
export interface SearchEntry {
  key: string
  icon: string
  label: string
  detail: string
  run: () => void
}

export interface SearchGroup {
  name: string
  label: string
  entries: SearchEntry[]
}

/** The parts of a text, with whether they are what was searched for. */
export interface TextPart {
  text: string
  isMatch: boolean
}

/**
 * A text cut at the first place where it agrees with what was typed, whatever the case.
 * @example markMatch('华为科技', '科技') // [{ text: '华为', isMatch: false }, { text: '科技', isMatch: true }]
 */
export function markMatch(text: string, typed: string): TextPart[] {
  const at = typed === '' ? -1 : text.toLowerCase().indexOf(typed.toLowerCase())
  if (at < 0) return [{ text, isMatch: false }]
  const end = at + typed.length
  return [
    { text: text.slice(0, at), isMatch: false },
    { text: text.slice(at, end), isMatch: true },
    { text: text.slice(end), isMatch: false },
  ].filter((part) => part.text !== '')
}

/** Records that were found, as groups of lines. */
export function recordGroups(
  { groups }: SearchResponse,
  describe: (object: string) => { plural: string; icon: string } | undefined,
  open: (object: string, id: string, name: string) => void,
): SearchGroup[] {
  return groups
    .filter(({ records }) => records.length > 0)
    .map(({ object, label, records }) => ({
      name: object,
      label: describe(object)?.plural ?? label,
      entries: records.map(({ id, name, detail }) => ({
        key: `${object}/${id}`,
        icon: describe(object)?.icon ?? 'box',
        label: name,
        detail: detail ?? '',
        run: () => open(object, id, name),
      })),
    }))
}

/** The entries of a group whose label has every word that was typed; all of them if nothing was. */
export function narrowGroup(group: SearchGroup, typed: string, limit = 5): SearchGroup {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const entries = group.entries.filter(({ label }) =>
    words.every((word) => label.toLowerCase().includes(word)),
  )
  return { ...group, entries: entries.slice(0, limit) }
}

/** A line that leads to a page or does something. */
export function entryOf(
  { key, icon, label }: Pick<SearchEntry, 'key' | 'icon' | 'label'>,
  run: () => void,
): SearchEntry {
  return { key, icon, label, detail: '', run }
}
