import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'

import { Stryker } from '@stryker-mutator/core'

import { ROOT_DIR } from '../../support/test-config.ts'
import { isPart, PART_VARIABLE, type PartName, PARTS } from './parts.ts'
import { type MutationReport, type PartResult, reportText, resultOf, scoreOf } from './report.ts'

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
const RESULTS = join(ROOT_DIR, 'tests/security/results')

/**
 * `npm run mutation`: changes the access module in every small way, one after another, and runs its
 * tests on each. Keeps what came of each part, and writes `results/mutation.md`; fails if a part that it ran
 * is under 90 %.
 *
 * @example npm run mutation -- --part metamodel                              // one part; the others stay
 * @example npm run mutation -- --part metamodel --mutate metamodel/src/mask.ts // one file, no report
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { part: { type: 'string' }, mutate: { type: 'string', multiple: true } },
  })
  if (values.part !== undefined && !isPart(values.part)) {
    throw new Error(`The parts are ${Object.keys(PARTS).join(', ')}`)
  }
  process.chdir(ROOT_DIR)
  const names = isPart(values.part) ? [values.part] : Object.keys(PARTS).filter(isPart)
  const folder = await mkdtemp(join(tmpdir(), 'trellis-mutation-'))
  try {
    const results: PartResult[] = []
    for (const name of names) {
      const result = await mutate(name, folder, values.mutate ?? PARTS[name].sources)
      if (values.mutate === undefined) await keep(name, result)
      results.push(result)
    }
    process.exitCode = results.some((result) => scoreOf([result]) < LEAST_SCORE) ? 1 : 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (values.mutate === undefined) await conclude()
}

async function mutate(
  name: PartName,
  folder: string,
  sources: readonly string[],
): Promise<PartResult> {
  const file = join(folder, `${name}.json`)
  process.env[PART_VARIABLE] = name
  const started = performance.now()
  await new Stryker({
    mutate: [...sources, '!**/*.test.ts'],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'tests/security/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 15,
    tempDirName: join(folder, 'copies'),
    ignorePatterns: NOT_COPIED,
    reporters: ['clear-text', 'json', 'progress-append-only'],
    jsonReporter: { fileName: file },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    allowConsoleColors: false,
  }).runMutationTest()
  const report = JSON.parse(await readFile(file, 'utf8')) as MutationReport
  return resultOf(report, Math.ceil((performance.now() - started) / 60_000))
}

async function keep(name: PartName, result: PartResult): Promise<void> {
  await mkdir(join(RESULTS, 'mutation'), { recursive: true })
  await writeFile(join(RESULTS, 'mutation', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
}

/** Writes the report of all parts, each as it was run last. */
async function conclude(): Promise<void> {
  const results: PartResult[] = []
  const missing: string[] = []
  for (const name of Object.keys(PARTS)) {
    const text = await readFile(join(RESULTS, 'mutation', `${name}.json`), 'utf8').catch(() => null)
    if (text === null) missing.push(name)
    else results.push(JSON.parse(text) as PartResult)
  }
  await writeFile(join(RESULTS, 'mutation.md'), reportText(results, missing))
}

await main()
