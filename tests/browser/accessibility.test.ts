import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

describeInBrowser('pages without barriers', () => {
  let site: BrowserServer
  let axe: string

  beforeAll(async () => {
    site = await startBrowserServer()
    axe = await readFile(AXE, 'utf8')
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  /** What stands in somebody's way on a page, each with the places where it does. */
  async function barriers(page: Page): Promise<string[]> {
    await page.evaluate(axe)
    const { violations } = await page.evaluate((): Promise<AxeResults> =>
      Reflect.get(window, 'axe').run(document),
    )
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary}`),
      )
  }

  it.for(['zh-CN', 'en-US'] as const)('the door, in %s', async (locale) => {
    const page = await site.openWindow({ locale })
    await page.goto('/login')
    await page.getByRole('heading').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.context().close()
  })

  it.for([
    { of: 'a list', path: '/o/account?view=all', ready: '[role=row][data-id]' },
    { of: 'a form', path: '/o/opportunity/new', ready: '[data-field=name] input' },
    { of: 'a board', path: '/o/opportunity?view=board', ready: '[data-card]' },
  ])('$of', async ({ path, ready }) => {
    for (const isPhone of [false, true]) {
      const page = await site.openAs(site.world.rep, { isPhone })
      await page.goto(path)
      await page
        .locator(isPhone && path.includes('view=all') ? 'li a' : ready)
        .first()
        .waitFor()
      expect(await barriers(page)).toEqual([])
      await page.context().close()
    }
  })

  it('an account in the round', async () => {
    const page = await site.openAs(site.world.rep)
    await page.goto(`/o/account/${site.world.accounts['Aurora Optics']}`)
    await page.locator('[data-node=facts]').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.context().close()
  })
})
