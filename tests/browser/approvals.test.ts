import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('an approval', () => {
  let site: BrowserServer
  let rep: Caller

  beforeAll(async () => {
    site = await startBrowserServer()
    rep = await site.server.signIn(site.world.rep)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it('goes from the seller to the manager in another window, and back', async () => {
    const { quote, rep: seller, manager } = site.world
    for (const discount of [5, 18]) {
      await rep.patch(`/api/v1/records/quote/${quote.id}`, { discount_percent: discount })
    }
    const page = await site.openAs(seller)
    await page.goto(`/o/quote/${quote.id}`)
    await page.getByRole('button', { name: 'Submit for approval' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('They buy for three years')
    await dialog.getByRole('button', { name: 'Submit for approval' }).click()
    const banner = page.locator('[data-node=approval]')
    await banner.filter({ hasText: 'Mia Manager' }).waitFor()
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0)

    const inbox = await site.openAs(manager)
    await inbox.goto('/')
    await inbox
      .getByRole('link', { name: /Approvals/ })
      .first()
      .click()
    const waiting = inbox.locator('[data-approval]').filter({ hasText: quote.name })
    await waiting.filter({ hasText: '华云科技有限公司' }).filter({ hasText: '18%' }).waitFor()
    await waiting.locator('[data-field=discount_percent]', { hasText: /15% →\s*18%/ }).waitFor()
    await waiting.click()
    await inbox.getByRole('heading', { name: quote.name }).waitFor()
    const changes = inbox.locator('[data-node=approval_changes]')
    await changes.getByText('18%').waitFor()
    const route = inbox.locator('[data-node=approval_route]')
    expect(await route.getByText('Not needed').count()).toBe(2)
    await inbox.getByRole('textbox', { name: 'Comment' }).fill('Fine')
    await inbox.getByRole('button', { name: /^Approve/ }).click()
    await inbox.getByText('Nothing waits for you').waitFor()

    const record = (await rep.get(`/api/v1/records/quote/${quote.id}`)).body
    expect(record).toMatchObject({ status: 'approved', locked: false })
    await page.reload()
    await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
    expect(await banner.count()).toBe(0)
    await page.context().close()
    await inbox.context().close()
  })
})
