import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'

import {
  describeWithChromium,
  launchChromium,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('the API documentation', () => {
  let server: TestServer
  let browser: Browser
  let page: Page
  let address: string
  const complaints: string[] = []

  beforeAll(async () => {
    server = await startTestServer()
    address = await server.app.listen({ host: '127.0.0.1', port: 0 })
    browser = await launchChromium()
    const context = await browser.newContext({ baseURL: address })
    const [name = '', value = ''] = (server.admin.headers['cookie'] ?? '').split('=')
    await context.addCookies([{ name, value, url: address, httpOnly: true }])
    page = await context.newPage()
    page.on('console', (entry) => {
      if (entry.type() === 'error') complaints.push(entry.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it('shows what the reader may call, within the rules for scripts', async () => {
    await page.goto('/api/docs/')
    await page.locator('#operations-tag-account').waitFor({ timeout: 60_000 })
    await page.locator('#operations-account-list_account').waitFor()
    expect(await page.locator('.info .title').textContent()).toContain('Trellis')
    expect(complaints).toEqual([])
  })

  it('lets the reader try a write', async () => {
    const operation = page.locator('#operations-account-create_account')
    await operation.locator('.opblock-summary-control').click()
    const body = operation.locator('textarea.body-param__text')
    await body.fill(JSON.stringify({ name: '文档试用有限公司' }))
    await operation.locator('button.execute').click()
    const status = operation.locator('.live-responses-table tbody .response-col_status')
    await status.first().waitFor({ timeout: 30_000 })
    expect(await status.first().textContent()).toContain('201')
    const found = await server.admin.get('/api/v1/records/account?q=文档试用')
    expect(found.body.records).toHaveLength(1)
  })
})
