import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('pages without barriers', () => {
  let site: BrowserServer

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it.for(['zh-CN', 'en-US'] as const)('the door, in %s', async (locale) => {
    const page = await site.openWindow({ locale })
    await page.goto('/login')
    await page.getByRole('heading').waitFor()
    expect(await findBarriers(page)).toEqual([])
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
      expect(await findBarriers(page)).toEqual([])
      await page.context().close()
    }
  })

  it('an account in the round', async () => {
    const page = await site.openAs(site.world.rep)
    await page.goto(`/o/account/${site.world.accounts['Aurora Optics']}`)
    await page.locator('[data-node=facts]').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.context().close()
  })
})
