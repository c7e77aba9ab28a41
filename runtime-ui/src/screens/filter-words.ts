import { type DescribedField, PERIOD_NAMES } from '@trellis/metamodel'

import type { FilterCondition, FilterWord } from './filter-tree.ts'

/** The kinds of value that a filter's row is drawn for. */
export type FilterKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'time'
  | 'choice'
  | 'list'
  | 'reference'
  | 'place'
  | 'presence'

const KINDS: Record<string, FilterKind> = {
  number: 'number',
  currency: 'number',
  percent: 'number',
  checkbox: 'boolean',
  date: 'date',
  datetime: 'date',
  time: 'time',
  picklist: 'choice',
  multi_picklist: 'list',
  lookup: 'reference',
  master_detail: 'reference',
  user: 'reference',
  department: 'reference',
  polymorphic_lookup: 'presence',
  geolocation: 'place',
  address: 'presence',
  json: 'presence',
  file: 'presence',
  image: 'presence',
  encrypted_text: 'presence',
}

const WORDS: Record<FilterKind, readonly FilterWord[]> = {
  text: [
    'contains',
    'not_contains',
    'eq',
    'ne',
    'starts_with',
    'ends_with',
    'is_blank',
    'is_not_blank',
  ],
  number: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between', 'is_blank', 'is_not_blank'],
  boolean: ['eq'],
  date: ['in_period', 'eq', 'lt', 'lte', 'gt', 'gte', 'between', 'is_blank', 'is_not_blank'],
  time: ['eq', 'lt', 'lte', 'gt', 'gte', 'between', 'is_blank', 'is_not_blank'],
  choice: ['in', 'not_in', 'is_blank', 'is_not_blank'],
  list: ['includes', 'excludes', 'is_blank', 'is_not_blank'],
  reference: ['eq', 'ne', 'is_blank', 'is_not_blank'],
  place: ['within_km', 'is_not_blank', 'is_blank'],
  presence: ['is_not_blank', 'is_blank'],
}

/** What the server must offer for a word; the words that are not here need nothing but the field. */
const NEEDS: Partial<Record<FilterWord, string>> = {
  not_contains: 'contains',
  is_blank: 'is_null',
  is_not_blank: 'is_null',
  in_period: 'gte',
  within_km: 'within',
}

export function filterKind(field: Pick<DescribedField, 'type'>): FilterKind {
  return KINDS[field.type] ?? 'text'
}

/** What may be asked of a field, in the order of likelihood. */
export function filterWords(
  field: Pick<DescribedField, 'type' | 'filter_operators'>,
): FilterWord[] {
  const offered = WORDS[filterKind(field)].filter((word) =>
    field.filter_operators.includes(NEEDS[word] ?? word),
  )
  if (offered.length > 0) return offered
  return field.filter_operators.includes('eq') ? ['eq'] : []
}

/** A new condition on a field, with its likeliest word and nothing filled in. */
export function newCondition(
  path: string,
  field: Pick<DescribedField, 'type' | 'filter_operators'>,
): FilterCondition {
  const word = filterWords(field)[0] ?? 'eq'
  const values = { boolean: [true], date: word === 'in_period' ? ['this_month'] : [] } as Record<
    string,
    (string | boolean)[]
  >
  return { kind: 'condition', path, word, values: values[filterKind(field)] ?? [] }
}

/** A condition in the words that its row offers: one value of a picklist is a choice of one. */
export function editableCondition(
  condition: FilterCondition,
  field: Pick<DescribedField, 'type'>,
): FilterCondition {
  if (filterKind(field) !== 'choice') return condition
  if (condition.word === 'eq') return { ...condition, word: 'in' }
  return condition.word === 'ne' ? { ...condition, word: 'not_in' } : condition
}

/** The relative periods that the picker offers: those of the calendar, and two that take a number after the colon. */
export const PERIODS = PERIOD_NAMES.filter((name) => !/fiscal|:/.test(name))
export const COUNTED_PERIODS = ['last_n_days', 'next_n_days'] as const

/** A period taken apart: `last_n_days:30` is `last_n_days` and 30. */
export function periodParts(period: string): { name: string; count: number | undefined } {
  const [name = '', count] = period.split(':')
  return { name, count: count === undefined ? undefined : Number(count) }
}
