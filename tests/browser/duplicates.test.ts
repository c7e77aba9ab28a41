import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { type Caller, describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const ACCOUNTS = '/api/v1/records/account'

describeInBrowser('duplicates of a whole list', () => {
  let site: BrowserServer
  let stopJobs: Stop
  let page: Page
  let admin: Caller
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    site = await startBrowserServer()
    stopJobs = await startJobs(site.server.foundation)
    admin = await site.server.signIn(site.world.admin)
    for (const name of [
      'Zenith Steel Ltd.',
      'Meridian Foods Inc.',
      'Aurora Optics GmbH',
      'Aurora Optics Co., Ltd.',
      'Aurora Optics LLC',
    ]) {
      const made = await admin.post(`${ACCOUNTS}?allow_duplicates=true`, { name })
      expect(made.status, made.text).toBe(201)
      ids[name] = made.body.id
    }
    page = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(async () => {
    await stopJobs()
    await site.stop()
  })

  const card = (text: string) => page.getByRole('article').filter({ hasText: text })

  it('are searched for from the menu of the list, and shown side by side', async () => {
    await page.goto('/o/account?view=all')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Find duplicates' }).click()
    await page.getByText('No search has been made yet').waitFor()
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('3 groups left').waitFor()
    const zenith = card('Zenith Steel Ltd.')
    await zenith.getByText('The same company name but for its form').waitFor()
    expect(await zenith.getByRole('columnheader').allInnerTexts()).toEqual([
      'Zenith Steel',
      'Zenith Steel Ltd.',
    ])
  })

  it('are merged from the list, three at the most, and their group is gone', async () => {
    const aurora = card('Aurora Optics LLC')
    expect(await aurora.getByRole('checkbox', { checked: true }).count()).toBe(3)
    await aurora.getByRole('checkbox').last().check()
    expect(await aurora.getByRole('button', { name: 'Merge…' }).isDisabled()).toBe(true)
    await aurora.getByRole('checkbox').last().uncheck()
    await aurora.getByRole('button', { name: 'Merge…' }).click()
    const dialog = page.getByRole('dialog', { name: /Merge 3 records/ })
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged 3 records into “Aurora Optics”').waitFor()
    // The fourth may still be one of them.
    await page.getByText('3 groups left').waitFor()
    expect(await aurora.getByRole('columnheader').count()).toBe(2)
  })

  it('are gone through by keys', async () => {
    const zenith = card('Zenith Steel Ltd.')
    await zenith.focus()
    await page.keyboard.press('m')
    const dialog = page.getByRole('dialog', { name: /Merge 2 records/ })
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('2 groups left').waitFor()
    expect((await admin.get(`${ACCOUNTS}/${ids['Zenith Steel Ltd.']}`)).status).toBe(308)
    await card('Meridian').focus()
    await page.keyboard.press('n')
    await page.getByText('1 group left').waitFor()
    await card('Aurora').getByRole('button', { name: 'Not duplicates' }).click()
    await page.getByText('All groups have been looked through').waitFor()
    await page.reload()
    await page.getByText('No likely duplicates were found').waitFor()
  })

  it('are merged where a field of the record page warns of them', async () => {
    const foods = site.world.accounts['Meridian Foods'] ?? ''
    await page.goto(`/o/account/${foods}/edit`)
    await page.getByRole('textbox', { name: 'Account name' }).fill('Aurora Optics Inc.')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const warning = page.getByRole('dialog', { name: 'There may be such a record already' })
    await warning.getByRole('link', { name: 'Aurora Optics', exact: true }).waitFor()
    await warning
      .getByRole('button', { name: 'Save and merge with “Aurora Optics”', exact: true })
      .click()
    const dialog = page.getByRole('dialog', { name: /Merge 2 records/ })
    await dialog.getByRole('radio', { name: /^Aurora Optics Created/ }).check()
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.waitForURL(new RegExp(`/o/account/${site.world.accounts['Aurora Optics']}`))
    expect((await admin.get(`${ACCOUNTS}/${foods}`)).status).toBe(308)
  })
})

describeInBrowser('a list on a phone', () => {
  let site: BrowserServer
  let page: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    page = await site.openAs(site.world.admin, { isPhone: true })
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it('chooses records when asked or when one is held, and merges them', async () => {
    await page.goto('/o/account?view=all')
    await page.getByRole('link', { name: 'Zenith Steel' }).waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Select' }).click()
    await page.getByRole('checkbox', { name: 'Select “Zenith Steel”' }).check()
    await page.getByRole('link', { name: /Meridian Foods/ }).tap()
    await page.getByText('2 selected').waitFor()
    await page.getByRole('button', { name: 'Clear selection' }).click()
    expect(await page.getByRole('checkbox').count()).toBe(0)

    const name = page.getByRole('link', { name: /Zenith Steel/ })
    await name.dispatchEvent('pointerdown', { pointerType: 'touch', clientX: 50, clientY: 50 })
    await page.getByText('1 selected').waitFor()
    await page.getByRole('checkbox', { name: 'Select “Aurora Optics”' }).check()
    await page.getByRole('button', { name: 'Merge' }).click()
    const dialog = page.getByRole('dialog', { name: /Merge 2 records/ })
    await dialog.getByRole('radio', { name: 'Aurora Optics' }).first().check()
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged 2 records into “Aurora Optics”').waitFor()
    await page.getByRole('link', { name: /Zenith Steel/ }).waitFor({ state: 'detached' })
  })
})
