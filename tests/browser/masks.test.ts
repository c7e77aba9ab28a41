import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium, type TestUser } from '../support/index.ts'
import { publishMaskWorld } from '../support/mask-world.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

const MOBILE = '13877774321'

describeInBrowser('what is masked', () => {
  let site: BrowserServer
  let page: Page
  let user: TestUser
  let person: string

  beforeAll(async () => {
    site = await startBrowserServer()
    const admin = await site.server.signIn(site.world.admin)
    await publishMaskWorld(admin)
    const answer = await admin.post('/api/v1/records/person__c', {
      name: '赵守密',
      mobile__c: MOBILE,
      mail__c: 'longsecret@example.com',
      salary__c: 987_654.32,
      level__c: 'level_gold',
      told__c: 'known',
    })
    person = answer.body.id
    user = await site.server.createUser({ sets: ['masked'], name: 'Kim Closed' })
    page = await site.openAs(user)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const field = (name: string): Locator => page.locator(`.record-view [data-field=${name}]`)

  it('looks like a mask in a list and on a page, and sums up to nothing', async () => {
    await page.goto('/o/person__c')
    await page.getByText('138****4321').waitFor()
    expect(await page.locator('.record-table').innerText()).not.toMatch(/守密|8777743|987,?654/)
    await page.goto(`/o/person__c/${person}`)
    await page.getByRole('heading', { name: '赵****', level: 1 }).waitFor()
    await field('mail__c').getByText('l****@example.com').waitFor()
    expect(await page.content()).not.toMatch(/守密|8777743|987,?654|ongsecret/)
  })

  it('is revealed by the eye to those who may, until they look away', async () => {
    const eye = field('mobile__c').getByRole('button', { name: 'Show the whole mobile__c' })
    await eye.click()
    await field('mobile__c').getByText(MOBILE).waitFor()
    await field('mobile__c').getByRole('button', { name: 'Hide mobile__c' }).click()
    await field('mobile__c').getByText('138****4321').waitFor()
    expect(await field('mail__c').getByRole('button').count()).toBe(0)
    await eye.click()
    await field('mobile__c').getByText(MOBILE).waitFor()
    await page.goto('/o/person__c')
    await page.goto(`/o/person__c/${person}`)
    await field('mobile__c').getByText('138****4321').waitFor()
  })

  it('is no input in a form, and is not written back by it', async () => {
    await page.goto(`/o/person__c/${person}/edit`)
    const form = page.locator('form')
    const told = form.locator('[data-field=told__c]').getByRole('textbox')
    await told.fill('told anew')
    expect(await form.locator('[data-field=mobile__c]').getByRole('textbox').count()).toBe(0)
    await form.locator('[data-field=mobile__c]').getByText('138****4321').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await field('told__c').getByText('told anew').waitFor()
    const admin = await site.server.signIn(site.world.admin)
    expect((await admin.get(`/api/v1/records/person__c/${person}`)).body).toMatchObject({
      name: '赵守密',
      mobile__c: MOBILE,
      salary__c: 987_654.32,
      told__c: 'told anew',
    })
  })

  it('says when the day has seen enough', async () => {
    await site.server.test.database.execute(
      'update main._reveal_count set count = 200 where user_id = $1',
      [user.id],
    )
    await field('mobile__c').getByRole('button', { name: 'Show the whole mobile__c' }).click()
    await page.getByText('At most 200 masked values a day').waitFor()
    await field('mobile__c').getByText('138****4321').waitFor()
  })

  it('fits a phone, in Chinese too', async () => {
    const phone = await site.openAs(user, { locale: 'zh-CN', isPhone: true })
    await phone.goto(`/o/person__c/${person}`)
    await phone.getByText('138****4321').first().waitFor()
    const { scrollWidth, clientWidth } = await phone.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }))
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
    await phone.context().close()
  })
})
