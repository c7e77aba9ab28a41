import vue from '@vitejs/plugin-vue'
import icons from 'unplugin-icons/vite'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

import { ClosingLineReporter } from './tests/support/closing-line-reporter.ts'
import { findPgbouncer } from './tests/support/find-pgbouncer.ts'

const SECOND = 1000

/** What is also asked of two servers on one database. */
const IN_PAIRS = ['tests/api/records-write.test.ts', 'tests/api/approvals.test.ts']

/** Tests through one of the front doors: a folder of `tests/`, against real databases. */
function frontDoor(name: string): TestProjectConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`tests/${name}/**/*.test.ts`],
      testTimeout: 120 * SECOND,
      hookTimeout: 180 * SECOND,
    },
  }
}

export default defineConfig({
  plugins: [vue(), icons({ compiler: 'vue3' })],
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['default', new ClosingLineReporter()],
    // The tests share the machine with PostgreSQL and, in the browser project, with Chromium.
    maxWorkers: 2,
    passWithNoTests: true,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{metamodel,server,runtime-ui,studio,plugins/*,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 60 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
      frontDoor('api'),
      frontDoor('security'),
      frontDoor('publish'),
      frontDoor('scenarios'),
      frontDoor('house'),
      frontDoor('oracle'),
      {
        extends: true,
        test: {
          name: 'pair',
          // Through a pooler where there is one, and from two servers by turns: what leans on a session of its own, or
          // on the memory of one process, shows.
          env: {
            TEST_SERVERS: '2',
            ...(findPgbouncer() === undefined ? {} : { TEST_POOLER: '1' }),
          },
          include: ['tests/pair/**/*.test.ts', ...IN_PAIRS],
          testTimeout: 120 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          // One Chromium at a time: two of them on two cores only make each other time out.
          fileParallelism: false,
          testTimeout: 120 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
    ],
  },
})
