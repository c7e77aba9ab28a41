import { isOperatorName, type OperatorName } from '../expression/index.ts'
import type { Message } from '../localized-text.ts'

/** What a function is about, as an editor groups them. */
export type FunctionGroup = 'logic' | 'number' | 'text' | 'time' | 'record'

/** A function of the formula language. */
export interface FormulaFunction {
  readonly name: string
  readonly group: FunctionGroup
  /** Arguments as documentation writes them: `text, count`. */
  readonly signature: string
  readonly description: Message
  /** The operator that it is, with the arguments as its operands. */
  readonly operator?: OperatorName
  /** Why there is no such function here, though others have it. */
  readonly missing?: Message
}

/** One function a line: name | arguments | operator | what it does, in English | in Chinese. */
const LOGIC = `
AND | condition, … | and | True if all conditions are | 所有条件都成立时为真
OR | condition, … | or | True if one of the conditions is | 任一条件成立时为真
NOT | condition | ! | True if the condition is false | 条件不成立时为真
IF | condition, value, otherwise | if | One of two values, by a condition | 按条件取两个值之一
IFS | condition, value, …, otherwise | if | The value behind the first condition that is true | 取第一个成立条件后的值
CASE | expression, value, result, …, otherwise | case | The result behind the value that the expression equals | 取与表达式相等的值后的结果
BLANKVALUE | value, otherwise | blank_value | The value, or another if it is empty | 为空时取另一个值
NULLVALUE | value, otherwise |  | As BLANKVALUE; a text is never null | 同 BLANKVALUE；文本从不为 null
ISBLANK | value | is_blank | True if the value is empty; 0 is not | 值为空时为真；0 不为空
ISNULL | value |  | As ISBLANK; a text is never null | 同 ISBLANK；文本从不为 null
IFERROR | value, otherwise | if_error | The value, or another if it cannot be computed | 无法计算时取另一个值
ISNUMBER | text | is_number | True if the text is a number | 文本是数字时为真
IN | value, candidate, … |  | True if the value is one of the others | 值与其余任一项相同时为真
NOTIN | value, candidate, … | not_in | True if the value is none of the others, which are written out | 值与其余各项（须写明）都不同时为真
BETWEEN | value, least, most | between | True if the value is not outside the bounds | 值在上下限之间（含）时为真
ISPICKVAL | picklist, value |  | True if the picklist has the value | 选项列表为该值时为真
INCLUDES | multi_picklist, value, … | includes | True if one of the values is chosen | 已选任一值时为真
EXCLUDES | multi_picklist, value, … | excludes | True if none of the values is chosen | 未选任何值时为真
PICKLISTCOUNT | multi_picklist |  | How many values are chosen | 已选值的个数
`

const NUMBER = `
ABS | number | abs | The number without its sign | 绝对值
ROUND | number, places | round | Rounded half away from zero | 四舍五入
ROUNDPLACES | number, places | round_places | As ROUND, with a computed count of places | 同 ROUND，位数可为计算值
TRUNC | number, places | trunc | Cut to a count of decimal places | 截取到指定小数位
FLOOR | number |  | The whole number next to zero: FLOOR(-1.5) is -1 | 向零取整：FLOOR(-1.5) 为 -1
CEILING | number | away_from_zero | The whole number away from zero: CEILING(-1.5) is -2 | 背离零取整：CEILING(-1.5) 为 -2
MFLOOR | number | floor | The next smaller whole number: MFLOOR(-1.5) is -2 | 向下取整：MFLOOR(-1.5) 为 -2
MCEILING | number | ceiling | The next larger whole number: MCEILING(-1.5) is -1 | 向上取整：MCEILING(-1.5) 为 -1
MOD | number, divisor | mod | What remains after a division, with the sign of the number | 余数，符号同被除数
MAX | number, … | greatest | The largest; nothing if one is empty | 最大值；任一为空则为空
MIN | number, … | least | The smallest; nothing if one is empty | 最小值；任一为空则为空
MAXOFFILLED | number, … | max | The largest of those that are not empty | 非空值中的最大值
MINOFFILLED | number, … | min | The smallest of those that are not empty | 非空值中的最小值
SQRT | number | sqrt | The square root | 平方根
EXP | number | exp | e to the power of the number | e 的乘方
LN | number | ln | The natural logarithm | 自然对数
LOG | number | log10 | The logarithm to base 10 | 以 10 为底的对数
POWER | base, exponent |  | The base to the power of the exponent, as ^ | 乘方，同 ^
PI |  |  | The number 3.14159265358979 | 圆周率 3.14159265358979
SIN | angle | sin | The sine of an angle in radians | 正弦（弧度）
COS | angle | cos | The cosine of an angle in radians | 余弦（弧度）
TAN | angle | tan | The tangent of an angle in radians | 正切（弧度）
ASIN | number | asin | The angle with this sine | 反正弦
ACOS | number | acos | The angle with this cosine | 反余弦
ATAN | number | atan | The angle with this tangent | 反正切
ATAN2 | y, x | atan2 | The angle of the point (x, y) | 点 (x, y) 的角度
DISTANCE | GEOLOCATION(latitude, longitude), GEOLOCATION(…), "km" or "mi" | distance | The distance of two places | 两地之间的距离
GEOLOCATION | latitude, longitude |  | A place, for DISTANCE | 地点，用于 DISTANCE
`

