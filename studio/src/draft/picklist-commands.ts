import type { PicklistValue } from '@trellis/metamodel'
import { PALETTE } from '@trellis/metamodel'

import { freeName } from './api-names.ts'

/**
 * The code that a label proposes: its Latin letters and digits, or `value_<n>` for one without any.
 * @example proposeCode('In progress', new Set()) // 'in_progress'
 */
export function proposeCode(label: string, taken: ReadonlySet<string>): string {
  const plain = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 50)
  return freeName(plain === '' ? `value_${taken.size + 1}` : plain, taken)
}

/**
 * Reads a pasted list: one value a line; a tab, `=` or `|` parts the Chinese from the English label and the code
 * (`进行中 | In progress | open`). Lines that name a value that is there already are passed over.
 */
export function addPastedValues(values: readonly PicklistValue[], text: string): PicklistValue[] {
  const next = [...values]
  for (const line of text.split(/\r?\n/)) {
    const [first = '', second = '', third = ''] = line
      .split(/\s*[\t|=]\s*/)
      .map((part) => part.trim())
    if (first === '' || isKnown(next, first)) continue
    next.push(valueOf(next, { first, second, code: third }))
  }
  return next
}

function isKnown(values: readonly PicklistValue[], word: string): boolean {
  return values.some(
    ({ code, label }) =>
      code === word ||
      (typeof label === 'string' ? label : (label?.['zh-CN'] ?? label?.['en-US'])) === word,
  )
}

function valueOf(
  values: readonly PicklistValue[],
  given: { first: string; second: string; code: string },
): PicklistValue {
  const taken = new Set(values.map((value) => value.code))
  const { first, second, code } = given
  const proposed = code === '' ? proposeCode(second || first, taken) : freeName(code, taken)
  return {
    code: proposed,
    label: second === '' ? first : { 'zh-CN': first, 'en-US': second },
    color: nextColor(values),
  }
}

/** The colour that is used least, in the order of the palette; gray last. */
export function nextColor(values: readonly PicklistValue[]): (typeof PALETTE)[number] {
  const order = [...PALETTE.slice(1), PALETTE[0]]
  const used = (color: string): number => values.filter((value) => value.color === color).length
  return order.reduce(
    (best, color) => (used(color) < used(best) ? color : best),
    order[0] ?? 'gray',
  )
}
