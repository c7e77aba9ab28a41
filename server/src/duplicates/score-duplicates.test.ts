import { readFileSync } from 'node:fs'

import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'

import { describeWithSharedData, sharedDataPath } from '../../../tests/support/index.ts'
import { digitsOfDate, inferKind } from './column-kinds.ts'
import { makeMatchTable } from './match-table.ts'
import { truthOf } from './read-truth.ts'
import { scoreDuplicates, type TextTable } from './score-duplicates.ts'

describe('the kind of a column', () => {
  it.each([
    ['email', ['a@b.cn', 'x@y', '', 'broken']],
    ['date', ['2020-01-31', '1999-13-01', '']],
    ['date', ['19700101', '19851231']],
    ['date', ['31/12/2020', '1.2.1999']],
    ['number', ['03 51056140', '+86 138-0000-0000', '12']],
    ['number', ['7478073', '12a']],
    ['text', ['mitchell', '', 'green']],
    ['text', ['', '']],
  ] as const)('is %s for %j', (kind, values) => {
    const most = values.filter((value) => value !== 'broken')
    expect(inferKind([...values, ...most, ...most, ...most])).toBe(kind)
  })

  it('reads dates year first, whatever way they are written', () => {
    expect(
      ['2020-1-31', '2020年1月31日', '31.1.2020', '1/31/2020', '20200131'].map(digitsOfDate),
    ).toEqual(Array.from({ length: 5 }, () => '20200131'))
    expect(digitsOfDate('99999999')).toBeUndefined()
  })
})

describe('the columns that are compared', () => {
  it('leave out what names the row, what is the same everywhere, and what others say already', () => {
    const people = Array.from({ length: 60 }, (_, at) => {
      const [first, last] = [`anna${at % 7}`, `berg${at % 11}`]
      return [String(at), 'x', first, last, `${first} von ${last}`]
    })
    const table = makeMatchTable(
      ['id', 'constant', 'first', 'last', 'full'],
      [0, 1, 2, 3, 4].map((column) => people.map((row) => row[column] ?? '')),
    )
    expect(table.columns.map(({ name }) => name)).toEqual(['first', 'last'])
    expect(table.identifiers).toEqual(['id'])
    expect(table.composed).toEqual(['full'])
  })
})

describe('the truth', () => {
  it('is the value, what a pattern captures, or what stands within the name of a row', () => {
    expect(truthOf(['a', 'a', 'b']).entities).toEqual(['a', 'a', 'b'])
    const rows = ['rec-1-org', 'rec-1-dup-0', 'rec-12-org']
    const { entities } = truthOf(rows)
    expect(entities[0]).toBe(entities[1])
    expect(entities[0]).not.toBe(entities[2])
    expect(truthOf(rows, /^rec-(\d+)-/).entities).toEqual(['fits 1', 'fits 1', 'fits 12'])
    const numbers = truthOf(['170', '171', '3', '18']).entities
    expect(numbers[0]).toBe(numbers[1])
    expect(new Set(numbers).size).toBe(3)
  })
})

describe('the score', () => {
  it('does not depend on what the truth says', () => {
    const table: TextTable = {
      header: ['name', 'city', 'born', 'who'],
      rows: Array.from({ length: 300 }, (_, at) => {
        const person = Math.floor(at / 2)
        const name = `n${(person * 7919) % 1000} f${(person * 104_729) % 997}`
        const day = String(((person * 31) % 28) + 1).padStart(2, '0')
        const [city, born] = [
          `city ${person % 9}`,
          `19${10 + (person % 80)}-0${(person % 9) + 1}-${day}`,
        ]
        return [at % 2 === 0 ? name : name.replace('f', 'ff'), city, born, String(person)]
      }),
    }
    const right = scoreDuplicates(table, { truth: 'who' })
    expect(right.f1).toBeGreaterThan(0.98)
    const rows = table.rows.map((row, at) => [...row.slice(0, 3), String(at % 150)])
    const wrong = scoreDuplicates({ ...table, rows }, { truth: 'who' })
    expect(wrong.f1).toBe(0)
    expect(wrong.groups).toBe(right.groups)
  })

  it('finds nothing in a table without rows, or with one', () => {
    for (const rows of [[], [['a', '1']]]) {
      const score = scoreDuplicates({ header: ['name', 'who'], rows }, { truth: 'who' })
      expect(score).toMatchObject({ groups: 0, f1: 1 })
    }
  })
})

describeWithSharedData('duplicates')('real files, one configuration', () => {
  it.each([
    ['fake_1000.csv', 'cluster', 0.95],
    ['dataset3.csv', 'rec_id', 0.998],
    ['dataset_A_1000.csv', 'rec_id', 0.998],
    ['dataset_C_1000.csv', 'rec_id', 0.998],
  ])('%s', (file, truth, least) => {
    const [header = [], ...rows] = parse(readFileSync(sharedDataPath('duplicates', file)), {
      trim: true,
    })
    expect(scoreDuplicates({ header, rows }, { truth }).f1).toBeGreaterThanOrEqual(least)
  })
})
