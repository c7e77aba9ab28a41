import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer, tick } from './support.ts'

const describeInBrowser = await describeWithChromium()
const ACCOUNTS = '/api/v1/records/account'

describeInBrowser('records that are merged, deleted and erased', () => {
  let site: BrowserServer
  let page: Page
  let admin: Caller

  beforeAll(async () => {
    site = await startBrowserServer()
    admin = await site.server.signIn(site.world.admin)
    page = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  it('become one in a dialog, with the values that were chosen, and the old address leads on', async () => {
    const { accounts } = site.world
    await page.goto('/o/account?view=all')
    await page.getByRole('link', { name: 'Zenith Steel' }).waitFor()
    await tick(page.getByRole('grid'), 'Select “Zenith Steel”')
    expect(await page.getByRole('button', { name: 'Merge' }).count()).toBe(0)
    await tick(page.getByRole('grid'), 'Select “Aurora Optics”')
    await page.getByRole('button', { name: 'Merge' }).click()
    const dialog = page.getByRole('dialog', { name: /Merge 2 records/ })
    await dialog.getByRole('radio', { name: 'Zenith Steel' }).first().check()
    await dialog.getByRole('radio', { name: 'Level: Aurora Optics' }).check()
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged 2 records into “Zenith Steel”').waitFor()
    await page.getByRole('link', { name: 'Aurora Optics' }).waitFor({ state: 'detached' })
    const survivor = (await admin.get(`${ACCOUNTS}/${accounts['Zenith Steel']}`)).body
    expect(survivor).toMatchObject({ level: 'A', phone: '021-55550001' })

    await page.goto(`/o/account/${accounts['Aurora Optics']}`)
    await page.waitForURL(new RegExp(`/o/account/${accounts['Zenith Steel']}`))
    await page.getByText('This record was merged').waitFor()
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByText('merged into this record:').waitFor()
    await page.getByRole('button', { name: 'As it was then' }).last().click()
    const past = page.getByRole('dialog', { name: /As it was on/ })
    await past.getByText('Zenith Steel').waitFor()
    expect(await past.getByText('021-55550001').count()).toBe(0)
  })

  it('may be like another one, typed in a cell, once somebody says so', async () => {
    const { accounts } = site.world
    await page.goto('/o/account?view=all')
    const row = page.locator('[role=row]').filter({ hasText: 'Meridian Foods' })
    const path = `${ACCOUNTS}/${accounts['Meridian Foods']}`
    for (const [button, name] of [
      ['Keep editing', 'Meridian Foods'],
      ['Save anyway', 'Zenith Steel Ltd.'],
    ] as const) {
      await row.getByRole('link', { name: 'Meridian Foods' }).focus()
      await row.getByRole('gridcell').nth(1).dblclick()
      const input = page.getByRole('textbox', { name: 'Account name' })
      await input.fill('Zenith Steel Ltd.')
      await input.press('Enter')
      const dialog = page.getByRole('dialog', { name: 'There may be such a record already' })
      await dialog.getByRole('link', { name: 'Zenith Steel' }).waitFor()
      await dialog.getByRole('button', { name: button }).click()
      await dialog.waitFor({ state: 'detached' })
      await expect.poll(async () => (await admin.get(path)).body.name).toBe(name)
      await page.reload()
      await page
        .getByRole('link', { name: /^Zenith Steel/ })
        .first()
        .waitFor()
    }
  })

  it('are brought back from the recycle bin, or erased once their name is typed', async () => {
    const made = await admin.post(ACCOUNTS, { name: 'Forgotten Ltd.' })
    await admin.delete(`${ACCOUNTS}/${made.body.id}`)
    await page.goto('/o/account?view=all')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Recycle bin' }).click()
    const line = page.getByRole('listitem').filter({ hasText: 'Forgotten Ltd.' })
    await line.getByRole('button', { name: 'Restore' }).click()
    await line.waitFor({ state: 'detached' })
    expect((await admin.get(`${ACCOUNTS}/${made.body.id}`)).status).toBe(200)
    await admin.delete(`${ACCOUNTS}/${made.body.id}`)
    await page.reload()
    await line.getByRole('button', { name: 'Erase for good' }).click()
    const dialog = page.getByRole('dialog', { name: /Erase “Forgotten Ltd.”/ })
    const erase = dialog.getByRole('button', { name: 'Erase for good' })
    await dialog.getByRole('textbox').fill('forgotten')
    expect(await erase.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill('Forgotten Ltd.')
    await erase.click()
    await line.waitFor({ state: 'detached' })
    expect((await admin.post(`${ACCOUNTS}/${made.body.id}/restore`)).status).toBe(404)
  })
  it('lose their personal data once their name is typed; a refusal is said in words', async () => {
    const account = site.world.accounts['Meridian Foods']
    const made = await admin.post('/api/v1/records/contact', {
      name: 'Pat Private',
      account,
      mobile: '13900000001',
    })
    expect(made.status, made.text).toBe(201)
    const path = `/api/v1/records/contact/${made.body.id}`
    await page.goto(`/o/contact/${made.body.id}`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Erase personal data…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Erase the personal data of “Pat Private”/ })
    await dialog.getByText(/Mobile/).waitFor()
    const erase = dialog.getByRole('button', { name: 'Erase personal data' })
    await dialog.getByRole('textbox').fill('Pat')
    expect(await erase.isDisabled()).toBe(true)
    // Somebody else has changed the record meanwhile.
    await admin.patch(path, { mobile: '13900000002' })
    await dialog.getByRole('textbox').fill('Pat Private')
    await erase.click()
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByRole('alert').innerText()).toMatch(/changed/i)
    expect((await admin.get(path)).body.mobile).toBe('13900000002')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.reload()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Erase personal data…' }).click()
    await dialog.getByRole('textbox').fill('Pat Private')
    await erase.click()
    await page.getByText('The personal data are erased').waitFor()
    await dialog.waitFor({ state: 'detached' })
    expect((await admin.get(path)).body.mobile).toBeNull()
    expect(await page.getByText('13900000002').count()).toBe(0)
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByText('erased the personal data:').waitFor()
  })

  it('tell in their history which currency amounts had, and of what is encrypted that it changed', async () => {
    const { accounts, opportunities } = site.world
    const rate = { currency_code: 'USD', valid_from: '2020-01-01', rate: 7.1 }
    expect((await admin.post('/api/v1/records/exchange_rate', rate)).status).toBe(201)
    const deal = `/api/v1/records/opportunity/${opportunities['Data platform']}`
    expect((await admin.patch(deal, { currency: 'USD', amount: 7000 })).status).toBe(200)
    expect((await admin.patch(deal, { amount: 9000 })).status).toBe(200)
    await page.goto(`/o/opportunity/${opportunities['Data platform']}`)
    const told = page.locator('.timeline-change')
    await told
      .filter({ hasText: /¥80,000.*\$7,000/s })
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'History' }).click()
    const changes = page.locator('.history-list__changes')
    await changes.filter({ hasText: /\$7,000.*\$9,000/s }).waitFor()
    await changes.filter({ hasText: /¥80,000.*\$7,000/s }).waitFor()
    const account = `/api/v1/records/account/${accounts['Meridian Foods']}`
    for (const bank_account of ['6222000011112222', '6222000011113333']) {
      expect((await admin.patch(account, { bank_account })).status).toBe(200)
    }
    await page.goto(`/o/account/${accounts['Meridian Foods']}`)
    await page.getByRole('tab', { name: 'History' }).click()
    await changes.filter({ hasText: /Bank account\s*changed/ }).waitFor()
  })
})
