import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const META = '/api/v1/meta'

describeInBrowser('relations', () => {
  let site: BrowserServer
  const shots = process.env['SHOTS']

  beforeAll(async () => {
    site = await startBrowserServer()
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  async function made(object: string, values: object): Promise<string> {
    const answer = await site.server.admin.post(`/api/v1/records/${object}`, values)
    if (answer.status !== 201) throw new Error(answer.text)
    return answer.body.id
  }

  it('a look-up offers what its filter leaves, and says why', async () => {
    const account = await made('account', { name: 'Narrow Ltd' })
    await made('contact', { name: 'Own Contact', account, mobile: '13800138000' })
    const other = await made('account', { name: 'Other Ltd' })
    await made('contact', { name: 'Foreign Contact', account: other, mobile: '13800138001' })
    const admin = await site.server.createUser({ sets: ['admin'], name: 'Ada' })
    const page = await site.openAs(admin)
    await page.goto(`/o/opportunity/new?account=${account}`)
    await page.locator('[data-field=name] input').fill('A deal')
    const input = page.locator('[data-field=contact]').getByRole('combobox')
    await input.locator('xpath=ancestor::*[contains(@class, "el-select__wrapper")]').click()
    const list = page.locator(`[id="${await input.getAttribute('aria-controls')}"]`)
    await list.getByRole('option', { name: 'Own Contact' }).waitFor()
    expect(await list.getByRole('option', { name: 'Foreign Contact' }).count()).toBe(0)
    await page.getByText('Only: contacts of the account of the deal').waitFor()
    if (shots) await page.screenshot({ path: `${shots}/filter.png` })
    await page.context().close()
  })

  it('a lookup of several objects asks of which, and leads to the record', async () => {
    const account = await made('account', { name: 'Poly Ltd' })
    const contract = await made('contract', {
      name: 'Frame contract',
      account,
      amount: 1000,
      type: 'sales',
      start_date: '2026-01-01',
      end_date: '2027-01-01',
    })
    const admin = await site.server.createUser({ sets: ['admin'], name: 'Bob' })
    const page = await site.openAs(admin)
    await page.goto('/o/task/new')
    await page.locator('[data-field=name] input').fill('Send the papers')
    const field = page.locator('[data-field=document]')
    await choose(field, 'Document: what it is', 'Contract')
    const record = field.getByRole('combobox', { name: 'Document', exact: true })
    await record.fill('Frame')
    const list = page.locator(`[id="${await record.getAttribute('aria-controls')}"]`)
    await list.getByRole('option', { name: 'Frame contract' }).click()
    if (shots) await page.screenshot({ path: `${shots}/polymorphic.png` })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const link = page.getByRole('link', { name: 'Frame contract' }).first()
    await link.waitFor()
    if (shots) await page.screenshot({ path: `${shots}/polymorphic-view.png` })
    await link.click()
    await page.waitForURL(`**/o/contract/${contract}`)
    await page.getByRole('tab', { name: /Tasks/ }).click()
    await page.getByRole('link', { name: 'Send the papers' }).waitFor()
    await page.context().close()
  })

  it('a junction links records that are there, and unlinks them', async () => {
    const { admin } = site.server
    const set = (await admin.post(`${META}/changesets`, { label: 'test' })).body.id
    const master = (target: string, name: string, label: string) => ({
      type: 'master_detail',
      label,
      target,
      relationship: { name, label: `${label}s` },
    })
    for (const [kind, name, definition] of [
      ['object', 'visitor__c', { label: 'Visitor' }],
      ['object', 'fair__c', { label: 'Fair' }],
      [
        'object',
        'visit__c',
        { label: 'Visit', name_field: { type: 'auto_number', format: 'V{0000}' } },
      ],
      ['field', 'visit__c.visitor__c', master('visitor__c', 'fairs__c', 'Visitor')],
      ['field', 'visit__c.fair__c', master('fair__c', 'visitors__c', 'Fair')],
    ] as const) {
      await admin.put(`${META}/changesets/${set}/${kind}/${name}`, definition)
    }
    expect((await admin.post(`${META}/changesets/${set}/publish`, {})).status).toBe(200)
    const visitor = await made('visitor__c', { name: 'Grace' })
    await made('fair__c', { name: 'Hannover' })
    const person = await site.server.createUser({ sets: ['admin'], name: 'Cid' })
    const page = await site.openAs(person)
    await page.goto(`/o/visitor__c/${visitor}`)
    await page.getByRole('tab', { name: /Visitors/ }).click()
    await page.getByRole('button', { name: 'Link Fair' }).click()
    await page.getByRole('option', { name: 'Hannover' }).click()
    await page.getByRole('link', { name: 'V0001' }).waitFor()
    if (shots) await page.screenshot({ path: `${shots}/junction.png` })
    const phone = await site.openAs(person, { isPhone: true })
    await phone.goto(`/o/visitor__c/${visitor}`)
    await phone.getByRole('tab', { name: /Visitors/ }).click()
    const unlink = phone.getByRole('button', { name: 'Unlink V0001' })
    expect(
      await unlink.evaluate((button) => {
        const { x, y, width, height } = button.getBoundingClientRect()
        return button.contains(document.elementFromPoint(x + width / 2, y + height / 2))
      }),
    ).toBe(true)
    await phone.context().close()
    await page.getByRole('button', { name: 'Unlink V0001' }).click()
    await page.getByRole('link', { name: 'V0001' }).waitFor({ state: 'detached' })
    const fairs = await admin.get('/api/v1/records/fair__c')
    expect(fairs.body.records).toHaveLength(1)
    await page.context().close()
  })
})
