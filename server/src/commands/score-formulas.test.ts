import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createDatabase,
  describeWithSharedData,
  sharedDataPath,
  type TestDatabase,
} from '../../../tests/support/index.ts'
import { readCases } from './formula-cases.ts'
import { ENGINES, scoreFormulas } from './score-formulas.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
})

afterAll(() => test.drop())

/** A case in the shape of the file, with one row. */
function caseOf(formula: string, input: string[], zero: string, blank = zero): unknown {
  return {
    name: formula,
    formula,
    returnType: 'Double',
    fields: [
      { name: 'a', type: 'Percent' },
      { name: 'b', type: 'Double', formula: 'c__c + 1', fields: [{ name: 'c', type: 'Double' }] },
      { name: 'd', type: 'DateTime' },
    ],
    rows: [
      {
        input,
        out: { formula: zero, formulaNullAsNull: blank },
        javaJsAgree: true,
        javaJsAgreeNullAsNull: true,
        error: false,
      },
    ],
  }
}

describe('the score of formulas', () => {
  it('counts rows with the answer, and names what is missing of the rest', async () => {
    const cases = [
      caseOf('A__c + b__c', ['50', '2', ''], '3.5'),
      caseOf('A__c + b__c', ['', '2', ''], '3', 'null'),
      caseOf('HOUR(TIMEVALUE(d__c))', ['', '', '2026:11:22:24:30:00:PST'], '8'),
      caseOf('b__c', ['', '1', ''], '3'),
      caseOf('VLOOKUP(b__c)', ['', '1', ''], '2'),
    ]
    const { tallies, misses } = await scoreFormulas(readCases(JSON.stringify(cases)), test.database)
    const tally = { equal: 3, scored: 5 }
    const both = { javascript: tally, sql: tally }
    expect(tallies).toEqual({ zero: both, blank: both })
    expect(misses.filter(({ engine }) => engine === 'sql').map(({ reason }) => reason)).toEqual([
      '["","1",""]: 3, not 2',
      '["","1",""]: 3, not 2',
      'VLOOKUP is not supported: a lookup in other objects; use a lookup field and its path',
      'VLOOKUP is not supported: a lookup in other objects; use a lookup field and its path',
    ])
  })

  it('refuses a file of another shape', () => {
    expect(() => readCases('{"a": 1}')).toThrow('The file is no list of formulas with rows')
  })
})

describeWithSharedData('formula-golden')('the answers of Salesforce', () => {
  it('are ours for at least 95 of 100 rows, in both engines and both treatments of blanks', async () => {
    const file = sharedDataPath('formula-golden', 'formula-golden.public.json')
    const { tallies } = await scoreFormulas(readCases(readFileSync(file, 'utf8')), test.database)
    for (const treatment of ['zero', 'blank'] as const) {
      for (const engine of ENGINES) {
        const { equal, scored } = tallies[treatment][engine]
        expect([treatment, engine, equal / scored >= 0.95, scored > 1000]).toEqual([
          treatment,
          engine,
          true,
          true,
        ])
      }
    }
  }, 120_000)
})
