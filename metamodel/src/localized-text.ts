import Type, { type Static } from 'typebox'

/** The languages that every shipped text has; zh-CN first, en-US equal. */
export const LOCALES = ['zh-CN', 'en-US'] as const
export type Locale = (typeof LOCALES)[number]

/** A text in the shipped languages. A plain string in metadata means the same text in all of them. */
export const LocalizedText = Type.Union([
  Type.String({ minLength: 1, maxLength: 1000 }),
  Type.Object(
    {
      'zh-CN': Type.Optional(Type.String({ maxLength: 4000 })),
      'en-US': Type.Optional(Type.String({ maxLength: 4000 })),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
])
export type LocalizedText = Static<typeof LocalizedText>

/** A message that the system itself makes: always in every language. */
export type Message = Record<Locale, string>

/**
 * The text in one language; falls back to the other language, then to `fallback`.
 * @example localize({ 'zh-CN': '客户', 'en-US': 'Account' }, 'en-US') // 'Account'
 */
export function localize(text: LocalizedText | undefined, locale: Locale, fallback = ''): string {
  if (text === undefined) return fallback
  if (typeof text === 'string') return text
  return text[locale] ?? text[locale === 'zh-CN' ? 'en-US' : 'zh-CN'] ?? fallback
}

/** The best of our languages for an `Accept-Language` header or a user's setting; zh-CN if none fits. */
export function pickLocale(wanted: string | null | undefined): Locale {
  for (const part of (wanted ?? '').split(',')) {
    const tag = part.split(';')[0]?.trim().toLowerCase() ?? ''
    if (tag.startsWith('zh')) return 'zh-CN'
    if (tag.startsWith('en')) return 'en-US'
  }
  return 'zh-CN'
}
