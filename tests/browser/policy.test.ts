import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

/** The main screens of the runtime and of the studio. */
const SCREENS = [
  '/',
  '/o/account?view=all',
  '/o/opportunity?view=all&as=board',
  '/approvals',
  '/dashboards/sales',
  '/studio/',
  '/studio/objects/account',
  '/studio/objects/account/layouts/default',
  '/studio/permission-sets/sales_rep',
  '/studio/components/approval_process',
  '/studio/plan',
  '/studio/releases',
  '/studio/packages',
  '/studio/objects/opportunity/fields/days_to_close',
  '/studio/audit',
]

interface Violation {
  readonly directive: string
  readonly blocked: string
  readonly sample: string
  readonly source: string
}

/** Collects what the browser held back on this page and on those that follow. */
async function countViolations(page: Page): Promise<Violation[]> {
  const found: Violation[] = []
  await page.exposeFunction('tellViolation', (violation: Violation) => void found.push(violation))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell: unknown = Reflect.get(window, 'tellViolation')
      if (typeof tell !== 'function') return
      tell({
        directive: event.effectiveDirective,
        blocked: event.blockedURI,
        sample: event.sample,
        source: `${event.sourceFile}:${event.lineNumber}:${event.columnNumber}`,
      })
    })
  })
  return found
}

describeInBrowser('the content security policy', () => {
  let site: BrowserServer
  let page: Page
  let violations: Violation[]

  beforeAll(async () => {
    site = await startBrowserServer()
    page = await site.openAs(site.world.admin)
    violations = await countViolations(page)
  })
  afterAll(() => site.stop())

  it.each(SCREENS)('holds nothing back on %s', async (path) => {
    await page.goto(path)
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(500)
    expect(violations.splice(0)).toEqual([])
  })

  it('holds nothing back in search, on a record, in forms and under the pointer on a chart', async () => {
    await page.goto(`/o/account/${site.world.accounts['Aurora Optics']}`)
    await page.getByRole('tab').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.waitForTimeout(300)
    await page.keyboard.press('Escape')
    await page.goto('/o/account/new')
    await page.getByRole('combobox').first().waitFor()
    await page.getByRole('combobox').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.waitForTimeout(300)
    await page.goto('/dashboards/sales')
    await page.locator('.e-chart svg').first().waitFor()
    for (const chart of await page.locator('.e-chart svg').all()) {
      const { width = 0, height = 0 } = (await chart.boundingBox()) ?? {}
      for (const across of [0.15, 0.3, 0.45, 0.6, 0.75, 0.9]) {
        for (const down of [0.4, 0.6, 0.8]) {
          await chart.hover({ position: { x: width * across, y: height * down }, force: true })
        }
      }
      await page.waitForTimeout(200)
    }
    expect(violations.splice(0)).toEqual([])
  })

  it('holds a script of a text back', async () => {
    await page.goto('/')
    const refused = await page.evaluate(() => {
      const script = document.createElement('script')
      const holder = document.createElement('div')
      const writes = [
        () => Reflect.set(script, 'textContent', 'window.wasRun = true'),
        () => Reflect.set(script, 'src', 'data:text/javascript,window.wasRun = true'),
        () => Reflect.set(holder, 'innerHTML', '<img src="x" onerror="window.wasRun = true">'),
        () => Reflect.get(window, 'trustedTypes').createPolicy('own', {}),
      ]
      const messages = writes.map((write) => {
        try {
          write()
          return 'done'
        } catch (error) {
          return error instanceof Error ? error.name : 'thrown'
        }
      })
      // A text that gets in all the same is no trusted one, and does not run.
      script.append('window.wasRun = true')
      document.head.append(script)
      return messages
    })
    expect(refused).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError'])
    await expect.poll(() => violations.length).toBeGreaterThan(0)
    expect(violations.map(({ directive }) => directive)).toContain('require-trusted-types-for')
    expect(await page.evaluate(() => Reflect.get(window, 'wasRun'))).toBeUndefined()
  })
})