const TEXT = `
TEXT | value | to_text | A number, date, time or picklist as text | 数字、日期、时间或选项的文本
VALUE | text | to_number | The number that the text is | 文本表示的数字
LEN | text | length | How many characters the text has | 文本的字符数
LEFT | text, count | left | The first characters | 前若干个字符
RIGHT | text, count | right | The last characters | 后若干个字符
MID | text, start, count | middle | Characters from a position on, counted from 1 | 从某位置（自 1 起）取若干个字符
SUBSTR | text, start, count | substring | As MID; a negative position counts from the end | 同 MID；负位置从末尾数起
FIND | sought, text, start | find | The position of a text in another, 0 if it is not there | 文本在另一文本中的位置，没有则为 0
CONTAINS | text, part | contains_exact | True if the part is in the text, capitals as they are | 文本含有该部分时为真（区分大小写）
BEGINS | text, start | begins_exact | True if the text begins so, capitals as they are | 文本以其开头时为真（区分大小写）
CONTAINSANYCASE | text, part | contains | As CONTAINS, but capitals do not matter | 同 CONTAINS，但不区分大小写
BEGINSANYCASE | text, start | starts_with | As BEGINS, but capitals do not matter | 同 BEGINS，但不区分大小写
ENDSANYCASE | text, end | ends_with | True if the text ends so; capitals do not matter | 文本以其结尾时为真（不区分大小写）
SUBSTITUTE | text, old, new | substitute | The text with each old part replaced | 替换文本中的每一处
UPPER | text, language | upper | In capitals | 转为大写
LOWER | text, language | lower | In small letters | 转为小写
INITCAP | text | capitalize | Each word with a capital | 单词首字母大写
TRIM | text | trim | Without spaces before and behind | 去掉首尾空格
LPAD | text, length, filler | pad_left | Filled up, or cut, to a length, on the left | 在左侧补足（或截取）到指定长度
RPAD | text, length, filler | pad_right | Filled up, or cut, to a length, on the right | 在右侧补足（或截取）到指定长度
REVERSE | text | reverse | Backwards | 倒序
PLAINTEXT | rich text | plain_text | The text without its markup | 去掉格式后的文本
PART | value, name | part | A part of an address or of JSON that is a text: PART(billing_address, "city") | 地址或 JSON 中的文本部分：PART(billing_address, "city")
PARTNUMBER | value, name | part_number | The same of a part that is a number: PARTNUMBER(location, "latitude") | 同上，取数字部分：PARTNUMBER(location, "latitude")
WITHINKM | place, latitude, longitude, km | within_km | True if a place lies no farther than so many kilometres from another: WITHINKM(location, 31.23, 121.47, 5) | 位置与另一处相距不超过若干公里时为真：WITHINKM(location, 31.23, 121.47, 5)
CHR | number | character | The character with a Unicode number | Unicode 编码对应的字符
ASCII | text | character_code | The Unicode number of the first character | 首字符的 Unicode 编码
REGEX | text, "pattern" | matches | True if the whole text matches the pattern, which is written out | 整个文本匹配（写明的）正则表达式时为真
LIKE | text, pattern | like | True if the text has the form: % any text, _ any character | 文本符合形式时为真：% 任意文本，_ 任意字符
CONCATENATE | text, … | concat | The texts one behind the other, as & | 连接文本，同 &
BR |  |  | A line break | 换行
HTMLENCODE | text | html_encode | With codes for the characters that have a meaning in HTML | 对 HTML 特殊字符编码
JSENCODE | text | js_encode | With codes for the characters that have a meaning in JavaScript | 对 JavaScript 特殊字符编码
URLENCODE | text | url_encode | With codes for the characters that have a meaning in a URL | 对 URL 特殊字符编码
HYPERLINK | url, label, target |  | A link as HTML | HTML 链接
IMAGE | url, description, height, width |  | An image as HTML | HTML 图片
FORMATCURRENCY | currency, number | format_currency | An amount with its currency: "CNY 1,000.00" | 带币种的金额：“CNY 1,000.00”
FORMATDURATION | seconds, with_days | format_duration | Hours, minutes and seconds, with days if asked for | 时:分:秒，可带天数
`

