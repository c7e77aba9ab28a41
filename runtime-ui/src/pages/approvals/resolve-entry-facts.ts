import {
  type ApprovalEntry,
  CURRENCY,
  type DescribedField,
  type DescribedObject,
} from '@trellis/metamodel'

import { formatValue } from '../../fields/format-value.ts'
import type { FieldContext } from '../../fields/ports.ts'
import { changedCurrency } from '../../screens/history-currency.ts'

/** One value of the record that asks for approval, in words. */
export interface EntryFact {
  name: string
  /** Empty where the value speaks for itself. */
  label: string
  text: string
  /** What it was before, if it is what changed. */
  before: string
}

/** What an approval is about at a glance: its amount, and what else decides. */
export interface EntryFacts {
  amount: EntryFact | undefined
  /** A line of what speaks for itself, a line of what needs its label; none of them empty. */
  lines: EntryFact[][]
}

const MOST_OTHERS = 3
const SPEAKING = new Set(['text', 'picklist', 'lookup', 'master_detail', 'user'])

/**
 * Chooses from the highlights of a record what a row of the inbox has room for: the first amount, and of the
 * others at most three, those that changed before all.
 */
export function resolveEntryFacts(
  { highlights, changes, status }: Pick<ApprovalEntry, 'highlights' | 'changes' | 'status'>,
  object: Pick<DescribedObject, 'fields'> | undefined,
  context: FieldContext,
): EntryFacts {
  // Once it is decided, the record goes on: what it is now need not be what the change made of it.
  const old = new Map(status === 'pending' ? changes.map((one) => [one.field, one.old]) : [])
  const byName = new Map(object?.fields.map((field) => [field.name, field]))
  const writing = { context, short: true, record: highlights ?? {} }
  const { old: formerly } = changedCurrency(changes, highlights?.[CURRENCY])
  const writingOld = { ...writing, record: { ...highlights, [CURRENCY]: formerly } }
  const facts = Object.entries(highlights ?? {}).flatMap(([name, value]) => {
    const field = byName.get(name)
    // It stands with the amounts already.
    if (name === CURRENCY) return []
    const text = field === undefined ? '' : formatValue(field, value, writing)
    if (field === undefined || text === '') return []
    const before = old.has(name) ? formatValue(field, old.get(name), writingOld) : ''
    return [{ field, fact: { name, label: labelOf(field), text, before } }]
  })
  const amount = facts.find(({ field }) => field.type === 'currency')?.fact
  const rest = facts.map(({ fact }) => fact).filter((fact) => fact !== amount)
  const kept = new Set(
    rest
      .toSorted((a, b) => Number(b.before !== '') - Number(a.before !== ''))
      .slice(0, MOST_OTHERS),
  )
  const others = rest.filter((fact) => kept.has(fact))
  const lines = [
    others.filter(({ label }) => label === ''),
    others.filter(({ label }) => label !== ''),
  ]
  return { amount, lines: lines.filter((line) => line.length > 0) }
}

function labelOf({ type, label }: DescribedField): string {
  return SPEAKING.has(type) ? '' : label
}
