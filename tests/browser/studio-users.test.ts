import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium, type TestUser } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('the users in the studio', () => {
  let site: BrowserServer
  let studio: Page
  let heir: TestUser
  let rep: Caller

  beforeAll(async () => {
    site = await startBrowserServer()
    heir = await site.server.createUser({ name: 'Hanna Heir', sets: ['sales_manager'] })
    rep = await site.server.signIn(site.world.rep)
    const submitted = await rep.post('/api/v1/approvals', {
      object: 'quote',
      record: site.world.quote.id,
    })
    expect(submitted.status, submitted.text).toBe(201)
    studio = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const confirm = (name: string): Promise<void> =>
    studio.getByRole('tooltip').getByRole('button', { name }).click()

  it('are signed out everywhere, and given a password that is told once', async () => {
    await studio.goto('/studio/users')
    await studio.getByRole('textbox', { name: 'Search by name or e-mail' }).fill('Ray')
    await studio.getByRole('link', { name: 'Ray Rep' }).click()
    await studio.getByText(/^\d devices?, last seen/).waitFor()
    expect(await studio.getByRole('button', { name: 'Reset two-step sign-in' }).isEnabled()).toBe(
      false,
    )
    await studio.getByRole('button', { name: 'End all sessions' }).click()
    await confirm('End all sessions')
    await studio.getByText('No device').waitFor()
    expect((await rep.get('/api/v1/me')).status).toBe(401)
    await studio.getByRole('button', { name: 'Make a one-time password' }).click()
    await confirm('Make a one-time password')
    const password = (await studio.getByRole('status').locator('code').textContent()) ?? ''
    const { email } = site.world.rep
    expect(
      (await site.server.stranger.post('/api/v1/auth/login', { email, password })).status,
    ).toBe(200)
  })

  it('are disabled, and what they hold goes to whom is chosen for it', async () => {
    await studio.goto('/studio/users?q=Mia')
    await studio.getByRole('link', { name: 'Mia Manager' }).click()
    await studio.getByRole('listitem').filter({ hasText: 'Waiting approvals' }).waitFor()
    await studio.getByRole('button', { name: 'Disable and hand over' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog
      .getByRole('listitem')
      .filter({ hasText: /Direct reports\s*1/ })
      .waitFor()
    await choose(dialog, 'Records go to', 'Mia Manager')
    await dialog.getByRole('button', { name: 'Disable and hand over' }).click()
    await dialog.getByText('Must be another active user').first().waitFor()
    await choose(dialog, 'Records go to', 'Hanna Heir')
    await choose(dialog, 'Reports go to', 'Hanna Heir')
    await dialog.getByRole('button', { name: 'Disable and hand over' }).click()
    await dialog.getByText('“Mia Manager” is disabled').waitFor()
    await dialog.getByRole('row', { name: 'Waiting approvals 1 0' }).waitFor()
    await dialog.getByRole('row', { name: 'Direct reports 1 0' }).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await studio.getByText('Inactive', { exact: true }).waitFor()
    const caller = await site.server.signIn(heir)
    expect((await caller.get('/api/v1/approvals')).body.approvals).toHaveLength(1)
  })

  it('do not disable themselves, and fit a phone', async () => {
    const page = await site.openAs(site.world.admin, { isPhone: true })
    await page.goto('/studio/users')
    await page.getByRole('link', { name: 'Ada Admin' }).click()
    const button = page.getByRole('button', { name: 'Disable and hand over' })
    await button.waitFor()
    expect(await button.isEnabled()).toBe(false)
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    await page.context().close()
  })
})
