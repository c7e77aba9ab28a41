import fc from 'fast-check'
import jsonLogic from 'json-logic-js'
import { describe, expect, it } from 'vitest'

import {
  compileEvaluator,
  evaluateExpression,
  type EvaluationContext,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type ExpressionValue,
  InvalidExpression,
  NotLoaded,
  OPERATOR_NAMES,
  type RecordSource,
  UnreadableValue,
} from './index.ts'
import vectors from './vectors.json' with { type: 'json' }

type VectorFields = { readonly [path: string]: ExpressionType | VectorFields }

interface Vector {
  readonly name: string
  readonly fields: VectorFields
  readonly record: RecordSource
  readonly before?: RecordSource | null
  readonly user?: RecordSource
  readonly now?: string
  readonly time_zone?: string
  readonly fiscal_year_start?: number
  readonly expression: Expression
  readonly value: ExpressionValue
}

const VECTORS = vectors as unknown as readonly Vector[]

function scopeOf(fields: VectorFields, saving: boolean): ExpressionScope {
  return {
    saving,
    field: (path) => {
      const type = fields[path]
      return typeof type === 'string' ? { type } : undefined
    },
    relationship: (name) => {
      const related = fields[name]
      return typeof related === 'object' ? scopeOf(related, false) : undefined
    },
  }
}

const NOW = '2026-11-21T08:00:00.000Z'
const SHANGHAI = { now: NOW, timeZone: 'Asia/Shanghai' }

function contextOf(vector: Vector): EvaluationContext {
  return {
    record: vector.record,
    ...('before' in vector ? { before: vector.before ?? null } : {}),
    user: vector.user,
    now: vector.now ?? NOW,
    timeZone: vector.time_zone ?? 'Asia/Shanghai',
    fiscalYearStart: vector.fiscal_year_start ?? 1,
  }
}

describe('the shared vectors', () => {
  it.each(VECTORS)('$name', (vector) => {
    const scope = scopeOf(vector.fields, 'before' in vector)
    expect(evaluateExpression(vector.expression, scope, contextOf(vector))).toEqual(vector.value)
  })

  it('cover every operator', () => {
    const text = JSON.stringify(VECTORS.map(({ expression }) => expression))
    expect(OPERATOR_NAMES.filter((name) => !text.includes(`{"${name}":`))).toEqual([])
  })
})

const v = (name: string): Expression => ({ var: name })

function evaluate(expression: Expression, fields: VectorFields, record: RecordSource): unknown {
  return evaluateExpression(expression, scopeOf(fields, false), { record, ...SHANGHAI })
}

describe('evaluateExpression', () => {
  it('reads a record from an object of objects, by path, and from a function', () => {
    const fields: VectorFields = { 'account.industry': 'text' }
    const expression = { '==': [v('account.industry'), 'media'] }
    expect(evaluate(expression, fields, { account: { industry: 'media' } })).toBe(true)
    expect(evaluate(expression, fields, { 'account.industry': 'media' })).toBe(true)
    expect(
      evaluate(expression, fields, (path) => (path === 'account.industry' ? 'media' : 1)),
    ).toBe(true)
    expect(evaluate(expression, fields, { account: null })).toBeNull()
  })

  it('refuses rather than guesses when a parent or related records were not loaded', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    expect(() =>
      evaluate(v('account.industry'), { 'account.industry': 'text' }, { account: id }),
    ).toThrow(NotLoaded)
    const some = { some: [v('contacts'), { is_blank: v('email') }] }
    expect(() => evaluate(some, { contacts: { email: 'text' } }, {})).toThrow(NotLoaded)
  })

  it.each([
    ['number', 'ten'],
    ['number', Number.NaN],
    ['number', '1e3'],
    ['text', 5],
    ['boolean', 'true'],
    ['date', '2026-02-30'],
    ['date', '2026-02-28T00:00:00Z'],
    ['datetime', '2026-02-28'],
    ['datetime', '2026-13-01T00:00:00.000Z'],
    ['list', 'a'],
    ['list', [1]],
    ['id', 'me'],
  ] as const)('does not take for a %s what is none: %j', (type, raw) => {
    expect(() => evaluate(v('a'), { a: type }, { a: raw })).toThrow(UnreadableValue)
  })

  it('follows only what a record owns', () => {
    expect(evaluate(v('toStrin'), { toStrin: 'text' }, {})).toBeNull()
    const record = Object.create({ a: 'inherited' })
    expect(evaluate(v('a'), { a: 'text' }, record)).toBeNull()
  })

  it('never runs data that look like an operation', () => {
    const operation = { var: 'secret' }
    const fields: VectorFields = { a: 'text', l: 'list', secret: 'text' }
    expect(() => evaluate(v('a'), fields, { a: operation, secret: 'x' })).toThrow(UnreadableValue)
    expect(evaluate(v('l'), fields, { l: ['{"var":"secret"}'], secret: 'x' })).toEqual([
      '{"var":"secret"}',
    ])
    expect(evaluate({ in: [v('a'), ['var', 'secret']] }, fields, { a: 'var' })).toBe(true)
  })

  it('throws for an expression that does not hold, with its problems', () => {
    const invalid = { '>': [v('amount'), '1'] }
    expect(() => evaluate(invalid, { amount: 'number' }, {})).toThrow(InvalidExpression)
    expect(() => evaluate(invalid, { amount: 'number' }, {})).toThrow(
      '>.1: Expected number, found text',
    )
  })

  it('makes a function that serves many records', () => {
    const isLarge = compileEvaluator(
      { '>': [v('a'), 10] },
      scopeOf({ a: 'number' }, false),
      'boolean',
    )
    const answers = [5, 10.5, '11', null].map((a) => isLarge({ record: { a }, ...SHANGHAI }))
    expect(answers).toEqual([false, true, true, null])
  })

  it('knows fiscal years and refuses offsets in place of a time zone', () => {
    const today = compileEvaluator({ today: [] }, scopeOf({}, false))
    expect(() => today({ record: {}, now: NOW, timeZone: '+08:00' })).toThrow(RangeError)
    expect(() => today({ record: {}, now: NOW, timeZone: 'Mars/Olympus' })).toThrow(RangeError)
    expect(() => today({ record: {}, now: 'soon', timeZone: 'UTC' })).toThrow(UnreadableValue)
  })

  it("leaves json-logic-js' own operators as they were", () => {
    expect(jsonLogic.apply({ '==': [1, '1'] })).toBe(true)
    expect(jsonLogic.apply({ '+': ['1', 2] })).toBe(3)
    expect(jsonLogic.apply({ some: [[1, 2], { '>': [{ var: '' }, 1] }] })).toBe(true)
    expect(() => jsonLogic.apply({ is_blank: [null] } as never)).toThrow('Unrecognized operation')
  })
})

