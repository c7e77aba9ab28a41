import { CURRENCY, type HistoryEntry, isMasked, type TimelineEntry } from '@trellis/metamodel'

/** What of a change tells the currency. */
type Told = Pick<HistoryEntry, 'id' | 'at' | 'field' | 'old'> & Partial<Pick<HistoryEntry, 'of'>>

/** What a record was in before and after a change: its amounts were in these. */
export interface ChangedCurrency {
  old: unknown
  new: unknown
}

/** What amounts were in before and after one change of a record. */
export function changedCurrency(
  changes: readonly { field: string | null; old: unknown }[],
  after: unknown,
): ChangedCurrency {
  const change = changes.find(({ field }) => field === CURRENCY)
  return { old: change ? change.old : after, new: after }
}

/**
 * The currency that amounts had at each entry, by the entry's id: that of today, back to where another one was chosen.
 * Changes of one save belong together, whichever of them is told first.
 *
 * @param entries newest first
 * @param present what the record is in now
 */
export function currenciesOf(
  entries: readonly Told[],
  present: unknown,
): ReadonlyMap<string, ChangedCurrency> {
  const found = new Map<string, ChangedCurrency>()
  let current = present
  for (const save of savesOf(entries)) {
    const at = changedCurrency(save, current)
    for (const { id } of save) found.set(id, at)
    current = at.old
  }
  return found
}

/** The same for the changes that a timeline tells of a record. */
export function timelineCurrencies(
  entries: readonly TimelineEntry[],
  present: unknown,
): ReadonlyMap<string, ChangedCurrency> {
  const changes = entries.flatMap(({ id, at, changes: told = [] }) =>
    told.map(({ field, old }): Told => ({ id, at, field, old })),
  )
  return currenciesOf(changes, present)
}

/** Whether there is nothing to read of a change, because its values look the same behind their masks. */
export function isUnseen(old: unknown, next: unknown): boolean {
  return isMasked(old) && isMasked(next) && old.masked === next.masked
}

function savesOf(entries: readonly Told[]): Told[][] {
  const saves: Told[][] = []
  for (const entry of entries) {
    const last = saves.at(-1)
    // What happened to a record that was taken in is another story.
    if (last?.[0]?.at === entry.at && last[0].of?.id === entry.of?.id) last.push(entry)
    else saves.push([entry])
  }
  return saves
}
