import { createFieldTypes } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { convertValue } from '../../server/src/schema/convert-column.ts'
import { createDatabase, type TestDatabase } from '../support/index.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
})
afterAll(() => test.drop())

/** What SQL makes of texts; it must never fail. */
async function convert(texts: readonly string[], from: string, to: string): Promise<unknown[]> {
  const rows = await test.database.query<{ value: string | null }>(
    `select (${convertValue('v', from, to)})::text as value from unnest($1::${from}[]) with ordinality as t(v, n) order by n`,
    [[...texts]],
  )
  return rows.map(({ value }) => value)
}

const [number, date] = ['number', 'date'].map((name) => createFieldTypes().get(name))

const digits = fc.stringMatching(/^[+-]?\d{0,18}([.,]\d{0,6}){0,3}$/)
const written = fc.oneof(
  digits,
  digits.map((one) => `￥${one}`),
  digits.map((one) => ` ${one} `),
  fc.double().map(String),
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((one) => one.replaceAll('\u0000', '').toWellFormed()),
)

describe('a text that becomes a number', () => {
  it('is a number exactly where a file would have it be one, but for percent signs, brackets and powers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 1, maxLength: 50 }), async (texts) => {
        const made = await convert(texts, 'text', 'numeric(15,2)')
        for (const [index, text] of texts.entries()) {
          const parsed = number?.parseText(text, { scale: 2 })
          const value = made[index]
          if (value === null) continue
          expect([text, parsed]).toEqual([text, { value: Number(value) }])
        }
        const plain = texts.filter((text) => /^\d{1,12}(\.\d{1,2})?$/.test(text))
        expect((await convert(plain, 'text', 'numeric(15,2)')).includes(null)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a text that becomes a date', () => {
  it('is a day that there is', async () => {
    const day = fc
      .tuple(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
      )
      .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${m}-${d}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(day, written), { minLength: 1, maxLength: 50 }),
        async (texts) => {
          const made = await convert(texts, 'text', 'date')
          for (const [index, text] of texts.entries()) {
            const parsed = date?.parseText(text, {})
            const known = parsed && 'value' in parsed ? parsed.value : null
            if (made[index] !== null) expect([text, known]).toEqual([text, made[index]])
            else if (/^\d{4}-/.test(text)) expect([text, known]).toEqual([text, null])
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a number of fewer decimals', () => {
  it('is the same number, or none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), async (whole) => {
        const value = (whole / 100).toFixed(2)
        const [made] = await convert([value], 'numeric', 'bigint')
        expect(made).toBe(value.endsWith('.00') ? value.slice(0, -3).replace(/^-0$/, '0') : null)
      }),
      { numRuns: 60 },
    )
  })
})
