import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { Stryker } from '@stryker-mutator/core'

import { ROOT_DIR } from '../../support/test-config.ts'
import { type MutationReport, reportText, scoreOf } from './report.ts'

/** What decides who may do what: each mutant of it should be noticed by a test. */
const MUTATED = [
  'metamodel/src/mask.ts',
  'metamodel/src/access/*.ts',
  'server/src/access/{organization,narrow-rights,rules-of-actor,opens-parent}.ts',
  'server/src/access/{row-filter,row-conditions,row-sources,share-filter}.ts',
  'server/src/access/compile-rule-condition.ts',
  'server/src/records/{keep-administrator,refuse-wider-sets}.ts',
]

/** Folders that no test of the access module reads. */
const NOT_COPIED = [
  '/docs',
  '/bench',
  '/studio',
  '/runtime-ui',
  '/tmp',
  '/.data*',
  '/tests/browser',
]

const LEAST_SCORE = 90

/**
 * `npm run mutation`: changes the access module in every small way, one after another, and runs its
 * tests on each. Writes `results/mutation.md`; fails under 90 %.
 *
 * @example npm run mutation -- --mutate metamodel/src/mask.ts // one file, without a report
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { mutate: { type: 'string', multiple: true } },
  })
  const folder = await mkdtemp(join(tmpdir(), 'trellis-mutation-'))
  const file = join(folder, 'mutation.json')
  process.chdir(ROOT_DIR)
  const started = performance.now()
  try {
    await new Stryker({
      mutate: [...(values.mutate ?? MUTATED), '!**/*.test.ts'],
      testRunner: 'vitest',
      plugins: ['@stryker-mutator/vitest-runner'],
      vitest: { configFile: 'tests/security/mutation/vitest.config.ts', related: false },
      coverageAnalysis: 'perTest',
      concurrency: 1,
      timeoutMS: 20_000,
      tempDirName: join(folder, 'copies'),
      ignorePatterns: NOT_COPIED,
      reporters: ['clear-text', 'json', 'progress-append-only'],
      jsonReporter: { fileName: file },
      clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
      allowConsoleColors: false,
    }).runMutationTest()
    const report = JSON.parse(await readFile(file, 'utf8')) as MutationReport
    const minutes = Math.round((performance.now() - started) / 60_000)
    if (values.mutate === undefined) {
      const target = join(ROOT_DIR, 'tests/security/results/mutation.md')
      await writeFile(target, reportText(report, { minutes }))
    }
    process.exitCode = scoreOf(report) >= LEAST_SCORE ? 0 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
