import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { ROOT_DIR } from '../support/test-config.ts'

/** Who may see and do what, told a second time. What finds records for it, and what asks the server, stands apart. */
const RULES = ['people.ts', 'object-rights.ts', 'rules.ts', 'saving.ts']
const MOST_LINES = 600

it('the rules of the oracle are few lines, and know nothing of the server or of SQL', async () => {
  const files = await Promise.all(
    RULES.map((name) => readFile(join(ROOT_DIR, 'tests/oracle', name), 'utf8')),
  )
  const lines = files.flatMap((text) => text.split('\n'))
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line))
  expect(code.length).toBeLessThanOrEqual(MOST_LINES)
  const imported = lines.flatMap((line) => / from '([^']+)'/.exec(line)?.[1] ?? [])
  expect(imported.length).toBeGreaterThan(0)
  expect(imported.filter((path) => !path.startsWith('./'))).toEqual([])
})
