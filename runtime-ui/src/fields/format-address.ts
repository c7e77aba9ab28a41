import { isJsonObject } from '@trellis/metamodel'

/**
 * An address in one line: in Chinese from the largest part to the smallest without gaps, in English the other way
 * round. A part that repeats the one before it is said once (上海市 as province and city).
 * @example formatAddress({ city: 'Shanghai', street: '1 Century Ave', country: 'China' }, 'en-US') // '1 Century Ave, Shanghai, China'
 */
export function formatAddress(value: unknown, locale: string): string {
  if (!isJsonObject(value)) return String(value ?? '')
  const of = (name: string): string => (typeof value[name] === 'string' ? value[name] : '')
  const places = [of('country'), of('province'), of('city'), of('district')]
  const said = places.filter((place, index) => place !== '' && place !== places[index - 1])
  if (locale === 'zh-CN') {
    return [`${said.join('')}${of('street')}`, of('postal_code')].filter(Boolean).join(' ')
  }
  const [country, ...inner] = of('country') === '' ? ['', ...said] : said
  const behind = [inner[0] ?? '', of('postal_code')].filter(Boolean).join(' ')
  const line = [of('street'), ...inner.slice(1).toReversed(), behind, country ?? '']
  return line.filter(Boolean).join(', ')
}
