import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

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
