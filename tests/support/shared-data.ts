import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { describe, type SuiteAPI } from 'vitest'

import { ROOT_DIR } from './test-config.ts'

const folder = resolve(ROOT_DIR, process.env['SHARED_DATA'] ?? '../shared/data')

/**
 * The path of a file or folder in the shared test data, which is not part of the repository:
 * `SHARED_DATA` says where it lies, by default in `../shared/data`.
 */
export function sharedDataPath(...parts: readonly string[]): string {
  return join(folder, ...parts)
}

/** Whether the shared test data holds this file or folder. */
export function hasSharedData(...parts: readonly string[]): boolean {
  return existsSync(sharedDataPath(...parts))
}

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
