import { readFile } from 'node:fs/promises'

import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const LEVEL_C = encodeURIComponent(JSON.stringify({ '==': [{ var: 'level' }, 'C'] }))

describeInBrowser('an export', () => {
  let site: BrowserServer

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  async function openDialog(page: Page): Promise<void> {
    await page.goto(`/o/account?where=${LEVEL_C}&sort=-name`)
    await page.getByText('Zenith Steel').waitFor()
    await page.getByRole('button', { name: 'Export', exact: true }).click()
  }

  it('takes what the list shows, with the columns that were chosen', async () => {
    const page = await site.openAs(site.world.admin)
    await openDialog(page)
    const dialog = page.getByRole('dialog', { name: 'Export Accounts' })
    await dialog.getByText('2 records').waitFor()
    await dialog.getByText('Level is C').waitFor()
    await dialog.getByText('Account name ↓').waitFor()
    const chosen = dialog.locator('.column-picker__list').first().getByRole('button')
    for (const name of await chosen.allTextContents()) {
      if (/Account name|Level/.test(name)) continue
      await dialog.getByRole('button', { name, exact: true }).click()
    }
    await dialog.getByPlaceholder('Find a field').fill('industry')
    await dialog.getByRole('button', { name: 'Industry', exact: true }).click()
    await dialog.getByText('API names, codes and ids').click()
    await dialog.getByText('CSV', { exact: true }).click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export', exact: true }).click(),
    ])
    expect(file.suggestedFilename()).toBe('Accounts.csv')
    expect(await readFile(await file.path(), 'utf8')).toBe(
      '\uFEFFname,level,industry\r\nZenith Steel,C,\r\nMeridian Foods,C,\r\n',
    )
    await page.getByText('The file is in your downloads').waitFor()
  })

  it('says what was refused, and is offered to nobody without the right', async () => {
    const page = await site.openAs(site.world.admin, { isPhone: true })
    await openDialog(page)
    await page.route('**/api/v1/exports', (route) => route.abort())
    const dialog = page.getByRole('dialog', { name: 'Export Accounts' })
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    await dialog.getByText('The server cannot be reached').waitFor()
    const other = await site.openAs(site.world.rep)
    await other.goto('/o/account?view=all')
    await other.getByText('Zenith Steel').waitFor()
    expect(await other.getByRole('button', { name: 'Export', exact: true }).count()).toBe(0)
  })
})
