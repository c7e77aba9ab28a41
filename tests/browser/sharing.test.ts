import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { type Caller, describeWithChromium, type TestUser } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('who has access to a record', () => {
  let site: BrowserServer
  let page: Page
  let other: TestUser
  let colleague: Caller
  let path: string

  beforeAll(async () => {
    site = await startBrowserServer()
    other = await site.server.createUser({ name: 'Cleo Colleague', sets: ['sales_rep'] })
    colleague = await site.server.signIn(other)
    path = `account/${site.world.accounts['Aurora Optics']}`
    page = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const dialog = (): Locator => page.getByRole('dialog')
  const seen = async (): Promise<number> => (await colleague.get(`/api/v1/records/${path}`)).status

  async function open(item: string): Promise<void> {
    await page.goto(`/o/${path}`)
    await page.locator('.record-content').getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
    await dialog().waitFor()
  }

  it('is given to a member of the team, changed and taken back', async () => {
    expect(await seen()).toBe(404)
    await open('Share and team')
    await dialog().getByText('Nobody is on the team yet').waitFor()
    await choose(dialog(), 'With', /^Cleo Colleague/)
    await dialog().getByRole('textbox', { name: 'What they do' }).fill('Presales')
    await dialog().getByRole('button', { name: 'Add to the team' }).click()
    const member = dialog().getByRole('listitem').filter({ hasText: 'Cleo Colleague' })
    await member.getByText('Presales').waitFor()
    expect(await seen()).toBe(200)
    await choose(member, 'Access of Cleo Colleague', 'Can edit')
    await expect
      .poll(
        async () => (await colleague.patch(`/api/v1/records/${path}`, { phone: '021-1' })).status,
      )
      .toBe(200)
    await member.getByRole('button', { name: 'Remove “Cleo Colleague”' }).click()
    await dialog().getByText('Nobody is on the team yet').waitFor()
    expect(await seen()).toBe(404)
  })

  it('ends when it is said to, which is changed in place and told on the page', async () => {
    const shares = `/api/v1/records/${path}/shares`
    const admin = await site.server.signIn(site.world.admin)
    const principal = { type: 'user', id: other.id }
    await admin.post(shares, { cause: 'team', principal, access: 'read', team_role: 'Presales' })
    const expiry = async (): Promise<unknown> => (await admin.get(shares)).body.shares[0].expires_at
    await page.goto(`/o/${path}`)
    const card = page.locator('[data-node=team]')
    const onCard = card.getByRole('listitem').filter({ hasText: 'Cleo Colleague' })
    await onCard.filter({ hasText: 'Presales' }).filter({ hasText: 'Can read' }).waitFor()
    await card.getByRole('button', { name: 'Manage' }).click()
    const member = dialog().getByRole('listitem').filter({ hasText: 'Cleo Colleague' })
    await member.getByRole('button', { name: 'End for Cleo Colleague' }).click()
    const input = member.getByRole('combobox', { name: 'End for Cleo Colleague' })
    await input.fill('2099-12-31 18:00')
    await input.press('Enter')
    await member.getByText('until Dec 31, 2099 18:00').waitFor()
    expect(await expiry()).toBe('2099-12-31T10:00:00.000Z')
    await page.keyboard.press('Escape')
    await onCard.filter({ hasText: 'until Dec 31, 2099 18:00' }).waitFor()
    expect(await seen()).toBe(200)
    await card.getByRole('button', { name: 'Manage' }).click()
    await member.getByRole('button', { name: 'Remove “Cleo Colleague”' }).click()
    await dialog().getByText('Nobody is on the team yet').waitFor()
    await card.waitFor({ state: 'detached' })
  })

  it('is given to everybody with a role, and what is refused says why', async () => {
    await open('Share and team')
    await dialog().getByRole('tab', { name: 'Shared' }).click()
    await choose(dialog(), 'With', /^Ray Rep/)
    await dialog().getByRole('button', { name: 'Share', exact: true }).click()
    await dialog().getByText('They are the owner already').first().waitFor()
    const row = dialog().getByRole('listitem')
    expect(await row.count()).toBe(0)
    await choose(dialog(), 'Kind', 'Role')
    await choose(dialog(), 'With', 'Sales representative')
    await dialog().getByRole('button', { name: 'Share', exact: true }).click()
    await row.filter({ hasText: 'Sales representative' }).waitFor()
    await row.getByRole('button', { name: 'Remove “Sales representative”' }).click()
    await row.waitFor({ state: 'detached' })
  })

  it('is explained, for oneself and for others', async () => {
    await open('Why can I see this?')
    await dialog().getByText('Ada Admin may see this record').waitFor()
    await dialog().getByText('May read all Accounts').waitFor()
    await choose(dialog(), 'Of', /^Cleo Colleague/)
    await dialog().getByText('Cleo Colleague may not see this record').waitFor()
    await dialog().getByText('Nothing opens this record').waitFor()
  })

  it('moves to another owner, with what goes along', async () => {
    await open('Transfer')
    await choose(dialog(), 'New owner', /^Cleo Colleague/)
    await dialog().getByText('Opportunities').click()
    await dialog().getByRole('button', { name: 'Transfer' }).click()
    await page.getByText('Cleo Colleague is the owner now, 1 record went along').waitFor()
    expect(await seen()).toBe(200)
    const deal = site.world.opportunities['Lens line']
    expect((await colleague.get(`/api/v1/records/opportunity/${deal}`)).status).toBe(200)
  })
})
