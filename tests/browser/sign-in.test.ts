import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('signing in', () => {
  let site: BrowserServer

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it('sends a stranger to the door, refuses a wrong password beside it, and lets the right one in', async () => {
    const page = await site.openWindow()
    await page.goto('/o/account?view=all')
    await page.waitForURL(/\/login\?next=/)
    const password = page.locator('input[name=password]')
    await page.locator('input[name=email]').fill(site.world.rep.email)
    await password.fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'Email or password is not right' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/login')

    await password.fill(site.world.rep.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/o/account?view=all')
    await page.getByRole('link', { name: 'Aurora Optics' }).waitFor()
    await page.context().close()
  })

  it('changes the language everywhere without loading the page again, and keeps it', async () => {
    const page = await site.openAs(site.world.rep)
    await page.goto('/o/account?view=all')
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    await page.evaluate(() => Reflect.set(window, 'isSamePage', true))
    await page.getByRole('button', { name: 'Account', exact: true }).click()
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('heading', { name: '客户', exact: true }).waitFor()
    await page.getByRole('columnheader', { name: '客户级别' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect(await page.evaluate(() => Reflect.get(window, 'isSamePage'))).toBe(true)
    await page.reload()
    await page.getByRole('heading', { name: '客户', exact: true }).waitFor()
    await page.context().close()
  })

  it('finds a record by Ctrl+K and opens it by Enter', async () => {
    const page = await site.openAs(site.world.rep)
    await page.goto('/o/opportunity?view=all')
    await page.getByRole('heading', { name: 'Opportunities' }).waitFor()
    await page.keyboard.press('Control+k')
    const search = page.getByRole('dialog').getByRole('combobox')
    await search.fill('华云')
    const found = page.getByRole('option', { name: '华云科技有限公司' }).first()
    await found.waitFor()
    await search.press('Enter')
    await page.waitForURL(`**/o/account/${site.world.accounts['华云科技有限公司']}`)
    await page.getByRole('heading', { name: '华云科技有限公司', level: 1 }).waitFor()
    await page.context().close()
  })
})