const TIME = `
TODAY |  | today | Today's date | 今天
NOW |  | now | This moment | 此刻
TIMENOW |  | time_now | The time of day | 当前时间
DATE | year, month, day | date | The date of three numbers | 由年、月、日得到日期
DATEVALUE | value | to_date | The date of a text ("2026-11-22") or moment | 文本（“2026-11-22”）或日期时间的日期
DATETIMEVALUE | value | to_datetime | The moment of a text, in UTC ("2026-11-22 08:00:00"), or of a date | 文本（UTC，“2026-11-22 08:00:00”）或日期的时刻
TIMEVALUE | value | to_time | The time of a text ("08:30:00") or moment | 文本（“08:30:00”）或日期时间的时间
YEAR | date | year | The year | 年份
MONTH | date | month | The month, 1 to 12 | 月份，1 到 12
DAY | date | day | The day of the month | 日
WEEKDAY | date | weekday | The day of the week, 1 for Sunday | 星期几，星期日为 1
DAYOFYEAR | date | day_of_year | The day of the year | 一年中的第几天
ISOWEEK | date | iso_week | The week of the year by ISO 8601 | ISO 8601 周数
ISOYEAR | date | iso_year | The year of the ISO week | ISO 8601 周所属年份
HOUR | time | hour | The hour, 0 to 23 | 小时，0 到 23
MINUTE | time | minute | The minute | 分钟
SECOND | time | second | The second | 秒
MILLISECOND | time | millisecond | The millisecond | 毫秒
ADDMONTHS | date, months | add_months | So many months later; the end of a month stays one | 若干个月后；月末仍为月末
ADDDAYS | date, days | add_days | So many days later, as date + days | 若干天后，同 日期 + 天数
DAYSBETWEEN | from, to | days_between | The days from one date to another, as to - from | 两个日期之间的天数，同 结束 - 开始
ADDTIME | time, milliseconds | add_time | So many milliseconds later, round the clock | 若干毫秒后（循环）
TIMEBETWEEN | from, to | time_between | The milliseconds from one time to the next other | 两个时间之间的毫秒数
UNIXTIMESTAMP | value | unix_timestamp | The seconds since 1970, of a time since midnight | 自 1970 年（时间则自午夜）起的秒数
FROMUNIXTIME | seconds | from_unix_time | The moment so many seconds after 1970 | 1970 年起若干秒的时刻
INPERIOD | date, "period" | in_period | True if the date is in a period such as "this_month" | 日期在时间段（如 "this_month"）内时为真
`

