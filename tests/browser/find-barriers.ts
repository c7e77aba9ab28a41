import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Whether no transition is on its way: half of one is a colour that nobody chose. Runs in the page. */
function isAtRest(): boolean {
  return document
    .getAnimations()
    .every(
      ({ playState, effect }) =>
        playState !== 'running' || effect?.getTiming().iterations === Number.POSITIVE_INFINITY,
    )
}

/** What stands in somebody's way on a page, each with the places where it does. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'))
  await page.waitForFunction(isAtRest)
  const { violations } = await page.evaluate((): Promise<AxeResults> =>
    Reflect.get(window, 'axe').run(document),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary}`),
    )
}
