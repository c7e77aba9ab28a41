import process from 'node:process'

import { defineConfig } from 'vitest/config'

import { isPart, PART_VARIABLE, PARTS } from './parts.ts'

const SECOND = 1000

const inThisTree = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname

const part = process.env[PART_VARIABLE]
const tests = isPart(part)
  ? PARTS[part].tests
  : Object.values(PARTS).flatMap((one): readonly string[] => one.tests)
const needsDatabase = !isPart(part) || part === 'rows' || part === 'administrators'

/**
 * The tests that have to notice a mutant. The packages are taken from the tree that holds this file:
 * it is a copy, in which the sources are mutated.
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@trellis\/metamodel$/, replacement: inThisTree('metamodel/src/index.ts') },
      { find: /^@trellis\/server\/db$/, replacement: inThisTree('server/src/db/index.ts') },
      { find: /^@trellis\/server\/config$/, replacement: inThisTree('server/src/config.ts') },
      { find: /^@trellis\/server$/, replacement: inThisTree('server/src/app.ts') },
    ],
  },
  test: {
    globalSetup: needsDatabase ? ['tests/support/global-setup.ts'] : [],
    include: [...tests],
    exclude: ['**/node_modules/**'],
    testTimeout: 60 * SECOND,
    hookTimeout: 120 * SECOND,
  },
})
