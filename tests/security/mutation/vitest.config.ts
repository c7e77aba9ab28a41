import { defineConfig } from 'vitest/config'

const SECOND = 1000

const inThisTree = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname

/**
 * The tests that have to notice a mutant of the access module. The packages are taken from the tree
 * that holds this file: it is a copy, in which the sources are mutated.
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
    globalSetup: ['tests/support/global-setup.ts'],
    include: [
      'metamodel/src/{access/*,mask}.test.ts',
      'server/src/access/{organization,narrow-rights,row-filter,rules-of-actor}*.test.ts',
      'server/src/records/{keep-administrator,refuse-wider-sets}.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    testTimeout: 30 * SECOND,
    hookTimeout: 60 * SECOND,
  },
})
