import { type Locale, localize, type LocalizedText } from '@trellis/metamodel'

const LONGEST = 120

/** A value of a definition in few words, for "old → new". */
export function showValue(value: unknown, locale: Locale): string {
  if (value === undefined || value === null || value === '') return '—'
  if (typeof value === 'boolean') return value ? '✓' : '✗'
  if (isLocalized(value)) return localize(value, locale)
  if (Array.isArray(value)) {
    return shorten(value.map((item) => nameOf(item, locale)).join(locale === 'zh-CN' ? '、' : ', '))
  }
  return shorten(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function isLocalized(value: unknown): value is LocalizedText {
  if (typeof value === 'string') return true
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => key === 'zh-CN' || key === 'en-US')
  )
}

function nameOf(item: unknown, locale: Locale): string {
  if (typeof item !== 'object' || item === null) return String(item)
  const { label, code, name, field } = item as Record<string, unknown>
  if (isLocalized(label)) return localize(label, locale)
  return String(code ?? name ?? field ?? JSON.stringify(item))
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
