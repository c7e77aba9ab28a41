import { isDate, parseMoment } from '../field-types/index.ts'
import type { Locale } from '../localized-text.ts'
import { relatedParts } from './expression-references.ts'
import {
  type Expression,
  isList,
  operationParts,
  type OperationParts,
  type Scalar,
  USER_PREFIX,
  variableName,
} from './expression.ts'
import type { OperatorText, PredicateWords } from './operator.ts'
import { isOperatorName, OPERATORS } from './operators.ts'
import { enumerate, fill, glue, yesOrNo } from './phrase.ts'
import { periodText } from './relative-period.ts'

/** How to say the names in an expression. */
export interface DescribeOptions {
  readonly locale: Locale
  /** A field's or relationship's label; behind a relationship the path is `contacts.email`. */
  label(path: string): string
  /** A picklist value's label; undefined for a text that is no value of the field. */
  valueLabel?(path: string, code: string): string | undefined
}

/**
 * An expression as a sentence, with brackets where they are needed and nowhere else.
 *
 * @example describeExpression({ or: [{ is_blank: { var: 'amount' } }, { '<=': [{ var: 'amount' }, 0] }] }, options)
 *   // 'Amount is empty or at most 0' · '金额为空或不大于 0'
 */
export function describeExpression(expression: Expression, options: DescribeOptions): string {
  return say(expression, { locale: options.locale, options, prefix: '' }).text
}

/** How closely the parts of a text hold together; looser parts inside tighter ones get brackets. */
const BINDING = { junction: 1, predicate: 2, sum: 3, product: 4, atom: 5 } as const
type Binding = (typeof BINDING)[keyof typeof BINDING]

interface Phrase {
  readonly text: string
  readonly binding: Binding
  /** `and` or `or`, if that is what holds the phrase together. */
  readonly junction?: string
  /** The parts of a predicate, so that neighbours about the same subject are said as one. */
  readonly predicate?: Predicate
  /** What the phrase is under a `!`. */
  readonly negated?: Predicate | undefined
}

interface Predicate {
  readonly subject: string
  readonly verb: string
  readonly rest: string
}

interface Telling {
  readonly locale: Locale
  readonly options: DescribeOptions
  /** The relationships on the way here: `contacts.`. */
  readonly prefix: string
  /** The field that literals stand beside. */
  readonly beside?: string | undefined
}

function say(expression: Expression, telling: Telling): Phrase {
  const name = variableName(expression)
  if (name !== undefined) return atom(telling.options.label(fullPath(name, telling)))
  if (isList(expression)) {
    const members = expression.map((member) => sayScalar(member, telling))
    return atom(enumerate(members, telling.locale, ', '))
  }
  const parts = operationParts(expression)
  if (parts !== undefined && isOperatorName(parts.operator)) {
    return sayOperation(OPERATORS[parts.operator].text, parts, telling)
  }
  const isScalar = typeof expression !== 'object' || expression === null
  // What is no expression of the profile is shown as it stands.
  return atom(isScalar ? sayScalar(expression, telling) : JSON.stringify(expression))
}

function atom(text: string): Phrase {
  return { text, binding: BINDING.atom }
}

function sayScalar(value: Scalar, { locale, options, beside }: Telling): string {
  const isEnglish = locale === 'en-US'
  if (value === null) return isEnglish ? 'nothing' : '空'
  if (typeof value === 'boolean') return yesOrNo(value, locale)
  if (typeof value === 'number') return String(value)
  const label = beside === undefined ? undefined : options.valueLabel?.(beside, value)
  if (label !== undefined) return label
  if (isDate(value) || parseMoment(value) !== undefined) return value
  return isEnglish ? `"${value}"` : `“${value}”`
}

type Teller<K extends OperatorText['as']> = (
  text: Extract<OperatorText, { as: K }>,
  parts: OperationParts,
  telling: Telling,
) => Phrase

const TELLERS: { readonly [K in OperatorText['as']]: Teller<K> } = {
  predicate: sayPredicate,
  infix: sayInfix,
  phrase: sayPhrase,
  enumeration: sayEnumeration,
  junction: sayJunction,
  negation: sayNegation,
  choice: (_text, parts, telling) => sayChoice(parts, telling),
}

