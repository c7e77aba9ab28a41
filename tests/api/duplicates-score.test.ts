import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { runCrm } from '../support/index.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-duplicates-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const SYLLABLES = ['an', 'bo', 'chi', 'du', 'er', 'fo', 'gam', 'hel', 'in', 'jor', 'kes', 'lu']
/** Numbers that look like chance, the same every time. */
const chance = (seed: number, below: number): number =>
  Math.floor(((Math.sin(seed * 12.9898) * 43_758.5453) % 1) ** 2 * below)
const word = (seed: number): string =>
  [1, 2, 3].map((at) => SYLLABLES[chance(seed * 3 + at, 12)] ?? '').join('')

/** People, every second of them twice: the other time with a letter less, a blank, or names exchanged. */
function people(): string[] {
  return Array.from({ length: 400 }, (_, at) => {
    const [first, last, town] = [word(at), word(at + 5000), word(at % 20)]
    const born = `${1930 + chance(at, 70)}-0${1 + chance(at + 900, 9)}-${10 + chance(at + 700, 18)}`
    const row = `rec-${at}-org,${first},${last},${town},${born}`
    const twins = [
      `${first.slice(1)},${last},${town},${born}`,
      `${first},${last},,${born}`,
      `${last},${first},${town},${born}`,
    ]
    return at % 2 === 0 ? [row] : [row, `rec-${at}-dup-0,${twins[at % 3]}`]
  }).flat()
}

const score = (file: string, ...options: string[]): ReturnType<typeof runCrm> =>
  runCrm(['duplicates-score', join(folder, file), ...options], { DATA_DIR: folder })

const f1 = (text: string): number => Number(/F1 ([\d.]+)/.exec(text)?.[1])

describe('crm duplicates-score', () => {
  it('finds who is who, whether the truth is a column or within the name of the row', async () => {
    const rows = people()
    await writeFile(
      join(folder, 'named.csv'),
      ['rec_id, first, last, town, born', ...rows].join('\n'),
    )
    const named = await score('named.csv', '--truth', 'rec_id')
    expect([named.code, named.text]).toEqual([0, expect.stringContaining('600 rows')])
    expect(f1(named.text)).toBeGreaterThan(0.97)
    expect(named.text).toMatch(
      /precision [\d.]+, recall [\d.]+, F1 [\d.]+\n.*time [\d.]+ s, processor [\d.]+ s, memory \d+ MB/,
    )

    const told = await score(
      'named.csv',
      '--truth',
      'rec_id',
      '--truth-pattern',
      String.raw`^rec-(\d+)-`,
    )
    expect(f1(told.text)).toBe(f1(named.text))

    const whole = rows.map(
      (row, at) => `${at};${row.replaceAll(',', ';').replace(/rec-(\d+)-[^;]*/, '$1')}`,
    )
    await writeFile(
      join(folder, 'column.csv'),
      ['id;who;first;last;town;born', ...whole].join('\n'),
    )
    const column = await score('column.csv', '--truth', 'who')
    expect(f1(column.text)).toBe(f1(named.text))
    expect(column.text).toContain('left out: id')
  })

  it('says what is wrong with what it was asked', async () => {
    await writeFile(join(folder, 'small.csv'), 'a,b\n1,2\n')
    const wrong = [
      [['--truth', 'c'], 1, 'no column of a, b'],
      [['--truth', 'a', '--truth-pattern', '('], 1, 'not a regular expression'],
      [['--truth'], 2, 'duplicates-score'],
      [[], 2, 'duplicates-score'],
    ] as const
    for (const [options, code, text] of wrong) {
      const answer = await score('small.csv', ...options)
      expect([answer.code, answer.text]).toEqual([code, expect.stringContaining(text)])
    }
    expect((await score('small.csv', '--truth', 'a')).code).toBe(0)
  })
})
