import { listOf, lowerMembership } from './lower-operator.ts'
import { type Lowered, type Lowering, operation, wrongCount } from './lowering.ts'
import { resolveRelationship } from './resolve-path.ts'
import type { CallSyntax, Range, Syntax } from './syntax.ts'

/** A call whose arguments are more than the operands of one operator. */
type Special = (
  parts: readonly Lowered[],
  call: CallSyntax,
  lowering: Lowering,
) => Lowered | undefined

/** What a function with a meaning of its own becomes; undefined for all others, and for a wrong count. */
export function lowerSpecial(
  name: string,
  call: CallSyntax,
  lowering: Lowering,
): Lowered | undefined {
  const related = RELATED.get(name)
  if (related !== undefined) return lowerRelated(related, call, lowering)
  if (name === 'DISTANCE') return lowerDistance(call, lowering)
  const special = SPECIAL.get(name)
  if (special === undefined) return undefined
  return special(
    call.args.map((argument) => lowering.lower(argument)),
    call,
    lowering,
  )
}

const RELATED = new Map([
  ['SOME', 'some'],
  ['NONE', 'none'],
  ['ALL', 'all'],
] as const) as ReadonlyMap<string, 'some' | 'none' | 'all'>

const SPECIAL: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['IF', chooseOne],
  [
    'IN',
    (parts, call, lowering) =>
      parts.length === 0 ? undefined : lowerMembership(parts, call, lowering),
  ],
  ['NOTIN', (parts, call, lowering) => listed('not_in', parts, call, lowering)],
  ['INCLUDES', (parts, call, lowering) => listed('includes', parts, call, lowering)],
  ['EXCLUDES', (parts, call, lowering) => listed('excludes', parts, call, lowering)],
  ['ISPICKVAL', isPickValue],
  ['ISNULL', isNull],
  ['NULLVALUE', nullValue],
  ['ROUND', round],
  ['FLOOR', renamed('trunc')],
  ['POWER', renamed('power')],
  ['PICKLISTCOUNT', renamed('length')],
  ['CASESAFEID', renamed('to_text')],
  [
    'PI',
    (parts, call) =>
      parts.length > 0 ? undefined : literal(Number(Math.PI.toPrecision(15)), call),
  ],
  ['BR', (parts, call) => (parts.length > 0 ? undefined : literal('\n', call))],
  ['HYPERLINK', hyperlink],
  ['IMAGE', image],
  ['FORMATDURATION', formatDuration],
])

function literal(value: number | string | boolean, { from, to }: Range): Lowered {
  const type = typeof value === 'string' ? 'text' : typeof value
  if (type !== 'text' && type !== 'number' && type !== 'boolean') throw new TypeError('No literal')
  return { expression: value, type, isLiteral: true, from, to }
}

function renamed(operator: 'trunc' | 'power' | 'length' | 'to_text'): Special {
  return (parts, call, lowering) => {
    const count = operator === 'power' ? 2 : 1
    return parts.length === count ? operation(operator, parts, call, lowering) : undefined
  }
}

function chooseOne(
  parts: readonly Lowered[],
  call: CallSyntax,
  lowering: Lowering,
): Lowered | undefined {
  const { to } = call
  const nothing: Lowered = { expression: null, type: 'null', isLiteral: true, from: to, to }
  if (parts.length === 2) return operation('if', [...parts, nothing], call, lowering)
  return parts.length === 3 ? operation('if', parts, call, lowering) : undefined
}

function listed(
  operator: 'not_in' | 'includes' | 'excludes',
  parts: readonly Lowered[],
  call: CallSyntax,
  lowering: Lowering,
): Lowered | undefined {
  const [subject, ...others] = parts
  if (subject === undefined) return undefined
  const [only] = others
  const isOne = others.length === 1 && only !== undefined
  if (isOne && (operator !== 'not_in' || only.type === 'list')) {
    return operation(operator, [subject, only], call, lowering)
  }
  const list = listOf(others)
  if (list === undefined) return wrongCount('field, "value", …', call, lowering)
  const written: Lowered = {
    expression: list,
    type: 'list',
    isLiteral: true,
    from: call.from,
    to: call.to,
  }
  return operation(operator, [subject, written], call, lowering)
}

