import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, rowNames, startBrowserServer, tick } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('a list', () => {
  let site: BrowserServer
  let page: Page
  let rep: Caller

  beforeAll(async () => {
    site = await startBrowserServer()
    rep = await site.server.signIn(site.world.rep)
    page = await site.openAs(site.world.rep)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  async function showAccounts(): Promise<void> {
    await page.goto('/o/account?view=all')
    await page.getByRole('link', { name: 'Aurora Optics' }).waitFor()
  }

  it('shows the records and sorts them by a click on a header, there and back', async () => {
    await showAccounts()
    expect(await rowNames(page)).toHaveLength(4)
    const header = page.getByRole('columnheader').filter({ hasText: 'Account name' })
    await header.getByRole('button').click()
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending')
    const latin = async (): Promise<string[]> =>
      (await rowNames(page)).filter((name) => /^[A-Z]/.test(name))
    await expect.poll(latin).toEqual(['Aurora Optics', 'Meridian Foods', 'Zenith Steel'])
    await header.getByRole('button').click()
    await expect.poll(latin).toEqual(['Zenith Steel', 'Meridian Foods', 'Aurora Optics'])
    expect(await header.getAttribute('aria-sort')).toBe('descending')
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-name')
  })

  it('filters by a chip that stands in the address, and shows all again without it', async () => {
    await showAccounts()
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await choose(page, 'Field', 'Level')
    await choose(page, 'Level', /^C/)
    await page.getByRole('button', { name: 'Done' }).click()
    await expect
      .poll(async () => (await rowNames(page)).toSorted())
      .toEqual(['Meridian Foods', 'Zenith Steel'])
    const chips = page.getByRole('group', { name: 'Filter' })
    expect(await chips.textContent()).toMatch(/Level\s*is\s*C/)

    await page.reload()
    await page.getByRole('link', { name: 'Zenith Steel' }).waitFor()
    expect(await rowNames(page)).toHaveLength(2)
    await chips.getByRole('button', { name: /^Remove/ }).click()
    await expect.poll(async () => (await rowNames(page)).length).toBe(4)
  })

  it('asks what lies within kilometres of a place, and only what a type can answer', async () => {
    const { accounts } = site.world
    const places = { 'Aurora Optics': [31.23, 121.47], 'Zenith Steel': [30.27, 120.15] } as const
    for (const [name, [latitude, longitude]] of Object.entries(places)) {
      const path = `/api/v1/records/account/${accounts[name]}`
      const answer = await rep.patch(path, { location: { latitude, longitude } })
      expect(answer.status, answer.text).toBe(200)
    }
    await showAccounts()
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await choose(page, 'Field', 'Place on the map')
    const place = page.getByRole('textbox', { name: 'Place on the map' })
    await place.fill('nowhere')
    await place.press('Tab')
    await page.getByText('Type latitude and longitude').waitFor()
    await place.fill('31.2, 121.4')
    await place.press('Tab')
    await page.getByRole('spinbutton', { name: 'Kilometres' }).fill('50')
    await page.getByRole('spinbutton', { name: 'Kilometres' }).press('Tab')
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => rowNames(page)).toEqual(['Aurora Optics'])
    const chips = page.getByRole('group', { name: 'Filter' })
    expect(await chips.textContent()).toMatch(/Place on the map\s*is within\s*50 km of 31\.2/)
    await page.reload()
    await expect.poll(() => rowNames(page)).toEqual(['Aurora Optics'])
  })

  it('saves what is typed in a cell, and still shows it after a reload', async () => {
    await page.goto('/o/opportunity?view=all')
    const row = page.locator('[role=row]').filter({ hasText: 'Data platform' })
    const cell = row.getByRole('gridcell').filter({ hasText: '80,000' })
    await cell.dblclick()
    const input = page.getByRole('textbox', { name: 'Amount' })
    await input.fill('95000.5')
    await input.press('Enter')
    await row.getByRole('gridcell').filter({ hasText: '95,000.5' }).waitFor()
    const id = site.world.opportunities['Data platform']
    await expect
      .poll(async () => (await rep.get(`/api/v1/records/opportunity/${id}`)).body.amount)
      .toBe(95_000.5)
    await page.reload()
    await row.getByRole('gridcell').filter({ hasText: '95,000.5' }).waitFor()
  })

  it('leaves a refused value in its cell, with the reason', async () => {
    await page.goto('/o/opportunity?view=all')
    const row = page.locator('[role=row]').filter({ hasText: 'Lens line' })
    await row.getByRole('gridcell').filter({ hasText: 'Needs confirmed' }).dblclick()
    await page.getByRole('option', { name: 'Won' }).filter({ visible: true }).click()
    const reason = 'Enter the amount, above zero, before you mark this as won'
    await row
      .getByText(reason)
      .or(row.locator(`[title="${reason}"]`))
      .first()
      .waitFor()
    const id = site.world.opportunities['Lens line']
    expect((await rep.get(`/api/v1/records/opportunity/${id}`)).body.stage).toBe('needs_confirmed')
  })

  it('changes a field of all chosen records', async () => {
    await showAccounts()
    for (const name of ['Meridian Foods', 'Zenith Steel']) {
      await tick(page.getByRole('grid'), `Select “${name}”`)
    }
    const bar = page.getByRole('toolbar', { name: '2 selected' })
    await bar.getByRole('button', { name: 'Edit' }).click()
    await choose(page, 'Field', 'Level')
    await choose(page, 'Level', /^A/)
    await page.getByRole('button', { name: 'Change 2 records' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const changed = await rep.get('/api/v1/records/account?filter[level]=A&sort=name&select=name')
    expect(changed.body.records.map(({ name }: { name: string }) => name)).toEqual([
      'Aurora Optics',
      'Meridian Foods',
      'Zenith Steel',
    ])
  })

  it('changes all that match, those out of sight too, and nothing else', async () => {
    const lead = (at: number): object => ({
      op: 'create',
      record: { name: `Trade fair ${at}`, company: 'Fair', email: `fair${at}@example.com` },
    })
    for (const from of [0, 150]) {
      const operations = Array.from({ length: 105 }, (_, at) => lead(from + at))
      await rep.post('/api/v1/records/lead/batch', { operations })
    }
    const { body: other } = await rep.post('/api/v1/records/lead', {
      name: 'By phone',
      company: 'Else',
      email: 'else@example.com',
    })
    await page.goto('/o/lead?view=all&q=Trade')
    await page.getByText('210 records').waitFor()
    await tick(page.getByRole('grid'), 'Select “Trade fair 254”')
    expect(await page.locator('[role=row][aria-selected=true]').count()).toBe(1)
    await page.getByRole('button', { name: 'Select all 210' }).click()
    await page.getByText('All 210 selected').waitFor()
    await page.getByRole('toolbar').getByRole('button', { name: 'Edit' }).click()
    await choose(page, 'Field', 'Rating')
    await choose(page, 'Rating', 'Hot')
    await page.getByRole('button', { name: 'Change 210 records' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const count = async (rating: string): Promise<unknown> =>
      (
        await rep.post('/api/v1/records/lead/aggregate', {
          where: { '==': [{ var: 'rating' }, rating] },
          measures: [{ fn: 'count', as: 'n' }],
        })
      ).body.groups[0].n
    expect(await count('hot')).toBe(210)
    expect((await rep.get(`/api/v1/records/lead/${other.id}`)).body.rating).toBe(null)
  })

  it('is cards over a bar at the bottom on a phone, and nothing runs out of the window', async () => {
    const phone = await site.openAs(site.world.rep, { isPhone: true })
    await phone.goto('/o/account?view=all')
    const card = phone.getByRole('listitem').filter({ hasText: 'Aurora Optics' })
    await card.waitFor()
    expect(await phone.getByRole('grid').count()).toBe(0)
    const bar = await phone.getByRole('navigation', { name: 'Main menu' }).boundingBox()
    expect(bar).toMatchObject({ x: 0, width: 390 })
    expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBe(844)
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await card.click()
    await phone.waitForURL(`**/o/account/${site.world.accounts['Aurora Optics']}`)
    await phone.getByRole('heading', { name: 'Aurora Optics', level: 1 }).waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await phone.context().close()
  })
})
