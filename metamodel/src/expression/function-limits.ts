/**
 * What the functions of numbers, texts and times keep to, in JavaScript and in SQL alike.
 */

/** Irrational results are rounded to this many decimals, as quotients are. */
export const RESULT_DECIMALS = 20
/** What is calculated approximately sees its operands rounded to this many decimals. */
export const OPERAND_DECIMALS = 30
/** Functions whose results could grow beyond measure refuse numbers of 10 to this power. */
export const MAX_EXPONENT = 125
/** The decimals that cutting and rounding to whole numbers look at: (1 / 9) * 9 is 1 for them. */
export const WHOLE_DECIMALS = 15
/** The most places before or behind the point that a computed count may ask for. */
export const MAX_COMPUTED_PLACES = 50
/**
 * The last places of results that grow, by the decimal exponent up to which each holds: what is larger than a number
 * with 44 digits keeps as many digits as it needs, not decimals.
 */
export const GROWING_PLACES = [
  { exponent: 18, places: RESULT_DECIMALS },
  { exponent: 44, places: 0 },
  { exponent: 87, places: -45 },
  { exponent: MAX_EXPONENT, places: -85 },
] as const
/** The most that `exp` is asked for; below the least its result is zero to 20 decimals. */
export const EXP_MOST = 287
export const EXP_LEAST = -100
/** Exponents of `power` beyond this are refused. */
export const POWER_MOST = 1_000_000
/** Angles beyond this have lost their meaning in floating point. */
export const MAX_ANGLE = 1e15
/** Decimals of a distance in kilometres or miles: a millimetre. */
export const DISTANCE_DECIMALS = 6
export const EARTH_RADIUS_KM = 6371.0088
export const KM_PER_MILE = 1.609344

/** The longest text that is read as a number. */
export const MAX_NUMBER_TEXT = 60
/** The largest count of characters. */
export const MAX_COUNT = 1_000_000
/** The longest text that replacing makes, and that is encoded. */
export const MAX_MADE_TEXT = 200_000
/** The longest text that is made by filling up to a length. */
export const MAX_FILLED_TEXT = 10_000
/** Amounts of this size and more are not written out. */
export const MAX_WRITTEN_AMOUNT = '1e27'

/** The languages whose letters have other capitals than all others'. */
export const CASED_LANGUAGES = ['tr', 'az', 'lt'] as const

/** What stands in HTML for characters with a meaning there; in this order. */
export const HTML_CODES = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
] as const

/** What stands in a JavaScript text for characters with a meaning there; in this order. */
export const JS_CODES = [
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
] as const

/** Decimals of currencies that have not two (ISO 4217). */
export const CURRENCY_DECIMALS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMN TND'.split(' ').map((code) => [code, 3]),
])
