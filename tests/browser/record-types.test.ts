import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

/** "At once", on a machine that has more to do. */
const SOON = { timeout: 15_000 }

describeInBrowser('record types', () => {
  let site: BrowserServer
  let page: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    page = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const createType = async (label: string): Promise<void> => {
    await page.goto('/studio/objects/account/types')
    await page.getByRole('button', { name: 'New record type' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Label en-US' }).fill(label)
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL(`**/types/${label.toLowerCase()}__c`)
    await page.getByText('Draft saved').waitFor()
  }

  it('are made in the studio, with the values that they offer', async () => {
    await createType('Partner')
    await createType('Competitor')
    const level = page.getByRole('region', { name: 'Level', exact: true })
    await level.getByRole('switch').locator('xpath=..').click()
    for (const value of ['A Key', 'B Regular']) {
      await level.getByText(value, { exact: true }).click()
    }
    await choose(level, 'Level New records begin with', /^D/)
    await page.getByText('Draft saved').waitFor()
    await page.getByRole('button', { name: 'Plan and publish' }).click()
    await page.getByRole('button', { name: /^Publish \d+ change/ }).click()
    await page.getByText(/^Release \d+ is live$/).waitFor(SOON)
  })

  it('are chosen first in the form, which then offers their values', async () => {
    await page.goto('/o/account/new')
    // The form is ready when it has put the cursor into its first text.
    await page.locator('[data-field=name] input:focus').waitFor()
    const level = page.locator('[data-field=level]')
    const type = page.locator('[data-field=record_type]')
    // Options stand at the end of the document from the first time on that their field was open.
    const offered = async (): Promise<string[]> => {
      const id = await level.getByRole('combobox').getAttribute('aria-controls')
      const options = page.locator(`[id="${id}"]`).getByRole('option', { includeHidden: true })
      return (await options.allTextContents()).map((text) => text.trim().slice(0, 1))
    }
    await choose(type, 'Record type', 'Partner')
    await choose(level, 'Level', 'C Small')
    expect(await offered()).toEqual(['A', 'B', 'C', 'D'])
    await choose(level, 'Level', 'A Key')
    await choose(type, 'Record type', 'Competitor')
    await expect.poll(() => level.innerText(), SOON).toContain('D Low value')
    await choose(level, 'Level', 'C Small')
    expect(await offered()).toEqual(['C', 'D'])
  })

  it('are taken away with an answer where their records go', async () => {
    const admin = await site.server.signIn(site.world.admin)
    const [id] = Object.values(site.world.accounts)
    const path = `/api/v1/records/account/${id}`
    expect((await admin.patch(path, { record_type: 'partner__c' })).status).toBe(200)
    await page.goto('/studio/objects/account/types/partner__c')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: /^Delete/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove “Partner”' })
    await dialog.getByText('One record has it').waitFor()
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true)
    await choose(dialog, 'Replace with', 'Competitor')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.waitForURL('**/objects/account/types')
    await page.getByText('Removed in this draft').waitFor()
    await page.getByRole('button', { name: 'Plan and publish' }).click()
    await page.getByRole('button', { name: /^Publish \d+ change/ }).click()
    await page.getByText(/^Release \d+ is live$/).waitFor(SOON)
    expect((await admin.get(path)).body.record_type).toBe('competitor__c')
  })

  it('are changed in a dialog that asks what takes the place of values, and says what was refused', async () => {
    const id = site.world.opportunities['Lens line'] ?? ''
    await page.goto(`/o/opportunity/${id}`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Change record type…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Change the record type/ })
    // The only other type is chosen already; what it would begin with takes the place.
    const stage = dialog.locator('[data-field=stage]')
    expect(await stage.innerText()).toMatch(/now “Needs confirmed”[^]*Quotation/)
    await choose(stage, 'Stage (now “Needs confirmed”)', 'Negotiation')
    const admin = await site.server.signIn(site.world.admin)
    const path = `/api/v1/records/opportunity/${id}`
    expect((await admin.patch(path, { next_step: 'Call them' })).status).toBe(200)
    await dialog.getByRole('button', { name: 'Change type' }).click()
    await dialog.getByText('Somebody has just changed').waitFor()
    expect(await stage.innerText()).toContain('Negotiation')
    await dialog.getByRole('button', { name: 'Change type' }).click()
    await dialog.waitFor({ state: 'detached' })
    const { body } = await admin.get(path)
    expect([body.record_type, body.stage, body.next_step]).toEqual([
      'renewal',
      'negotiation',
      'Call them',
    ])
    await page.goto(`/o/opportunity/${id}/edit`)
    const fixed = page.locator('[data-field=record_type]')
    await fixed.getByText('Changed with “Change record type”').waitFor({ state: 'attached' })
  })
})
