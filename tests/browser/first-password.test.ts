import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium, type TestUser } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const OWN = 'a password of my own'

describeInBrowser('a password that was made for somebody', () => {
  let site: BrowserServer

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  async function newcomer(sets: readonly string[]): Promise<TestUser> {
    const user = await site.server.createUser({ sets, name: 'Nora Newcomer' })
    const made = await site.server.admin.post(`/api/v1/users/${user.id}/sign-in`)
    return { ...user, password: made.body.one_time_password }
  }

  it('is changed at the door, before anything else is seen', async () => {
    const user = await newcomer(['sales_rep'])
    const page = await site.openWindow()
    await page.goto('/o/account?view=all')
    await page.locator('input[name=email]').fill(user.email)
    await page.locator('input[name=password]').fill(user.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()

    const chosen = page.getByLabel('New password')
    await chosen.fill('short')
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.getByRole('alert').filter({ hasText: 'at least 12 characters' }).waitFor()
    await chosen.fill(OWN)
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.waitForURL('**/o/account?view=all')
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    await page.context().close()
    expect((await site.server.signIn({ ...user, password: OWN })).headers).toBeDefined()
  })

  it.each(['/', '/studio/'])(
    'is asked for again where %s is opened without changing it',
    async (path) => {
      const user = await newcomer(['admin'])
      const page = await site.openAs(user)
      await page.goto(path)
      await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/login')
      await page.getByLabel('Current password').fill('not the password')
      await page.getByLabel('New password').fill(OWN)
      await page.getByRole('button', { name: 'Save new password' }).click()
      await page.getByRole('alert').filter({ hasText: 'The password is wrong' }).waitFor()
      await page.getByLabel('Current password').fill(user.password)
      await page.getByRole('button', { name: 'Save new password' }).click()
      await page.waitForURL((url) => url.pathname.startsWith(path) && url.pathname !== '/login')
      await page.getByRole('navigation').first().waitFor()
      await page.context().close()
    },
  )

  it('does not keep one from leaving', async () => {
    const page = await site.openAs(await newcomer([]))
    await page.goto('/')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Trellis' }).waitFor()
    await page.context().close()
  })

  it('that replaced another one lets its user go on where their session ended', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Rita Returning' })
    const page = await site.openAs(user)
    await page.goto('/o/account?view=all')
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    const made = await site.server.admin.post(`/api/v1/users/${user.id}/sign-in`)
    await page.getByRole('link', { name: /Leads/ }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('input[name=password]').fill(made.body.one_time_password)
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.getByLabel('New password').fill(OWN)
    await dialog.getByRole('button', { name: 'Save new password' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('heading', { name: 'Leads' }).waitFor()
    await page.context().close()
  })
})
