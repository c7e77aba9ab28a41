import type { Locale } from '@trellis/metamodel'

import { creditCode } from './field-type.ts'

const LENGTH = 18

/** What is to be said about a code while it is being typed. */
export interface EntryState {
  tone: 'neutral' | 'good' | 'wrong'
  text: string
}

/** What was typed, as the code has it: capitals, without spaces and hyphens. */
export function normalizeEntry(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
}

/**
 * Says how an entry stands: how far it is, that it holds, or why it cannot be right.
 * A code that is merely not complete yet is not called wrong.
 */
export function describeEntry(code: string, locale: Locale): EntryState | undefined {
  if (code === '') return undefined
  const stranger = [...code].find((character) => !/[0-9A-HJ-NP-RTUWXY]/.test(character))
  if (stranger !== undefined) return { tone: 'wrong', text: strangerText(stranger, locale) }
  if (code.length < LENGTH) return { tone: 'neutral', text: `${code.length} / ${LENGTH}` }
  const parsed = creditCode.parse(code, {})
  if ('fault' in parsed) return { tone: 'wrong', text: parsed.fault.message[locale] }
  return { tone: 'good', text: locale === 'zh-CN' ? '校验通过' : 'The check character fits' }
}

function strangerText(character: string, locale: Locale): string {
  return locale === 'zh-CN'
    ? `代码中不会出现“${character}”（不含 I、O、S、V、Z）`
    : `"${character}" is in no credit code (no I, O, S, V, Z)`
}