const RECORD = `
ISCHANGED | field | changed | True if the save changes the field | 本次保存更改了该字段时为真
PRIORVALUE | field | prior | The value of the field before the save | 字段保存前的值
ISNEW |  | is_new | True if the record is being created | 正在新建记录时为真
SOME | related_list, condition | some | True if a related record fulfils the condition | 有相关记录满足条件时为真
NONE | related_list, condition | none | True if no related record fulfils the condition | 没有相关记录满足条件时为真
ALL | related_list, condition | all | True if every related record fulfils the condition | 所有相关记录都满足条件时为真
CASESAFEID | id |  | The id as text | 记录 id 的文本
`

/** Names of other languages and of JSON Logic for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  CHANGED: 'ISCHANGED',
  PRIOR: 'PRIORVALUE',
  IS_NEW: 'ISNEW',
  IS_BLANK: 'ISBLANK',
  ISEMPTY: 'ISBLANK',
  CONCAT: 'CONCATENATE',
  LENGTH: 'LEN',
  ROUNDUP: 'CEILING',
  EDATE: 'ADDMONTHS',
  CHAR: 'CHR',
  ISO_WEEK: 'ISOWEEK',
  ISOWEEKNUM: 'ISOWEEK',
}

/** What others have and we have not: name | why, in English | in Chinese. */
const NOT_HERE = `
VLOOKUP | a lookup in other objects; use a lookup field and its path | 查找其他对象；请用查找字段及其路径
CURRENCYRATE | dated exchange rates | 按日期的汇率
GETSESSIONID | the id of a session, which no formula may show | 会话 id，公式不得显示
ISCLONE | a trace of what a record was copied from | 记录复制来源的痕迹
URLFOR | addresses of pages of another system | 其他系统页面的地址
LINKTO | addresses of pages of another system | 其他系统页面的地址
PARENTGROUPVAL | groups of a report | 报表的分组
PREVGROUPVAL | groups of a report | 报表的分组
JSONVALUE | values in JSON | JSON 中的值
JSONPATHVALUE | values in JSON | JSON 中的值
REQUIRESCRIPT | scripts in a page | 页面中的脚本
RAND | chance; the same record would differ from read to read | 随机数；同一记录每次读取会不同
`

function lines(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
}

function rows(group: FunctionGroup, table: string): FormulaFunction[] {
  return lines(table).map(([name = '', signature = '', operator = '', en = '', zh = '']) => ({
    name,
    group,
    signature,
    description: { 'en-US': en, 'zh-CN': zh },
    ...(isOperatorName(operator) ? { operator } : {}),
  }))
}

function missing([name = '', en = '', zh = '']: readonly string[]): FormulaFunction {
  const message = { 'en-US': `${name} is not supported: ${en}`, 'zh-CN': `不支持 ${name}：${zh}` }
  return { name, group: 'logic', signature: '', description: message, missing: message }
}

/** All functions of the language, in the order in which an editor shows them. */
export const FORMULA_FUNCTIONS: readonly FormulaFunction[] = [
  ...rows('logic', LOGIC),
  ...rows('number', NUMBER),
  ...rows('text', TEXT),
  ...rows('time', TIME),
  ...rows('record', RECORD),
]

const BY_NAME: ReadonlyMap<string, FormulaFunction> = new Map([
  ...lines(NOT_HERE).map((row) => [row[0] ?? '', missing(row)] as const),
  ...FORMULA_FUNCTIONS.map((one) => [one.name, one] as const),
])

const BY_OPERATOR: ReadonlyMap<string, FormulaFunction> = new Map(
  FORMULA_FUNCTIONS.toReversed().flatMap((one) =>
    one.operator === undefined ? [] : [[one.operator, one] as const],
  ),
)

/** The function of a name, capitals or not; undefined if there is none. */
export function functionNamed(name: string): FormulaFunction | undefined {
  const capitals = name.toUpperCase()
  return BY_NAME.get(ALIASES[capitals] ?? capitals)
}

/** The function by which an operator is printed. */
export function functionOf(operator: string): FormulaFunction | undefined {
  return BY_OPERATOR.get(operator)
}
