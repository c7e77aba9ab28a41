import process from 'node:process'

import { defineConfig } from 'vitest/config'

import { isPart, type MutationPart, PART_VARIABLE, PARTS } from './parts.ts'

const SECOND = 1000

const inThisTree = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname

const named = process.env[PART_VARIABLE]
const parts: readonly MutationPart[] = isPart(named) ? [PARTS[named]] : Object.values(PARTS)
const tests = new Set(parts.flatMap((part) => part.tests))
const needsDatabase = parts.some((part) => part.onDatabase)

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