function isPickValue([field, value]: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  if (field === undefined || value === undefined || call.args.length !== 2) return undefined
  return value.expression === ''
    ? operation('is_blank', [field], call, lowering)
    : operation('==', [field, value], call, lowering)
}

// In Salesforce, whose function it is, a text is empty but never null.
function isNull([given]: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  if (given === undefined || call.args.length !== 1) return undefined
  return given.type === 'text'
    ? literal(false, call)
    : operation('is_blank', [given], call, lowering)
}

function nullValue(parts: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  const [given] = parts
  if (given === undefined || parts.length !== 2) return undefined
  return given.type === 'text' ? given : operation('blank_value', parts, call, lowering)
}

function round(parts: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  const [, places] = parts
  if (parts.length < 1 || parts.length > 2) return undefined
  const isWritten = places === undefined || typeof places.expression === 'number'
  return operation(isWritten ? 'round' : 'round_places', parts, call, lowering)
}

function encoded(part: Lowered, lowering: Lowering): Lowered {
  return operation('html_encode', [part], part, lowering)
}

/** Texts and parts one behind the other. */
function html(
  pieces: readonly (string | Lowered)[],
  call: CallSyntax,
  lowering: Lowering,
): Lowered {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? literal(piece, call) : piece))
  return operation('concat', parts, call, lowering)
}

function hyperlink([url, label, target]: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  if (url === undefined || label === undefined || call.args.length > 3) return undefined
  const frame = target === undefined ? '_blank' : encoded(target, lowering)
  const [to, text] = [encoded(url, lowering), encoded(label, lowering)]
  return html(['<a href="', to, '" target="', frame, '">', text, '</a>'], call, lowering)
}

function image(parts: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  const [url, words, height, width] = parts
  if (url === undefined || words === undefined || parts.length > 4) return undefined
  const size = (name: string, given: Lowered | undefined): (string | Lowered)[] =>
    given === undefined ? [] : [`" ${name}="`, operation('to_text', [given], given, lowering)]
  return html(
    [
      '<img src="',
      encoded(url, lowering),
      '" alt="',
      encoded(words, lowering),
      ...size('height', height),
      ...size('width', width),
      '">',
    ],
    call,
    lowering,
  )
}

// Of two moments or times: the seconds between them.
function formatDuration(parts: readonly Lowered[], call: CallSyntax, lowering: Lowering) {
  const [from, to] = parts
  const isSpan = [from, to].every((one) => one?.type === 'datetime' || one?.type === 'time')
  if (from === undefined || to === undefined || !isSpan) return undefined
  const seconds = [to, from].map((one) => operation('unix_timestamp', [one], one, lowering))
  const between = operation('-', seconds, call, lowering)
  return operation('format_duration', [between], call, lowering)
}

function lowerRelated(
  operator: 'some' | 'none' | 'all',
  call: CallSyntax,
  lowering: Lowering,
): Lowered | undefined {
  const [relationship, condition] = call.args
  if (relationship?.kind !== 'path' || condition === undefined) return undefined
  const name = resolveRelationship(relationship.path, lowering.scope) ?? relationship.path
  const scope = lowering.scope.relationship?.(name)
  const path = { ...relationship, expression: { var: name }, type: undefined, isLiteral: false }
  return operation(operator, [path, lowering.lower(condition, scope)], call, lowering)
}

function lowerDistance(call: CallSyntax, lowering: Lowering): Lowered | undefined {
  const [from, to, unit] = call.args
  const places = [from, to].flatMap((place) => coordinates(place) ?? [])
  if (unit === undefined || call.args.length !== 3 || places.length !== 4) return undefined
  const parts = [...places, unit].map((part) => lowering.lower(part))
  return operation('distance', parts, call, lowering)
}

function coordinates(place: Syntax | undefined): readonly Syntax[] | undefined {
  const isPlace = place?.kind === 'call' && place.name.toUpperCase() === 'GEOLOCATION'
  return isPlace && place.args.length === 2 ? place.args : undefined
}
