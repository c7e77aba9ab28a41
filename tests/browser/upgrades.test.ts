import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

const PARTS_OF_RECORD_PAGE = '**/assets/RecordPage-*.js'

describeInBrowser('a page that was open while the server was upgraded', () => {
  let site: BrowserServer
  let page: Page
  let loads: number

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  beforeEach(async () => {
    page = await site.openAs(site.world.rep)
    await page.goto('/o/account?view=all')
    await page.getByRole('link', { name: 'Aurora Optics' }).waitFor()
    loads = 0
    page.on('domcontentloaded', () => (loads += 1))
  })
  afterAll(() => site.stop())

  it('is loaded anew at the place that was asked for', async () => {
    // The old part is gone; what is loaded anew asks for parts that are there.
    await page.route(PARTS_OF_RECORD_PAGE, (route) =>
      loads === 0 ? route.fulfill({ status: 404 }) : route.continue(),
    )
    await page.getByRole('link', { name: 'Aurora Optics' }).click()
    await page.getByRole('heading', { name: 'Aurora Optics', level: 1 }).waitFor()
    expect(loads).toBe(1)
    expect(new URL(page.url()).pathname).toBe(`/o/account/${site.world.accounts['Aurora Optics']}`)
  })

  it('is loaded anew by itself once only, and says so where a part stays away', async () => {
    let isThere = false
    await page.route(PARTS_OF_RECORD_PAGE, (route) =>
      isThere ? route.continue() : route.fulfill({ status: 404 }),
    )
    await page.getByRole('link', { name: 'Aurora Optics' }).click()
    await page.getByRole('heading', { name: 'This page ran into a problem' }).waitFor()
    expect(loads).toBe(1)
    isThere = true
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Aurora Optics', level: 1 }).waitFor()
    expect(loads).toBe(2)
  })
})
