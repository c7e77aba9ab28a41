import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'

import { asJson, toSqlText } from './statement.ts'

describe('toSqlText', () => {
  it('compiles the sql tag, nested fragments included', () => {
    const condition = sql`name = ${'Ada'}`
    expect(toSqlText(sql`select ${1}::int where ${condition}`)).toEqual({
      text: 'select $1::int where name = $2',
      values: [1, 'Ada'],
    })
  })

  it('takes text with values, and text alone', () => {
    expect(toSqlText({ text: 'select $1', values: ['a'] })).toEqual({
      text: 'select $1',
      values: ['a'],
    })
    expect(toSqlText('select $1', ['b'])).toEqual({ text: 'select $1', values: ['b'] })
    expect(toSqlText('select 1')).toEqual({ text: 'select 1', values: [] })
  })

  it('refuses an undefined value instead of binding null', () => {
    expect(() => toSqlText(sql`select ${1}, ${undefined}`)).toThrow('Value $2 is undefined')
  })
})

describe('asJson', () => {
  it('writes arrays and null as JSON', () => {
    expect([asJson([]), asJson([1, 2]), asJson(null), asJson(undefined)]).toEqual([
      '[]',
      '[1,2]',
      'null',
      'null',
    ])
  })
})
