import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, rowNames, startBrowserServer, tick } from './support.ts'

const describeInBrowser = await describeWithChromium()

/** "At once", on a machine that has more to do. */
const SOON = { timeout: 15_000 }

describeInBrowser('access in the studio', () => {
  let site: BrowserServer
  let studio: Page
  let guest: Page
  let guestId: string

  beforeAll(async () => {
    site = await startBrowserServer()
    await publish('permission_set/visitor__c', {
      label: { 'zh-CN': '访客', 'en-US': 'Visitor' },
      apps: ['crm'],
      objects: { account: { read: true }, product: { read: true } },
    })
    const visitor = await site.server.createUser({ sets: ['visitor__c'], name: 'Vic Visitor' })
    guestId = visitor.id
    studio = await site.openAs(site.world.admin)
    guest = await site.openAs(visitor)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const publishDraft = async (): Promise<void> => {
    await studio.getByText('Draft saved').waitFor()
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByRole('button', { name: /^Publish \d+ change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor(SOON)
  }

  it('gives a right over an object that is in force at once in another window', async () => {
    await guest.goto('/o/account?view=all')
    await guest.getByRole('heading', { name: 'Accounts' }).waitFor()
    expect(await rowNames(guest)).toEqual([])
    expect(await guest.getByRole('button', { name: 'New Account' }).count()).toBe(0)

    await studio.goto('/studio/permission-sets/visitor__c')
    const row = studio
      .getByRole('row')
      .filter({ hasText: /^Account/ })
      .first()
    await tick(row, 'Account Create')
    await choose(row, 'Account Read scope', 'All')
    await publishDraft()

    await guest.getByRole('button', { name: 'New Account' }).waitFor(SOON)
    await guest.getByRole('link', { name: 'Aurora Optics' }).waitFor(SOON)
    expect((await rowNames(guest)).length).toBe(4)
  })

  it('walks the matrix by the keyboard', async () => {
    await studio.goto('/studio/permission-sets/visitor__c')
    await studio.getByRole('checkbox', { name: 'Account Create' }).focus()
    await studio.keyboard.press('ArrowRight')
    await studio.keyboard.press('ArrowDown')
    const below = studio.getByRole('checkbox', { name: 'Contact Read' })
    expect(await below.evaluate((input) => input === document.activeElement)).toBe(true)
    await studio.keyboard.press('Space')
    await studio.getByRole('button', { name: /^1 change/ }).waitFor()
    await studio.keyboard.press('Control+z')
    await studio.getByRole('button', { name: /^1 change/ }).waitFor({ state: 'detached' })
  })

  it('takes a field away, for one or for all that are found', async () => {
    await studio.getByRole('button', { name: 'Account', exact: true }).click()
    const panel = studio.getByRole('complementary', { name: 'Account' })
    await panel.getByRole('textbox', { name: 'Find a field' }).fill('phone')
    await panel.getByRole('button', { name: 'Phone Masked' }).click()
    await panel.getByRole('button', { name: 'Phone None' }).click()
    expect(
      await panel.getByRole('button', { name: 'Phone None' }).getAttribute('aria-pressed'),
    ).toBe('true')
    await publishDraft()
    const answer = await (
      await site.server.signIn(
        await site.server.createUser({ sets: ['visitor__c'], name: 'Second Visitor' }),
      )
    ).get('/api/v1/records/account?select=phone')
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('phone')])
  })

  it('tells two sets apart, and adds several up', async () => {
    await studio.goto('/studio/permission-sets/visitor__c')
    await studio.getByText('Compare', { exact: true }).click()
    await choose(studio, 'Compare with', /Sales/)
    await studio.getByText(/^\d+ differences$/).waitFor()
    await studio.getByText('Add up', { exact: true }).click()
    const contract = studio.getByRole('row').filter({ hasText: /^Contract/ })
    expect(await contract.count()).toBe(0)
    await choose(studio, 'Together with', /^Finance/)
    await contract.first().waitFor()
  })

  it('shares records by a rule, and counts them while it is written', async () => {
    await publish('permission_set/visitor__c', {
      label: { 'zh-CN': '访客', 'en-US': 'Visitor' },
      apps: ['crm'],
      objects: { account: { read: true }, opportunity: { read: true } },
    })
    await studio.goto('/studio/objects/opportunity/sharing')
    await studio.getByRole('button', { name: 'New sharing rule' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Label en-US' }).fill('Won deals')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await studio.waitForURL('**/objects/opportunity/sharing/won_deals__c')
    await studio.getByText('Needs a value').waitFor()
    await studio.getByRole('button', { name: 'Add a condition' }).click()
    await choose(studio, 'Field', /^Opportunity name/)
    await choose(studio, 'Comparison', 'is')
    await studio.getByRole('textbox', { name: 'Opportunity name' }).fill('Old furnace')
    await studio.getByText('1 existing record meets the condition').waitFor()
    await studio.getByRole('group', { name: 'Opened to' }).getByText('Add users').click()
    await choose(studio.getByRole('group', { name: 'Opened to' }), 'Users named by', 'Everyone')
    await publishDraft()
    await guest.goto('/o/opportunity?view=all')
    await guest.getByRole('link', { name: 'Old furnace' }).waitFor(SOON)
    expect(await rowNames(guest)).toEqual(['Old furnace'])
  })

  it('shows what somebody sees, and by what', async () => {
    await studio.goto(`/studio/view-as?user=${guestId}&object=opportunity`)
    await studio.getByText('Sees 1 of 4 records').waitFor()
    await studio.getByText('Sharing rule “Won deals”').waitFor()
    await studio.getByRole('link', { name: 'Old furnace' }).waitFor()
  })

  it('moves roles, and offers no place that would close a circle', async () => {
    await studio.goto('/studio/components/role')
    const manager = studio.getByRole('combobox', { name: 'Sales director Reports to' })
    await manager.locator('xpath=ancestor::*[contains(@class, "el-select__wrapper")]').click()
    const list = studio.locator(`[id="${await manager.getAttribute('aria-controls')}"]`)
    await list.getByRole('option', { name: 'Finance' }).waitFor()
    expect(await list.getByRole('option', { name: 'Sales representative' }).count()).toBe(0)
    await list.getByRole('option', { name: 'Finance' }).click()
    await studio.getByRole('button', { name: /^1 change/ }).waitFor()
    await studio.keyboard.press('Control+z')
  })

  it('moves departments as the records that they are', async () => {
    for (const name of ['North', 'South']) {
      const made = await site.server.admin.post('/api/v1/records/department', { name })
      expect(made.status).toBe(201)
    }
    await studio.goto('/studio/departments')
    await studio.getByRole('link', { name: 'North' }).waitFor()
    await choose(studio, 'North Reports to', 'South')
    await expect
      .poll(async () => {
        const found = await site.server.admin.get(
          '/api/v1/records/department?filter[name]=North&select=parent',
        )
        return found.body.records[0]?.parent?.name
      }, SOON)
      .toBe('South')
  })

  async function publish(item: string, definition: object): Promise<void> {
    const { admin } = site.server
    const { body } = await admin.post('/api/v1/meta/changesets', { label: 'Access' })
    const own = `/api/v1/meta/changesets/${body.id}`
    const put = await admin.put(`${own}/${item}`, definition)
    expect([put.status, put.text]).toEqual([200, expect.anything()])
    const done = await admin.post(`${own}/publish`, { label: 'Access' })
    expect([done.status, done.text]).toEqual([200, expect.anything()])
  }
})
