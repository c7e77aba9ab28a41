import type { DuplicateRuleDefinition, MatchCondition, MatchMethod } from '@trellis/metamodel'

import { quoteIdentifier, quoteLiteral } from './quote.ts'

/**
 * The SQL of what is left of a value once the way of writing is taken away; null where nothing is. Indexes and the
 * statements that look records up have the same text, so that the one finds the other.
 *
 * @param value SQL of the value, e.g. `"t"."name"`
 * @example matchKeySql({ field: 'email', method: 'email' }, '"email"', 'main') // lower(btrim(normalize("email", NFKC)))
 */
export function matchKeySql(
  { method, blank }: Pick<MatchCondition, 'method' | 'blank'>,
  value: string,
  schema: string,
): string {
  const key = KEYS[method](value, quoteIdentifier(schema))
  return blank === 'same' ? `COALESCE(${key}, '')` : key
}

/** Whether records can be looked up by a condition; others are judged once a record is found. */
export function isLookedUp({ method }: Pick<MatchCondition, 'method'>): boolean {
  return method !== 'fuzzy_name' && method !== 'fuzzy_date'
}

/** What follows `ON table` for an index of the records that a rule looks through. */
export function matchIndexDefinition(
  rule: DuplicateRuleDefinition,
  schema: string,
  columnOf: (field: string) => string,
): string {
  const equal = rule.match.filter((one) => isLookedUp(one) && one.method !== 'fuzzy_text')
  const keyOf = (one: MatchCondition): string =>
    matchKeySql(one, quoteIdentifier(columnOf(one.with ?? one.field)), schema)
  const [slip] = rule.match.filter(({ method }) => method === 'fuzzy_text')
  const keys = equal.map((one) => `(${keyOf(one)})`).join(', ')
  const slips = slip ? `USING gin (${slipsSql(keyOf(slip), schema)})` : ''
  return `${equal.length > 0 ? `(${keys})` : slips} WHERE (deleted_at IS NULL)`
}

/** The SQL of all that a text may have been but for one slip of the keyboard. */
export function slipsSql(key: string, schema: string): string {
  return `${quoteIdentifier(schema)}._match_slips(${key})`
}

type KeyOf = (value: string, schema: string) => string

const folded = (value: string): string => `lower(normalize(${value}, NFKC))`
const replace = (text: string, pattern: string, by = ''): string =>
  `regexp_replace(${text}, ${quoteLiteral(pattern)}, ${quoteLiteral(by)}, 'g')`
const filled = (text: string): string => `NULLIF(${text}, '')`

// Written out, since classes such as [:punct:] mean other things under other locales.
const PUNCTUATION =
  '[\\u0001-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00bf\\u2000-\\u206f\\u3000-\\u303f\\ufe30-\\ufe6f]+'

const LEGAL_FORM =
  '([ ,.]+(co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|sa|pte|pty|group|holdings?)[.]?)+[ ,.]*$'
const LEGAL_FORM_CHINESE = '(股份|有限|责任|公司|集团|控股|总公司)+$'
// What stands before a name that is still one without it: 深圳市腾讯, but not 北京银行.
const PLACE =
  '^((北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|台湾)(省|市|(壮族|回族|维吾尔)?自治区|特别行政区)?|中国)?([一-龥]{2,3}市)?(?=...)'

const nameOnly: KeyOf = (value) => filled(replace(folded(value), PUNCTUATION))

const KEYS: Readonly<Record<MatchMethod, KeyOf>> = {
  exact: (value) => value,
  normalised: nameOnly,
  email: (value) => filled(`btrim(${folded(value)})`),
  // Without the country, the leading zero of an area, and the extension.
  phone: (value) => {
    const digits = replace(replace(folded(value), '(转|ext|x|#|,|;|/).*$'), '[^0-9]+')
    return filled(`right(${replace(digits, '^((00)?86(?=[0-9]{10}))?0?')}, 11)`)
  },
  company_name: (value) => {
    const bare = replace(replace(folded(value), '\\((中国|china)\\)'), LEGAL_FORM)
    const name = replace(replace(bare, PUNCTUATION), LEGAL_FORM_CHINESE)
    return filled(replace(name, PLACE))
  },
  pinyin: (value, schema) => `${schema}._match_pinyin(${value})`,
  fuzzy_text: nameOnly,
  fuzzy_name: (value) => value,
  fuzzy_date: (value) => value,
}
