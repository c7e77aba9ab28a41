import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium, type TestUser } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('approvals while somebody is away', () => {
  let site: BrowserServer
  let deputy: TestUser

  beforeAll(async () => {
    site = await startBrowserServer()
    deputy = await site.server.createUser({ name: 'Dora Deputy', sets: ['sales_manager'] })
    const rep = await site.server.signIn(site.world.rep)
    const submitted = await rep.post('/api/v1/approvals', {
      object: 'quote',
      record: site.world.quote.id,
    })
    expect(submitted.status, submitted.text).toBe(201)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it('go to a delegate, who is chosen on the account page', async () => {
    const page = await site.openAs(site.world.manager)
    await page.goto('/approvals')
    await page.getByRole('link', { name: 'While you are away' }).click()
    const section = page.locator('[data-node=delegation]')
    await section.getByText('Nobody decides in your place').waitFor()
    await section.getByRole('button', { name: 'Choose a delegate' }).click()
    await choose(section, 'Delegate', /^Mia Manager/)
    const until = section.getByRole('combobox', { name: 'Until and including' })
    await until.fill('2026-01-01')
    await until.press('Enter')
    await section.getByRole('button', { name: 'Set', exact: true }).click()
    await section.getByText('Choose somebody else').waitFor()
    await section.getByText('Must be later than the beginning, and than now').waitFor()
    await choose(section, 'Delegate', /^Dora Deputy/)
    const day = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    await until.fill(day)
    await until.press('Enter')
    await section.getByRole('textbox', { name: 'Note' }).fill('Annual leave')
    await section.getByRole('button', { name: 'Set', exact: true }).click()
    const row = section.getByRole('listitem').filter({ hasText: 'Dora Deputy decides for you' })
    await row.getByText('In force').waitFor()
    await row.getByText('Annual leave').waitFor()
    await page.context().close()
  })

  it('wait in the inbox of the delegate, who decides in the name of the other', async () => {
    const page = await site.openAs(deputy)
    await page.goto('/approvals')
    const waiting = page.locator('[data-approval]').filter({ hasText: 'for Mia Manager' })
    await waiting.click()
    await page.getByText('You decide for Mia Manager.').waitFor()
    const route = page.locator('[data-node=approval_route]')
    await route.getByText('Dora Deputy may decide meanwhile').waitFor()
    await page.getByRole('button', { name: /^Approve/ }).click()
    await page.getByText('Nothing waits for you').waitFor()
    await page.getByRole('tab', { name: 'Done' }).click()
    await page.locator('[data-approval]').filter({ hasText: 'for Mia Manager' }).click()
    await route.getByText('by Dora Deputy').waitFor()
    await page.context().close()
  })

  it('are told to who was away, and come back to them when they end it on a phone', async () => {
    const page = await site.openAs(site.world.manager, { isPhone: true })
    await page.goto('/approvals?box=done')
    await page.locator('[data-approval]').filter({ hasText: 'by Dora Deputy' }).waitFor()
    await page.goto('/account')
    const section = page.locator('[data-node=delegation]')
    await section.getByRole('button', { name: 'End' }).click()
    await page
      .getByRole('tooltip')
      .filter({ hasText: 'Dora Deputy will no longer decide for you' })
      .getByRole('button', { name: 'End' })
      .click()
    await section.getByText('Nobody decides in your place').waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    await page.context().close()
  })
})
