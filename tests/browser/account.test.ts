import { Secret, TOTP } from 'otpauth'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { describeWithChromium } from '../support/index.ts'
import { letterText, Mailbox } from '../support/mailbox.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('the account', () => {
  let site: BrowserServer
  let mailbox: Mailbox
  let stopJobs: Stop

  beforeAll(async () => {
    site = await startBrowserServer()
    mailbox = await Mailbox.open()
    const { foundation } = site.server
    const config = { ...foundation.config, smtpUrl: mailbox.url, publicUrl: site.address }
    stopJobs = await startJobs({ ...foundation, config })
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(async () => {
    await stopJobs()
    await site.stop()
    await mailbox.close()
  })

  it('sets up a second step, and asks for it at the next sign-in', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Tess Two' })
    const page = await site.openAs(user)
    await page.goto('/account')
    await page.getByRole('button', { name: 'Set up two-step sign-in' }).click()
    await page.locator('input[name=password]').fill(user.password)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('img', { name: 'QR code' }).waitFor()
    const secret = (await page.locator('.two-step-set-up__secret').textContent()) ?? ''
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    await page.locator('input[name=code]').fill('000000')
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
    await page.locator('input[name=code]').fill(totp.generate({ timestamp: Date.now() - 30_000 }))
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Keep your recovery codes').waitFor()
    expect(await page.locator('.recovery-codes li').count()).toBe(10)
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('10 recovery codes left').waitFor()
    await page.context().close()

    const again = await site.openWindow()
    await again.goto('/login?next=/o/account')
    await again.locator('input[name=email]').fill(user.email)
    await again.locator('input[name=password]').fill(user.password)
    await again.getByRole('button', { name: 'Sign in' }).click()
    await again.getByRole('heading', { name: 'Two-step sign-in' }).waitFor()
    await again.locator('input[name=code]').fill(totp.generate())
    await again.getByRole('button', { name: 'Verify' }).click()
    await again.waitForURL(/\/o\/account/)
    await again.context().close()
  })

  it('is spoken to in the language and by the clock that its user chooses, on every device', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Vera Voyage' })
    const page = await site.openAs(user)
    await page.goto('/account')
    const zone = page.getByRole('combobox', { name: 'Time zone' })
    await zone.fill('Berlin')
    await page.getByRole('option', { name: 'Europe/Berlin' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await choose(page, 'Language', '简体中文')
    await page.getByRole('heading', { name: '语言和时区' }).waitFor()
    await page.context().close()
    const elsewhere = await site.openAs(user)
    await elsewhere.goto('/account')
    await elsewhere.getByRole('heading', { name: '语言和时区' }).waitFor()
    await elsewhere.getByText('Europe/Berlin', { exact: true }).first().waitFor()
    await elsewhere.context().close()
  })

  it('shows the devices, and signs the others out', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Dora Devices' })
    const other = await site.openAs(user)
    await other.goto('/account')
    const page = await site.openAs(user)
    await page.goto('/account')
    await page.getByText('This device').waitFor()
    await page.getByRole('button', { name: 'Sign out all other devices' }).click()
    await page.locator('.el-popconfirm').getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Signed out', { exact: true }).waitFor()
    await expect
      .poll(() => page.getByRole('button', { name: 'Sign out', exact: true }).count())
      .toBe(0)
    await other.reload()
    await other.waitForURL(/\/login/)
    for (const one of [page, other]) await one.context().close()
  })

  it('makes a key, shows it once, and revokes it', async () => {
    const user = await site.server.createUser({ sets: ['admin'], name: '金钥', locale: 'zh-CN' })
    const page = await site.openAs(user, { locale: 'zh-CN' })
    await page.goto('/account')
    await page.getByRole('button', { name: '新建密钥' }).click()
    await page.locator('input[name=label]').fill('同步程序')
    await page.getByRole('button', { name: '创建', exact: true }).click()
    const key = await page.locator('.account-section__made code').textContent()
    expect(key).toMatch(/^trl_[\w-]{43}$/)
    const answer = await fetch(`${site.address}/api/v1/me`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(answer.status).toBe(200)
    await page.getByRole('button', { name: '我已保存' }).click()
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: '撤销' }).click()
    await page.locator('.el-popconfirm').getByRole('button', { name: '撤销' }).click()
    await page.getByText('还没有密钥').waitFor()
    await page.context().close()
  })

  it('changes the password and goes on working; a rule that it breaks stands beside it', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Pat Word' })
    const page = await site.openAs(user)
    await page.goto('/account')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.locator('input[name=current]').fill(user.password)
    await page.locator('input[name=new]').fill('123456789012')
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.getByRole('alert').filter({ hasText: 'stolen passwords' }).waitFor()
    await page.locator('input[name=new]').fill('something quite new')
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.getByText('Password changed').waitFor()
    // The session has another token now, and a write needs the one that goes with it.
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.locator('input[name=current]').fill('wrong')
    await page.locator('input[name=new]').fill('something quite different')
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.getByRole('alert').filter({ hasText: 'The password is wrong' }).waitFor()
    await page.context().close()
  })

  it('gets another password by letter', async () => {
    const user = await site.server.createUser({ sets: ['sales_rep'], name: 'Fay Forgot' })
    const page = await site.openWindow()
    await page.goto('/forgot-password')
    await page.locator('input[name=email]').fill(user.email)
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.getByText('a letter is on its way').waitFor()
    await expect.poll(() => mailbox.letters.length, { timeout: 8000 }).toBe(1)
    const [letter] = mailbox.letters
    const link = /http\S+#\S+/.exec(letter === undefined ? '' : letterText(letter))?.[0] ?? ''
    await page.goto(link)
    await page.locator('input[name=new]').fill('something quite new')
    expect(page.url()).not.toContain('#')
    await page.getByRole('button', { name: 'Save new password' }).click()
    await page.waitForURL(/\/login/)
    await page.locator('input[name=email]').fill(user.email)
    await page.locator('input[name=password]').fill('something quite new')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => url.pathname !== '/login')
    await page.context().close()
  })

  it('fits a phone', async () => {
    const user = await site.server.createUser({ sets: ['admin'], name: '方机', locale: 'zh-CN' })
    const page = await site.openAs(user, { isPhone: true, locale: 'zh-CN' })
    await page.goto('/account')
    await page.getByText('当前设备').waitFor()
    const isWide = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    )
    expect(isWide).toBe(false)
    await page.context().close()
  })
})
