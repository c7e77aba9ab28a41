import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium, type TestUser } from '../support/index.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

const ME_IS_LATE_MS = 800

describeInBrowser('the language', () => {
  let site: BrowserServer
  let page: Page
  let user: TestUser
  /** Of every call of the API: in which language it was asked. */
  const asked: { path: string; language: string }[] = []

  beforeAll(async () => {
    site = await startBrowserServer()
    user = await site.server.createUser({ sets: ['admin'], name: 'Eve English' })
    page = await site.openWindow({ locale: 'zh-CN' })
    page.on('request', (request) => {
      const path = new URL(request.url()).pathname
      if (!path.startsWith('/api/')) return
      asked.push({ path, language: request.headers()['accept-language'] ?? '' })
    })
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const headers = (): Promise<string[]> =>
    page
      .getByRole('columnheader')
      .allTextContents()
      .then((all) => all.map((one) => one.trim()))

  /** What stands in the page is in English: its frame, its menu and the labels of the metadata. */
  async function expectEnglish(): Promise<void> {
    await page.getByRole('columnheader', { name: 'Account name' }).waitFor()
    await page.getByRole('button', { name: 'Filter', exact: true }).waitFor()
    const words = [await page.locator('aside, nav').allTextContents(), await headers()].flat()
    expect(words.join(' ')).not.toMatch(/\p{Script=Han}/u)
    expect(await page.locator('html').getAttribute('lang')).toBe('en-US')
  }

  async function expectChinese(): Promise<void> {
    await page.getByRole('columnheader', { name: '客户名称' }).waitFor()
    await page.getByRole('button', { name: '筛选', exact: true }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect((await headers()).join(' ')).not.toMatch(/Account|Owner/)
  }

  it('is that of the browser before anybody is known, and their own after', async () => {
    await page.goto('/login?next=/o/account?view=all')
    await page.locator('input[name=email]').fill(user.email)
    await page.locator('input[name=password]').fill(user.password)
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await expectEnglish()
    expect(asked.filter(({ path }) => path.endsWith('/query')).map((one) => one.language)).toEqual([
      'en-US',
    ])
  })

  it('is one even if labels come before it is known who is here', async () => {
    await page.route('**/api/v1/me', async (route) => {
      await new Promise((settle) => setTimeout(settle, ME_IS_LATE_MS))
      await route.continue()
    })
    await page.reload()
    await expectEnglish()
    await page.unroute('**/api/v1/me')
  })

  it('changes everywhere at once when another one is chosen, in the studio too', async () => {
    await page.getByRole('button', { name: 'Account', exact: true }).click()
    await page.getByRole('button', { name: '简体中文' }).click()
    await expectChinese()
    asked.splice(0)
    await page.goto('/studio/releases')
    await page.getByRole('heading', { name: '发布' }).first().waitFor()
    expect(new Set(asked.map(({ language }) => language))).toEqual(new Set(['zh-CN']))
    await page.goto('/o/account?view=all')
    await expectChinese()
  })

  it('is the one of the person again when they change it in their own record', async () => {
    const admin = await site.server.signIn(site.world.admin)
    const path = `/api/v1/records/user/${user.id}`
    expect((await admin.patch(path, { locale: 'zh-CN', code: 'eve' })).status).toBe(200)
    await page.goto(`/o/user/${user.id}/edit`)
    await page.getByRole('button', { name: '偏好' }).click()
    await choose(page.locator('[data-field=locale]'), '语言', '英语')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
    await page.goto('/o/account?view=all')
    await expectEnglish()
  })
})
