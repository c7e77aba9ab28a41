import { spawn } from 'node:child_process'
import { join } from 'node:path'

import type { Locale } from '@trellis/metamodel'
import type { Browser, Locator, Page } from 'playwright-core'

import {
  launchChromium,
  ROOT_DIR,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'
import { openContext, openSession } from './signed-in.ts'
import { makeWorld, type World } from './world.ts'

/** The two front ends on a test server that listens, a small company in it, and a browser in front. */
export interface BrowserServer {
  readonly server: TestServer
  readonly address: string
  readonly browser: Browser
  readonly world: World
  /** A window of its own in which this person is signed in. */
  openAs(person: Pick<TestUser, 'email' | 'password'>, options?: WindowOptions): Promise<Page>
  /** A window in which nobody is signed in. */
  openWindow(options?: WindowOptions): Promise<Page>
  /**
   * What went wrong in any page since it was last asked: uncaught errors, messages on the console
   * (those about the content security policy among them), answers of 500 and above.
   */
  takeComplaints(): string[]
  stop(): Promise<void>
}

/** How a window looks at the product. */
export interface WindowOptions {
  readonly locale?: Locale
  readonly isPhone?: boolean
}

const WIDE = { viewport: { width: 1440, height: 900 } }
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

const PATIENCE_MS = 10_000

/** Starts everything that a test in a browser needs. */
export async function startBrowserServer(): Promise<BrowserServer> {
  await buildFrontEnds()
  const server = await startTestServer()
  const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await launchChromium()
  const complaints: string[] = []
  const options = ({ locale = 'en-US', isPhone = false }: WindowOptions = {}) => ({
    locale,
    baseURL: address,
    timezoneId: 'Asia/Shanghai',
    ...(isPhone ? PHONE : WIDE),
  })
  return {
    server,
    address,
    browser,
    world: await makeWorld(server),
    async openAs(person, wanted) {
      const session = await openSession(address, person)
      const context = await openContext(browser, session, options(wanted))
      return listenTo(await context.newPage(), complaints)
    },
    async openWindow(wanted) {
      const context = await browser.newContext(options(wanted))
      return listenTo(await context.newPage(), complaints)
    },
    takeComplaints: () => complaints.splice(0),
    async stop() {
      await browser.close()
      await server.stop()
    },
  }
}

function listenTo(page: Page, complaints: string[]): Page {
  page.setDefaultTimeout(PATIENCE_MS)
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  page.on('console', (entry) => {
    // The browser notes every refused request; which of them are in order, the tests say themselves.
    const isRefusal = entry.text().startsWith('Failed to load resource')
    if (entry.type() === 'error' && !isRefusal) complaints.push(entry.text())
  })
  page.on('response', (answer) => {
    if (answer.status() >= 500) complaints.push(`${answer.status()} ${answer.url()}`)
  })
  return page
}

/** Builds what changed since it was built; the server finds the bundles when it starts. */
async function buildFrontEnds(): Promise<void> {
  const build = spawn(process.execPath, [join(ROOT_DIR, 'tools', 'build-front-ends.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve) => build.once('close', resolve))
  if (code !== 0) throw new Error('The front ends could not be built')
}

/** The rows of the list in sight, as `[record name]`, in their order. */
export function rowNames(page: Page): Promise<string[]> {
  return page
    .locator('[role=row][data-id]')
    .evaluateAll((rows) =>
      rows
        .toSorted(
          (a, b) =>
            Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')),
        )
        .map((row) => row.querySelector('a')?.textContent?.trim() ?? ''),
    )
}

/**
 * Chooses an option of the drop-down that is labelled so. Where fields of other objects are offered
 * too, those of the object itself come first.
 */
export async function choose(
  within: Page | Locator,
  label: string,
  option: string | RegExp,
): Promise<void> {
  const input = within.getByRole('combobox', { name: label, exact: true })
  await input.locator('xpath=ancestor::*[contains(@class, "el-select__wrapper")]').click()
  // The list itself lies at the end of the document; one that is closing may still be in sight.
  const list = input.page().locator(`[id="${await input.getAttribute('aria-controls')}"]`)
  const exact = typeof option === 'string'
  await list.getByRole('option', { name: option, exact }).first().click()
}

/** Clicks a box to tick: the input itself lies hidden under what is drawn for it. */
export async function tick(within: Locator, name: string): Promise<void> {
  const input = within.page().getByRole('checkbox', { name, exact: true })
  await within.locator('label').filter({ has: input }).click()
}
