import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium, publishWorld } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('records', () => {
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

  const field = (name: string): Locator => page.locator(`[data-field=${name}]`)
  const errorAt = (name: string): Locator => field(name).getByRole('alert')

  async function stageOf(name: string): Promise<string> {
    const id = site.world.opportunities[name]
    return (await rep.get(`/api/v1/records/opportunity/${id}`)).body.stage
  }

  it('are created by a form that asks for what is missing, at its place', async () => {
    await page.goto('/o/opportunity/new')
    await field('name').getByRole('textbox').fill('Night shift')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await errorAt('account').waitFor()
    await errorAt('close_date').waitFor()
    expect(await errorAt('name').count()).toBe(0)
    expect(new URL(page.url()).pathname).toBe('/o/opportunity/new')
  })

  it('show a field when its condition comes true, and hide it again', async () => {
    expect(await field('lost_reason').count()).toBe(0)
    await choose(page, 'Stage', 'Lost')
    await field('lost_reason').waitFor()
    await choose(page, 'Stage', 'Won')
    await field('lost_reason').waitFor({ state: 'detached' })
    await field('win_reason').waitFor()
  })

  it('show what a rule of the server refuses beside its field, and save once it is right', async () => {
    await choose(page, 'Account', /^Aurora Optics/)
    await field('close_date').getByRole('combobox').fill('2099-12-31')
    await field('close_date').getByRole('combobox').press('Enter')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await errorAt('amount').filter({ hasText: 'Enter the amount, above zero' }).waitFor()
    await field('amount').getByRole('textbox').fill('4200')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Night shift', level: 1 }).waitFor()
    const made = await rep.get('/api/v1/records/opportunity?filter[name]=Night shift')
    expect(made.body.records).toEqual([
      expect.objectContaining({ stage: 'won', amount: 4200, close_date: '2099-12-31' }),
    ])
  })

  it('offer days in weeks that begin where the reader begins them', async () => {
    for (const [locale, first] of [
      ['zh-CN', '一'],
      ['en-US', 'Sun'],
    ] as const) {
      const own = await site.openAs(site.world.rep, { locale })
      await own.addInitScript((chosen) => localStorage.setItem('trellis.locale', chosen), locale)
      await own.goto(`/o/opportunity/${site.world.opportunities['Lens line']}/edit`)
      await own.locator('[data-field=close_date] input').click()
      const week = own.locator('.el-date-table').filter({ visible: true }).locator('th')
      expect(await week.first().textContent()).toBe(first)
      await own.context().close()
    }
  })

  it('are not made twice unawares: the twin is shown, and saving all the same is a choice', async () => {
    const named = async (): Promise<number> =>
      (await rep.get('/api/v1/records/account?filter[name]=华云科技集团')).body.records.length
    await page.goto('/o/account/new')
    await field('name').getByRole('textbox').fill('华云科技集团')
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await save.click()
    const dialog = page.getByRole('dialog', { name: 'There may be such a record already' })
    const twin = dialog.getByRole('link', { name: '华云科技有限公司' })
    const id = site.world.accounts['华云科技有限公司']
    expect(await twin.getAttribute('href')).toBe(`/o/account/${id}`)
    await dialog.getByRole('button', { name: 'Keep editing' }).click()
    await errorAt('name').filter({ hasText: 'an account with nearly this name' }).waitFor()
    expect(await named()).toBe(0)
    await save.click()
    await dialog.getByRole('button', { name: 'Save anyway' }).click()
    await page.getByRole('heading', { name: '华云科技集团', level: 1 }).waitFor()
    expect(await named()).toBe(1)
  })

  it('give way to the twin: a page to its page, a lookup to its value', async () => {
    await page.goto('/o/account/new')
    await field('name').getByRole('textbox').fill('Aurora Optics Inc.')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'There may be such a record already' })
    const go = dialog.getByRole('button', { name: 'Go to “Aurora Optics” instead of making' })
    await go.click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await question.getByRole('button', { name: 'Keep editing' }).click()
    await question.waitFor({ state: 'hidden' })
    await go.click()
    await question.getByRole('button', { name: 'Discard changes' }).click()
    await page.waitForURL(`**/o/account/${site.world.accounts['Aurora Optics']}`)
    await page.getByRole('heading', { name: 'Aurora Optics', level: 1 }).waitFor()

    await page.goto('/o/opportunity/new')
    const account = field('account').getByRole('combobox')
    await account.fill('Zenith Steel Ltd.')
    await page.getByRole('button', { name: 'New “Zenith Steel Ltd.”' }).click()
    const drawer = page.getByRole('dialog', { name: 'New Account' })
    await drawer.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByRole('button', { name: 'Use “Zenith Steel” instead of a new one' }).click()
    await drawer.waitFor({ state: 'hidden' })
    await field('account').getByText('Zenith Steel', { exact: true }).waitFor()
    const found = await rep.get('/api/v1/records/account?filter[name]=Zenith Steel Ltd.')
    expect(found.body.records).toEqual([])
  })

  it('open in the round: facts, related lists with their sums, and the way to each', async () => {
    await page.goto(`/o/account/${site.world.accounts['华云科技有限公司']}`)
    await page.getByRole('heading', { name: '华云科技有限公司', level: 1 }).waitFor()
    const fact = page.locator('[data-node="facts.open_opportunities"]')
    expect(await fact.textContent()).toMatch(/Open opportunities\s*≈ ¥200/)
    const tab = page.getByRole('tab', { name: /^Opportunities/ })
    expect(await tab.textContent()).toMatch(/2 · ≈ ¥200/)
    await tab.click()
    const related = page.locator('[data-node="related.opportunities"]')
    await related.getByRole('link', { name: 'Data platform' }).waitFor()
    expect(await related.locator('tbody tr').count()).toBe(2)
    await related.getByRole('link', { name: 'Cloud migration' }).click()
    await page.waitForURL(`**/o/opportunity/${site.world.opportunities['Cloud migration']}`)
    await page.getByRole('heading', { name: 'Cloud migration', level: 1 }).waitFor()
  })

  it('take rich text by tools and links, and what is pasted as the text that it is', async () => {
    const path = `/o/quote/${site.world.quote.id}`
    await page.goto(`${path}/edit`)
    const terms = field('terms')
    const text = terms.getByRole('textbox', { name: 'Terms and conditions' })
    const tool = (name: string) => terms.getByRole('button', { name, exact: true })
    await text.click()
    await page.keyboard.type('Pay ')
    await tool('Bold').click()
    await page.keyboard.type('early')
    await tool('Bold').click()
    await page.keyboard.type(', please')
    await text.evaluate((target) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/html', '<img src=x onerror="alert(1)"><b>pasted</b>')
      clipboardData.setData('text/plain', ' and <b>pasted</b>\nsecond line ')
      const options = { clipboardData, bubbles: true, cancelable: true }
      target.dispatchEvent(new ClipboardEvent('paste', options))
    })
    await tool('Link').click()
    const address = terms.getByRole('textbox', { name: 'Address of the link' })
    await address.fill('javascript:alert(1)')
    await address.press('Enter')
    await terms.getByText('Links lead to pages, mailboxes or telephones only').waitFor()
    await address.fill('example.com/terms')
    await address.press('Enter')
    await address.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(`**${path}`)
    const link = page.getByRole('link', { name: 'https://example.com/terms' })
    expect(await link.getAttribute('href')).toBe('https://example.com/terms')
    const quote = await (
      await page.request.get(`/api/v1/records/quote/${site.world.quote.id}`)
    ).json()
    expect(quote.terms).toContain(
      'Pay <strong>early</strong>, please and &lt;b&gt;pasted&lt;/b&gt;',
    )
    expect(quote.terms).toContain('second line <a href="https://example.com/terms">')
  })

  it('move over the board by keyboard', async () => {
    await page.goto('/o/opportunity?view=board')
    const card = page.locator('[data-card]').filter({ hasText: 'Cloud migration' })
    await card.focus()
    await card.press(' ')
    await card.press('ArrowRight')
    await card.press(' ')
    await page
      .locator('[data-node="column.solution"] [data-card]')
      .filter({ hasText: 'Cloud migration' })
      .waitFor()
    await expect.poll(() => stageOf('Cloud migration')).toBe('solution')
  })

  it('say over each column of the board about what its amounts come to', async () => {
    const head = page.locator('[data-node="column.won"] header')
    await head.getByText('≈ ¥54,200').waitFor()
    expect(await head.locator('[title]').getAttribute('title')).toMatch(/converted to CNY/)
  })

  it('spring back on the board when the move is refused', async () => {
    const column = (stage: string): Locator =>
      page.locator(`[data-node="column.${stage}"] [data-card]`).filter({ hasText: 'Old furnace' })
    await column('won').scrollIntoViewIfNeeded()
    const from = await column('won').boundingBox()
    const to = await page.locator('[data-node="column.contract"]').boundingBox()
    if (from === null || to === null) throw new Error('The board is not in sight')
    await page.mouse.move(from.x + from.width / 2, from.y + 12)
    await page.mouse.down()
    await page.mouse.move(to.x + to.width / 2, to.y + 120, { steps: 12 })
    await page.mouse.up()
    await page.getByText('This opportunity is closed; ask a sales manager to reopen it').waitFor()
    await column('won').waitFor()
    expect(await column('contract').count()).toBe(0)
    expect(await stageOf('Old furnace')).toBe('won')
  })

  it('show in the form what a save demands, though no layout has a place for it', async () => {
    await publishWorld(site.server.admin, {
      'field/opportunity.review__c': {
        type: 'text',
        label: { 'zh-CN': '复盘', 'en-US': 'Review' },
        required_when: { '==': [{ var: 'stage' }, 'invalid'] },
      },
    })
    const lead = await site.openAs(site.world.admin)
    const review = lead.locator('[data-field=review__c]')
    const save = lead.getByRole('button', { name: 'Save', exact: true })
    await lead.goto(`/o/opportunity/${site.world.opportunities['Data platform']}/edit`)
    await lead.locator('[data-field=stage]').waitFor()
    expect(await review.count()).toBe(0)
    await choose(lead, 'Stage', 'Invalid')
    await lead.getByRole('heading', { name: 'Also required' }).waitFor()
    await save.click()
    await review.getByRole('alert').filter({ hasText: 'Must be filled' }).waitFor()
    await review.getByRole('textbox').fill('Too early')
    await save.click()
    await lead.getByRole('heading', { name: 'Data platform', level: 1 }).waitFor()
    expect(await stageOf('Data platform')).toBe('invalid')
    await lead.context().close()
  })
})
