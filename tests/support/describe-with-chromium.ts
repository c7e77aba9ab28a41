import { describe, type SuiteAPI } from 'vitest'

import { findChromium, HOW_TO_GET_ONE } from './chromium.ts'

/**
 * `describe` for tests in a browser: without a Chromium they are skipped, and the reason printed.
 *
 * @example
 * const describeInBrowser = await describeWithChromium()
 * describeInBrowser('the list page', () => { … })
 */
export async function describeWithChromium(): Promise<SuiteAPI | SuiteAPI['skip']> {
  if ((await findChromium()) !== undefined) return describe
  process.stderr.write(`Skipped: there is no Chromium. ${HOW_TO_GET_ONE}\n`)
  return describe.skip
}