const kleene = fc.constantFrom(true, false, null)
const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => ({ digits: BigInt(digits), scale }))

/** The text of digits / 10^scale. */
function textOf({ digits, scale }: { digits: bigint; scale: number }): string {
  const sign = digits < 0n ? '-' : ''
  const text = `${digits < 0n ? -digits : digits}`.padStart(scale + 1, '0')
  const [whole, fraction] = [text.slice(0, text.length - scale), text.slice(text.length - scale)]
  const trimmed = fraction.replace(/0+$/, '')
  const plain = trimmed === '' ? whole : `${whole}.${trimmed}`
  return plain === '0' ? '0' : sign + plain
}

describe('the laws of evaluation', () => {
  const booleans: VectorFields = { a: 'boolean', b: 'boolean' }
  const numbers: VectorFields = { a: 'number', b: 'number' }

  it("keeps De Morgan's law also where something is unknown", () => {
    fc.assert(
      fc.property(kleene, kleene, (a, b) => {
        const left = evaluate({ '!': { and: [v('a'), v('b')] } }, booleans, { a, b })
        const right = evaluate({ or: [{ '!': v('a') }, { '!': v('b') }] }, booleans, { a, b })
        expect(left).toBe(right)
      }),
    )
  })

  it('adds, subtracts and multiplies like whole numbers do, without a rounding', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const scale = Math.max(a.scale, b.scale)
        const raise = (n: typeof a): bigint => n.digits * 10n ** BigInt(scale - n.scale)
        const record = { a: textOf(a), b: textOf(b) }
        const sum = { digits: raise(a) + raise(b), scale }
        const product = { digits: a.digits * b.digits, scale: a.scale + b.scale }
        expect(evaluate({ '+': [v('a'), v('b')] }, numbers, record)).toBe(textOf(sum))
        expect(evaluate({ '*': [v('a'), v('b')] }, numbers, record)).toBe(textOf(product))
        const back = { '-': [{ '+': [v('a'), v('b')] }, v('b')] }
        expect(evaluate(back, numbers, record)).toBe(textOf(a))
      }),
    )
  })

  it('divides to 20 decimals, half away from zero', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        fc.pre(b.digits !== 0n)
        const [over, under] = [
          a.digits * 10n ** BigInt(b.scale + 20),
          b.digits * 10n ** BigInt(a.scale),
        ]
        const isNegative = over < 0n !== under < 0n
        const [top, bottom] = [over < 0n ? -over : over, under < 0n ? -under : under]
        const rounded = (top * 2n + bottom) / (bottom * 2n)
        const wanted = textOf({ digits: isNegative ? -rounded : rounded, scale: 20 })
        expect(evaluate({ '/': [v('a'), v('b')] }, numbers, { a: textOf(a), b: textOf(b) })).toBe(
          wanted,
        )
      }),
    )
  })

  it('orders text by code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const order = compareCodePoints(codePoints(a), codePoints(b))
        expect(evaluate({ '<': [v('a'), v('b')] }, { a: 'text', b: 'text' }, { a, b })).toBe(
          order < 0,
        )
      }),
    )
  })
})

function codePoints(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

function compareCodePoints(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((point, at) => point !== b[at])
  return index < 0 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1)
}