function sayOperation<K extends OperatorText['as']>(
  text: Extract<OperatorText, { as: K }>,
  parts: OperationParts,
  telling: Telling,
): Phrase {
  const teller: Teller<K> = TELLERS[text.as as K]
  return teller(text, parts, { ...telling, beside: fieldAmong(parts.operands, telling) })
}

/** The first field among operands, or the field that `prior` is about: its labels are the literals'. */
function fieldAmong(operands: readonly Expression[], telling: Telling): string | undefined {
  for (const operand of operands) {
    const parts = operationParts(operand)
    const [inner = null] = parts?.operator === 'prior' ? parts.operands : []
    const name = variableName(operand) ?? variableName(inner)
    if (name !== undefined) return fullPath(name, telling)
  }
  return undefined
}

/** A path as seen from the whole expression; the user is the same everywhere. */
function fullPath(name: string, { prefix }: Telling): string {
  return name.startsWith(USER_PREFIX) ? name : prefix + name
}

/** An operand's text, in brackets if it is looser than its place allows. */
function sayWithin(expression: Expression, least: Binding, telling: Telling): string {
  const { text, binding } = say(expression, telling)
  return binding < least ? inBrackets(text, telling) : text
}

function inBrackets(text: string, { locale }: Telling): string {
  return locale === 'en-US' ? `(${text})` : `（${text}）`
}

function sayPredicate(
  { words, negated, temporal }: Extract<OperatorText, { as: 'predicate' }>,
  { operator, operands }: OperationParts,
  telling: Telling,
): Phrase {
  const spoken = operands.map((operand, index) =>
    operator === 'in_period' && index === 1
      ? sayPeriod(operand, telling)
      : sayWithin(operand, BINDING.sum, telling),
  )
  const toPredicate = ({ verb, rest }: PredicateWords): Predicate => ({
    subject: spoken[0] ?? '',
    verb: telling.locale === 'en-US' ? verb : '',
    rest: fill(rest[telling.locale], spoken, telling.locale),
  })
  const predicate = toPredicate(
    temporal !== undefined && operands.some(isTemporal) ? temporal : words,
  )
  return fromPredicate(predicate, negated && toPredicate(negated), telling)
}

function fromPredicate(
  predicate: Predicate,
  negated: Predicate | undefined,
  telling: Telling,
): Phrase {
  return {
    text: sayTogether([predicate], '', telling),
    binding: BINDING.predicate,
    predicate,
    negated,
  }
}

function sayPeriod(name: Expression, telling: Telling): string {
  const text = typeof name === 'string' ? periodText(name) : undefined
  return text?.[telling.locale] ?? JSON.stringify(name)
}

const TEMPORAL_OPERATORS: ReadonlySet<string> = new Set(['today', 'now', 'add_days', 'add_months'])

/** Whether a part is visibly a day or a moment, so that "before" says more than "less than". */
function isTemporal(expression: Expression): boolean {
  if (typeof expression === 'string') {
    return isDate(expression) || parseMoment(expression) !== undefined
  }
  return TEMPORAL_OPERATORS.has(operationParts(expression)?.operator ?? '')
}

/** One subject with what is said of it: "Amount is empty or at most 0". A repeated verb is dropped. */
function sayTogether(
  predicates: readonly Predicate[],
  conjunction: string,
  telling: Telling,
): string {
  const pieces = predicates.flatMap(({ subject, verb, rest }, index) => {
    if (index === 0) return [subject, verb, rest]
    return [conjunction, verb === predicates[index - 1]?.verb ? '' : verb, rest]
  })
  return glue(pieces, telling.locale)
}

function sayJunction(
  { words }: Extract<OperatorText, { as: 'junction' }>,
  { operator, operands }: OperationParts,
  telling: Telling,
): Phrase {
  const conjunction = words[telling.locale]
  const phrases = operands.map((operand) => sayCondition(operand, telling))
  const [only] = phrases
  if (phrases.length === 1 && only !== undefined) return only
  const texts = groupBySubject(phrases).map(({ phrase, predicates }): string => {
    if (predicates.length > 0) return sayTogether(predicates, conjunction, telling)
    const isOther = phrase.junction !== undefined && phrase.junction !== operator
    return isOther ? inBrackets(phrase.text, telling) : phrase.text
  })
  const text = texts.reduce((all, next) => glue([all, conjunction, next], telling.locale))
  return { text, binding: BINDING.junction, junction: operator }
}

