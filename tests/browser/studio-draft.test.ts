import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('a draft in the studio', () => {
  let site: BrowserServer
  let studio: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    studio = await site.openAs(site.world.admin)
  })
  beforeEach(async () => {
    const { admin } = site.server
    const { body } = await admin.get('/api/v1/meta/changesets')
    for (const { id } of body.change_sets) await admin.delete(`/api/v1/meta/changesets/${id}`)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  async function beginField(type: RegExp): Promise<Locator> {
    await studio.getByRole('button', { name: 'New field' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByRole('button', { name: type }).click()
    return dialog
  }

  const label = (within: Locator | Page): Locator =>
    within.getByRole('textbox', { name: 'Label en-US' }).first()

  async function renameObject(page: Page, object: string, to: string): Promise<void> {
    await page.goto(`/studio/objects/${object}/settings`)
    await label(page).fill(to)
    await page.getByText('Draft saved').waitFor()
  }

  it('begins every new field with nothing, and makes one however often one clicks', async () => {
    await studio.goto('/studio/objects/contact')
    const first = await beginField(/^Text/)
    await label(first).fill('Nickname')
    await first.getByRole('button', { name: 'Create field' }).dblclick()
    await first.waitFor({ state: 'hidden' })
    const second = await beginField(/^Number/)
    expect(await label(second).inputValue()).toBe('')
    await second.getByRole('button', { name: 'Cancel' }).click()
    expect(await studio.getByRole('cell', { name: /^nickname/ }).count()).toBe(1)
  })

  it('asks for an API name where the label has no letters to make it from', async () => {
    await studio.goto('/studio/objects/contact')
    const dialog = await beginField(/^Text/)
    await dialog.getByRole('textbox', { name: 'Label zh-CN' }).fill('昵称')
    await dialog.getByText('Type one, such as visit_plan__c').waitFor()
    await dialog.getByRole('textbox', { name: /API name/ }).fill('nickname__c')
    await studio.waitForFunction(
      () => document.querySelector('[role=dialog] .el-button--primary:not(.is-disabled)') !== null,
    )
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  it('judges the field types of plugins as the server does', async () => {
    await studio.goto('/studio/objects/contact')
    const dialog = await beginField(/^Unified credit code/)
    await label(dialog).fill('Employer code')
    await choose(dialog, 'Default', 'Fixed value')
    await dialog.locator('.value-editor__literal input').fill('123')
    const { admin } = site.server
    const { body: set } = await admin.post('/api/v1/meta/changesets', {})
    const definition = { type: 'credit_code', label: 'Employer code', default: '123' }
    const put = await admin.put(
      `/api/v1/meta/changesets/${set.id}/field/contact.employer_code__c`,
      definition,
    )
    const [problem] = put.body.problems
    expect(problem.path).toBe('default')
    await dialog.getByText(problem.message).waitFor()
    expect(await dialog.getByRole('button', { name: 'Create field' }).isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  it('can be undone after a reload, from its first step on', async () => {
    await renameObject(studio, 'contact', 'Person')
    await studio.reload()
    await studio.getByRole('button', { name: '1 change', exact: true }).waitFor()
    await studio.getByRole('button', { name: 'Undo' }).click()
    await studio.getByRole('button', { name: '1 change', exact: true }).waitFor({ state: 'hidden' })
    expect(await label(studio).inputValue()).toBe('Contact')
  })

  it('is one draft in two windows of the same person', async () => {
    const other = await studio.context().newPage()
    await other.goto('/studio/objects/account/settings')
    await renameObject(studio, 'contact', 'Person')
    await other.evaluate(() => window.dispatchEvent(new Event('focus')))
    await other.getByRole('button', { name: '1 change', exact: true }).waitFor()
    await label(other).fill('Firm')
    await other.getByText('Draft saved').waitFor()
    await studio.evaluate(() => window.dispatchEvent(new Event('focus')))
    await studio.getByRole('button', { name: '2 changes', exact: true }).waitFor()
    await other.close()
  })

  it('says of a used field what reads it, each once, and plans nothing until that is settled', async () => {
    await studio.goto('/studio/objects/opportunity/fields/close_date')
    await studio.getByRole('button', { name: 'Delete field' }).click()
    const dialog = studio.getByRole('dialog')
    const rule = /^Validation rule It is still open/
    await dialog.getByRole('link', { name: rule }).waitFor()
    expect(await dialog.getByRole('link', { name: rule }).count()).toBe(1)
    await dialog.getByRole('button', { name: 'Delete field' }).click()
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByText(/problems? stands? in the way/).waitFor()
    await studio
      .getByRole('link', { name: /^It is still open/ })
      .first()
      .waitFor()
    expect(await studio.getByText('No table is touched').count()).toBe(0)
    const publish = studio.getByRole('button', { name: /^Publish \d+ changes/ })
    expect(await publish.textContent()).not.toMatch(/Publish 0/)
    expect(await publish.isDisabled()).toBe(true)
    const here = studio.locator('nav [aria-current=page]')
    expect(await here.textContent()).toContain('Plan')
  })

  it('asks what takes the place of a value that records have, and publishing puts it there', async () => {
    await studio.goto('/studio/objects/account/fields/level')
    await studio.getByRole('button', { name: 'Remove C Small', exact: true }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByText('2 records have it').waitFor()
    const remove = dialog.getByRole('button', { name: 'Remove', exact: true })
    expect(await remove.isDisabled()).toBe(true)
    await choose(dialog, 'Replace with', 'B Regular')
    await remove.click()
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio
      .locator('ol li')
      .filter({ hasText: 'Replace the values of account.level' })
      .waitFor()
    await studio.getByRole('button', { name: /^Publish 1 change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    const { admin } = site.server
    const id = site.world.accounts['Zenith Steel']
    const { body } = await admin.get(`/api/v1/records/account/${id}`)
    expect(body.level).toBe('B')
  })

  it('leads from a plan to where the replacement is said, of shared values too', async () => {
    const ada = await site.server.signIn(site.world.admin)
    const path = `/api/v1/records/account/${site.world.accounts['Meridian Foods']}`
    await ada.patch(path, { industry: 'machinery' })
    const { definition } = (await ada.get('/api/v1/meta/picklist/industry')).body
    const { body: set } = await ada.post('/api/v1/meta/changesets', {})
    const values = definition.values.slice(1)
    const put = `/api/v1/meta/changesets/${set.id}/picklist/industry`
    await ada.put(put, { ...definition, values })
    await studio.goto('/studio/plan')
    await studio.getByRole('link', { name: 'Choose what takes its place' }).click()
    await studio.getByText('it cannot be published so').waitFor()
    await choose(studio, 'Machinery: Replace with', 'Automotive')
    await studio.getByText('it cannot be published so').waitFor({ state: 'hidden' })
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio
      .locator('ol li')
      .filter({ hasText: 'Replace the values of account.industry' })
      .waitFor()
    expect(await studio.getByRole('button', { name: /^Publish/ }).isEnabled()).toBe(true)
  })

  it('gives an object another name, says what follows, and the old one keeps answering', async () => {
    const { admin } = site.server
    const { body: set } = await admin.post('/api/v1/meta/changesets', {})
    const path = `/api/v1/meta/changesets/${set.id}`
    await admin.put(`${path}/object/site__c`, { label: 'Site', icon: 'map' })
    await admin.put(`${path}/field/site__c.size__c`, { type: 'number', label: 'Size' })
    expect((await admin.post(`${path}/publish`, {})).status).toBe(200)
    await studio.goto('/studio/objects/site__c/settings')
    await studio.getByRole('button', { name: 'Rename', exact: true }).click()
    const dialog = studio.getByRole('dialog')
    await dialog
      .getByRole('listitem')
      .filter({ hasText: /^Field\s*1$/ })
      .waitFor()
    await dialog.getByText('Requests that still say site__c are answered').waitFor()
    const rename = dialog.getByRole('button', { name: 'Rename' })
    await dialog.getByRole('textbox').fill('account')
    expect(await rename.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill('plant__c')
    await rename.click()
    await studio.waitForURL('**/objects/plant__c/settings')
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByText('No table is touched').waitFor()
    await studio.getByText('site__c → plant__c').waitFor()
    await studio.goto('/studio/objects/plant__c/settings')
    await studio.getByRole('button', { name: '1 change', exact: true }).click()
    const list = studio.getByRole('listitem').filter({ hasText: 'site__c → plant__c' })
    await studio.getByText('One component follows the new name').waitFor()
    await list.getByRole('button', { name: 'Take the change back' }).click()
    await studio.getByText('site__c → plant__c').waitFor({ state: 'hidden' })
    await studio.goto('/studio/objects/site__c/settings')
    await studio.getByRole('button', { name: 'Rename', exact: true }).click()
    await dialog.getByRole('textbox').fill('plant__c')
    await rename.click()
    await studio.waitForURL('**/objects/plant__c/settings')
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByRole('button', { name: /^Publish \d+ change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    const old = await admin.get('/api/v1/records/site__c')
    expect([old.status, old.headers['warning']]).toEqual([
      200,
      '299 - "site__c is called plant__c now"',
    ])
  })

  it('keeps currencies and their rates, and says why the corporate one stays', async () => {
    await studio.goto('/studio/currencies')
    await studio.getByText('It cannot be changed any more').waitFor()
    await studio.getByRole('link', { name: /^Opportunity: \d+ records?$/ }).waitFor()
    const own = studio.getByRole('combobox', { name: 'Corporate currency' })
    expect(await own.isDisabled()).toBe(true)
    await studio.getByRole('button', { name: 'Rates of USD' }).click()
    const rate = studio.getByRole('spinbutton', { name: '1 USD in CNY', exact: true })
    await rate.fill('7.1')
    await studio.getByRole('button', { name: 'Add rate' }).click()
    await studio.getByText('7.1 CNY').waitFor()
    await rate.fill('7.2')
    await studio.getByRole('button', { name: 'Add rate' }).click()
    await studio.getByRole('alert').waitFor()
    await choose(studio, 'Add a currency', /^CHF/)
    await studio.getByRole('button', { name: 'Rates of CHF' }).click()
    await studio.getByText('Publish it first').waitFor()
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByRole('button', { name: /^Publish 1 change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    await studio.goto('/studio/currencies')
    await studio.getByRole('button', { name: 'Rates of CHF' }).click()
    await studio.getByRole('spinbutton', { name: '1 CHF in CNY', exact: true }).fill('8.1')
    await studio.getByRole('button', { name: 'Add rate' }).click()
    await studio.getByText('8.1 CNY').waitFor()
  })

  it('shows which row is chosen, under the pointer too', async () => {
    await studio.goto('/studio/objects/contact/fields/email')
    const row = studio.locator('tr[aria-selected=true]')
    const colour = (): Promise<string> =>
      row.evaluate((element) => getComputedStyle(element).backgroundColor)
    await studio.getByRole('button', { name: 'New field' }).hover()
    const chosen = await colour()
    await row.hover()
    expect(await colour()).toBe(chosen)
  })
})
