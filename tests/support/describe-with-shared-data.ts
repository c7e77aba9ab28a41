import { describe, type SuiteAPI } from 'vitest'

import { hasSharedData, sharedDataPath } from './shared-data.ts'

/**
 * `describe` for tests that need shared data: without it they are skipped, and the reason printed.
 *
 * @example describeWithSharedData('maven-crm')('the import of real deals', () => { … })
 */
export function describeWithSharedData(...parts: readonly string[]): SuiteAPI | SuiteAPI['skip'] {
  if (hasSharedData(...parts)) return describe
  process.stderr.write(
    `Skipped: ${sharedDataPath(...parts)} is not there (SHARED_DATA names the folder of test data)\n`,
  )
  return describe.skip
}
