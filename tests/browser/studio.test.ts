import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer, tick } from './support.ts'

const describeInBrowser = await describeWithChromium()

/** "Within seconds", on a machine that has more to do. */
const SOON = { timeout: 15_000 }

describeInBrowser('the studio', () => {
  let site: BrowserServer
  let studio: Page
  let runtime: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    studio = await site.openAs(site.world.admin)
    runtime = await site.openAs(site.world.admin)
    await runtime.goto('/o/account?view=all')
    await runtime.getByRole('columnheader', { name: 'Level' }).waitFor()
    await runtime.evaluate(() => Reflect.set(window, 'isSamePage', true))
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const isSamePage = (): Promise<unknown> =>
    runtime.evaluate(() => Reflect.get(window, 'isSamePage'))

  it('makes a field, without effect on anybody', async () => {
    await studio.goto('/studio/objects/account')
    await studio.getByRole('button', { name: 'New field' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByRole('button', { name: /^Text/ }).click()
    await dialog.getByRole('textbox', { name: 'Label en-US' }).fill('Partner code')
    await dialog.getByRole('textbox', { name: 'Label zh-CN' }).fill('伙伴编码')
    expect(await dialog.getByRole('textbox', { name: /API name/ }).inputValue()).toBe(
      'partner_code__c',
    )
    await tick(dialog, 'All accounts')
    expect(await dialog.getByRole('checkbox', { name: 'Default' }).isChecked()).toBe(true)
    await dialog.getByRole('button', { name: 'Create field' }).click()
    await studio.getByRole('button', { name: /^3 changes/ }).waitFor()
    await studio.getByText('Draft saved').waitFor()
    expect(await runtime.getByRole('columnheader', { name: 'Partner code' }).count()).toBe(0)
  })

  it('says beforehand what will happen to the tables', async () => {
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    const step = studio.locator('ol li').filter({ hasText: 'partner_code__c' })
    await step.waitFor()
    expect(await step.textContent()).toContain('instant')
    await step.getByRole('button', { name: 'SQL' }).click()
    expect(await step.locator('pre').textContent()).toMatch(/add column "?partner_code__c"? text/i)
  })

  it('publishes it into the open list and the form of somebody else', async () => {
    await studio.getByRole('button', { name: /^Publish 3 changes/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    await runtime.getByRole('columnheader', { name: 'Partner code' }).waitFor(SOON)
    await runtime.getByRole('button', { name: 'New Account' }).click()
    const input = runtime.locator('[data-field=partner_code__c]').getByRole('textbox')
    await input.fill('P-007')
    await runtime.locator('[data-field=name]').getByRole('textbox').fill('Seventh Heaven')
    await runtime.getByRole('button', { name: 'Save', exact: true }).click()
    await runtime.getByRole('heading', { name: 'Seventh Heaven', level: 1 }).waitFor()
    expect(await isSamePage()).toBe(true)
    const found = await site.server.admin.get(
      '/api/v1/records/account?filter[partner_code__c]=P-007',
    )
    expect(found.body.records).toHaveLength(1)
  })

  it('counts the existing records that a new rule would refuse, while it is written', async () => {
    await studio.goto('/studio/objects/account/rules')
    await studio.getByRole('button', { name: 'New validation rule' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Label en-US' }).fill('Phone needed')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await studio.waitForURL('**/objects/account/rules/phone_needed__c')
    await studio.getByRole('button', { name: 'Add a condition' }).click()
    await choose(studio, 'Field', /^Phone\s*phone$/)
    await choose(studio, 'Comparison', 'is empty')
    await studio.getByText('3 existing records would fail').waitFor()
    await studio.getByRole('link', { name: 'Meridian Foods' }).waitFor()
    expect(await studio.getByRole('link', { name: 'Aurora Optics' }).count()).toBe(0)
  })

  it('shows the tab that it says it shows, also at an address that names none', async () => {
    const chosen = studio.getByRole('tab', { selected: true })
    for (const [path, tab] of [
      ['nonsense/phone', 'Fields'],
      ['restrictions', 'Sharing'],
    ]) {
      await studio.goto(`/studio/objects/account/${path}`)
      await studio.getByRole('heading', { name: 'Account', level: 1 }).waitFor()
      expect([path, await chosen.innerText()]).toEqual([path, tab])
    }
    await studio.goto('/studio/components/nonsense')
    await studio.waitForURL('**/studio/')
  })

  it('says with ticks which values follow from those of another field', async () => {
    await studio.goto('/studio/objects/payment')
    await studio.getByRole('button', { name: 'Method', exact: true }).click()
    const refund = studio.getByRole('group', { name: 'Refund', exact: true }).first()
    const cheque = refund.getByRole('checkbox', { name: 'Cheque' })
    expect(await cheque.isChecked()).toBe(false)
    await tick(refund, 'Cheque')
    await studio.getByText('Draft saved').waitFor()
    await studio.reload()
    await studio.getByRole('button', { name: 'Method', exact: true }).click()
    await expect.poll(() => cheque.isChecked()).toBe(true)
  })

  it('rolls back: what came with the release goes from the list of the other', async () => {
    await runtime.getByRole('link', { name: 'Accounts', exact: true }).first().click()
    await runtime.getByTitle('Switch view').click()
    await runtime.getByRole('menuitem', { name: 'All accounts' }).click()
    await runtime.getByRole('columnheader', { name: 'Partner code' }).waitFor()
    await studio.goto('/studio/releases')
    await studio.getByRole('button', { name: 'Roll back' }).first().click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await runtime
      .getByRole('columnheader', { name: 'Partner code' })
      .waitFor({ state: 'detached', ...SOON })
    await runtime.getByRole('columnheader', { name: 'Level' }).waitFor()
    expect(await isSamePage()).toBe(true)
  })
})
