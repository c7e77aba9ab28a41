import { join } from 'node:path'

import type { Locale } from '@trellis/metamodel'

import { launchChromium } from '../../support/chromium.ts'
import type { Credentials } from './http-client.ts'

/** Where the pictures of the dashboard go, and who looks at it. */
export interface DashboardPictures {
  address: string
  credentials: Credentials
  folder: string
}

const WIDE = { width: 1440, height: 1280 }
const FILES: Readonly<Record<Locale, string>> = {
  'en-US': 'maven-dashboard-en.png',
  'zh-CN': 'maven-dashboard.png',
}

/** Takes a picture of the whole dashboard in each language. @throws Error if there is no Chromium */
export async function takeDashboard({
  address,
  credentials,
  folder,
}: DashboardPictures): Promise<void> {
  const browser = await launchChromium()
  try {
    for (const locale of Object.keys(FILES) as Locale[]) {
      const context = await browser.newContext({ viewport: WIDE, locale, reducedMotion: 'reduce' })
      const { csrf_token: csrf, user } = await (
        await context.request.post(`${address}/api/v1/auth/login`, { data: credentials })
      ).json()
      await context.request.patch(`${address}/api/v1/records/user/${user.id}`, {
        data: { locale },
        headers: { 'x-csrf-token': csrf },
      })
      const page = await context.newPage()
      await page.goto(`${address}/dashboards/maven`)
      await page.waitForLoadState('networkidle')
      await page.locator('.chart-tile__chart canvas, .chart-tile__chart svg').nth(2).waitFor()
      // The charts are drawn in the frame after their data.
      await page.waitForTimeout(500)
      await page.screenshot({ path: join(folder, FILES[locale]), fullPage: true })
      await context.close()
    }
  } finally {
    await browser.close()
  }
}
