import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ROOT_DIR } from '../support/index.ts'

interface Row {
  readonly number: string
  /** The names under which it is known, such as `CVE-2022-30618`. */
  readonly names: readonly string[]
  /** The files of tests that the row refers to. */
  readonly files: readonly string[]
  readonly isApplicable: boolean
}

const NAME = /CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|#\d+|\b[0-9a-f]{11}\b/g
const SOURCES = /^(metamodel|server|runtime-ui|studio)\//

const table = await readFile(join(import.meta.dirname, 'README.md'), 'utf8')
const rows = table.split('\n').flatMap((line): Row[] => {
  const [, number = '', seen = '', here = ''] = line.split('|').map((cell) => cell.trim())
  if (!/^\d+$/.test(number)) return []
  const paths = [...here.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path)
  const files = paths.map((path) => (SOURCES.test(path) ? path : `tests/${path}`))
  const isApplicable = !here.startsWith('not applicable')
  return [{ number, names: seen.match(NAME) ?? [], files, isApplicable }]
})

const titlesOf = async (file: string): Promise<string> => readFile(join(ROOT_DIR, file), 'utf8')

describe('the table of what others fell for', () => {
  it('has a row for each of the 78', () => {
    expect(rows.map(({ number }) => number)).toEqual(
      Array.from({ length: 78 }, (_, index) => String(index + 1)),
    )
  })

  it('refers to tests that are there', () => {
    const missing = rows.flatMap(({ files }) =>
      files.filter((file) => !existsSync(join(ROOT_DIR, file))),
    )
    expect(missing).toEqual([])
  })

  it.each(rows.filter(({ isApplicable, names }) => isApplicable && names.length > 0))(
    '$number: $names.0 is in the title of a test that it refers to',
    async ({ names, files }) => {
      const texts = await Promise.all(files.map(titlesOf))
      const unnamed = names.filter((name) => !texts.some((text) => text.includes(name)))
      expect(unnamed).toEqual([])
    },
  )
})
