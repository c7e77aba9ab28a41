// Takes the pictures of the documentation from the running product and its demo company.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Locale } from '@trellis/metamodel'
import type { Browser, Page } from 'playwright-core'

import { launchChromium } from '../support/chromium.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { startProduct } from './running-product.ts'
import { openChangeSet, openDoors, planShots, type Shot } from './shots.ts'
import { openContext, openSession, type Session } from './signed-in.ts'

const FOLDER = join(ROOT_DIR, 'docs', 'images')
const LOCALES: readonly Locale[] = ['zh-CN', 'en-US']
const VIEWPORTS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const

const SETTLE_MS = 1200
const PHONE_WIDTH = 768

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function run(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const browser = await launchChromium()
  const product = await startProduct()
  try {
    const password = product.demoPassword
    const admin = await openSession(product.address, { email: 'wu.haoran@example.com', password })
    const manager = await openSession(product.address, { email: 'chen.zeyu@example.com', password })
    await openChangeSet(admin)
    await openDoors(admin)
    const shots = await planShots(admin)
    for (const locale of LOCALES) {
      for (const viewport of VIEWPORTS) {
        for (const [as, session] of Object.entries({ admin, manager, nobody: undefined })) {
          const own = shots.filter((shot) => shot.as === as)
          await takeAll(browser, own, { session, locale, viewport, address: product.address })
        }
      }
    }
  } finally {
    await browser.close()
    await product.stop()
  }
}

interface Frame {
  readonly session: Session | undefined
  readonly address: string
  readonly locale: Locale
  readonly viewport: (typeof VIEWPORTS)[number]
}

async function takeAll(browser: Browser, shots: readonly Shot[], frame: Frame): Promise<void> {
  const { session, address, locale, viewport } = frame
  const isPhone = viewport.width < PHONE_WIDTH
  const options = { locale, viewport, deviceScaleFactor: 1, hasTouch: isPhone, isMobile: isPhone }
  const context = session
    ? await openContext(browser, session, options)
    : await browser.newContext({ ...options, baseURL: address })
  await context.addInitScript((chosen) => localStorage.setItem('trellis.locale', chosen), locale)
  const page = await context.newPage()
  for (const shot of shots) {
    const file = `${shot.name}.${locale}.${viewport.width}.png`
    await take(page, shot, join(FOLDER, file))
    say(`  docs/images/${file}`)
  }
  await context.close()
}

async function take(page: Page, { path, ready, open }: Shot, file: string): Promise<void> {
  await page.goto(path)
  await page.locator(ready).first().waitFor()
  const at = (page.viewportSize()?.width ?? 0) < PHONE_WIDTH ? 'phone' : 'wide'
  if (open !== undefined && (open.at ?? at) === at) {
    for (const selector of open.selectors) await page.locator(selector).first().click()
    await page.mouse.move(0, 0)
  }
  await page.waitForFunction(() => document.querySelector('.app-skeleton') === null)
  await page.evaluate(() => document.fonts.ready)
  // Charts and drawers come in with a movement that no event ends.
  await page.waitForTimeout(SETTLE_MS)
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
}

await run()