/** Neighbouring predicates about one subject, or one other phrase. */
interface Group {
  readonly phrase: Phrase
  readonly predicates: Predicate[]
}

function groupBySubject(phrases: readonly Phrase[]): readonly Group[] {
  const groups: Group[] = []
  for (const phrase of phrases) {
    const { predicate } = phrase
    const last = groups.at(-1)?.predicates
    if (predicate !== undefined && last?.[0]?.subject === predicate.subject) last.push(predicate)
    else groups.push({ phrase, predicates: predicate === undefined ? [] : [predicate] })
  }
  return groups
}

/** A part that is true or false: a bare checkbox is said as "Active is yes". */
function sayCondition(expression: Expression, telling: Telling): Phrase {
  const phrase = say(expression, telling)
  if (variableName(expression) === undefined) return phrase
  const { locale } = telling
  const is = (value: boolean): Predicate => ({
    subject: phrase.text,
    verb: locale === 'en-US' ? 'is' : '',
    rest: locale === 'en-US' ? yesOrNo(value, locale) : `为${yesOrNo(value, locale)}`,
  })
  return fromPredicate(is(true), is(false), telling)
}

function sayNegation(
  { words }: Extract<OperatorText, { as: 'negation' }>,
  { operands }: OperationParts,
  telling: Telling,
): Phrase {
  const [operand = null] = operands
  const { text, negated, predicate } = sayCondition(operand, telling)
  if (negated !== undefined) return fromPredicate(negated, predicate, telling)
  return atom(fill(words[telling.locale], [text], telling.locale))
}

function sayInfix(
  { sign, binding }: Extract<OperatorText, { as: 'infix' }>,
  { operands }: OperationParts,
  telling: Telling,
): Phrase {
  const [first = null, ...others] = operands
  if (others.length === 0) {
    return { text: `${sign}${sayWithin(first, BINDING.atom, telling)}`, binding: BINDING.product }
  }
  // The right side of a minus or a division needs brackets even around its own kind.
  const rightBinding = binding === 'sum' ? BINDING.product : BINDING.atom
  const texts = [
    sayWithin(first, BINDING[binding], telling),
    ...others.map((operand) => sayWithin(operand, rightBinding, telling)),
  ]
  return { text: texts.join(` ${sign} `), binding: BINDING[binding] }
}

function sayPhrase(
  { words }: Extract<OperatorText, { as: 'phrase' }>,
  parts: OperationParts,
  telling: Telling,
): Phrase {
  const template = words[telling.locale]
  const related = relatedParts(parts)
  if (related !== undefined) {
    const path = telling.prefix + related.relationship
    const condition = sayCondition(related.condition, { ...telling, prefix: `${path}.` }).text
    return atom(fill(template, [telling.options.label(path), condition], telling.locale))
  }
  const texts = parts.operands.map((operand) => sayWithin(operand, BINDING.atom, telling))
  return atom(fill(template, texts, telling.locale))
}

function sayEnumeration(
  { words }: Extract<OperatorText, { as: 'enumeration' }>,
  { operands }: OperationParts,
  telling: Telling,
): Phrase {
  const texts = operands.map((operand) => sayWithin(operand, BINDING.sum, telling))
  return atom(
    fill(words[telling.locale], [enumerate(texts, telling.locale, ' and ')], telling.locale),
  )
}

function sayChoice({ operands }: OperationParts, telling: Telling): Phrase {
  const isEnglish = telling.locale === 'en-US'
  const cases: string[] = []
  for (let index = 0; index + 1 < operands.length; index += 2) {
    const condition = sayCondition(operands[index] ?? null, telling).text
    const outcome = sayWithin(operands[index + 1] ?? null, BINDING.predicate, telling)
    cases.push(
      glue(
        isEnglish ? ['if', condition, 'then', outcome] : ['若', condition, '则', outcome],
        telling.locale,
      ),
    )
  }
  const otherwise = sayWithin(operands.at(-1) ?? null, BINDING.predicate, telling)
  const text = [...cases, glue([isEnglish ? 'otherwise' : '否则', otherwise], telling.locale)].join(
    isEnglish ? ', ' : '，',
  )
  return { text, binding: BINDING.junction, junction: 'if' }
}
