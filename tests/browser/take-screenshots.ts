// Takes the pictures of the documentation from the running product and its demo company.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Locale } from '@trellis/metamodel'
import type { Browser, Page } from 'playwright-core'

import { launchChromium } from '../support/chromium.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { startProduct } from './running-product.ts'
import { openContext, openSession, type Session } from './signed-in.ts'

const FOLDER = join(ROOT_DIR, 'docs', 'images')
const LOCALES: readonly Locale[] = ['zh-CN', 'en-US']
const VIEWPORTS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const

const SETTLE_MS = 1200
const PHONE_WIDTH = 768

/** One picture: whose screen it is, where, and what must be there before it is taken. */
interface Shot {
  readonly name: string
  readonly as: 'admin' | 'manager' | 'nobody'
  readonly path: string
  readonly ready: string
  /** What is clicked first at one of the widths; at the other it is open by itself, or would hide the rest. */
  readonly open?: { readonly at: 'wide' | 'phone'; readonly selector: string }
}

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

/** Where the pictures are taken; what they show is the busiest account and a deal in negotiation. */
async function planShots(admin: Session): Promise<Shot[]> {
  const account = await busiestAccount(admin)
  const { records } = await admin.call(
    'GET',
    '/records/opportunity?filter[stage]=negotiation&sort=-amount&limit=1',
  )
  return [
    { name: 'login', as: 'nobody', path: '/login', ready: 'form' },
    {
      name: 'list',
      as: 'admin',
      path: '/o/account?view=all',
      ready: '[role=row] a, .record-cards a',
    },
    {
      name: 'form',
      as: 'admin',
      path: `/o/opportunity/${records[0].id}/edit`,
      ready: '[data-field=name] input',
    },
    { name: 'account', as: 'admin', path: `/o/account/${account}`, ready: '[data-node=facts]' },
    { name: 'kanban', as: 'admin', path: '/o/opportunity?view=board', ready: '[data-card]' },
    { name: 'dashboard', as: 'admin', path: '/dashboards/sales', ready: 'canvas, svg' },
    {
      name: 'approvals',
      as: 'manager',
      path: '/approvals',
      ready: '[data-approval]',
      open: { at: 'phone', selector: '[data-approval]' },
    },
    {
      name: 'studio-object',
      as: 'admin',
      path: '/studio/objects/account',
      ready: '.studio-table',
      open: { at: 'wide', selector: 'tr:has-text("credit_limit") button' },
    },
    {
      name: 'layout-editor',
      as: 'admin',
      path: '/studio/objects/account/layouts/default',
      ready: '[data-node]',
    },
    { name: 'plan', as: 'admin', path: '/studio/plan', ready: 'ol' },
  ]
}

async function busiestAccount(admin: Session): Promise<string> {
  const { groups } = await admin.call('POST', '/records/contract/aggregate', {
    group_by: ['account'],
    measures: [{ fn: 'count', as: 'n' }],
    sort: ['-n'],
    limit: 1,
  })
  return groups[0].account.id
}

/** A new field, its place in the layout, and a rule: what an afternoon in the studio leaves behind. */
async function openChangeSet(admin: Session): Promise<void> {
  const { id } = await admin.call('POST', '/meta/changesets', {})
  const put = (item: string, definition: unknown): Promise<unknown> =>
    admin.call('PUT', `/meta/changesets/${id}/${item}`, definition)
  await put('field/account.partner_tier__c', {
    type: 'picklist',
    label: { 'zh-CN': '伙伴等级', 'en-US': 'Partner tier' },
    values: [
      { code: 'gold', color: 'yellow', label: { 'zh-CN': '金牌', 'en-US': 'Gold' } },
      { code: 'silver', color: 'gray', label: { 'zh-CN': '银牌', 'en-US': 'Silver' } },
    ],
  })
  await put('validation_rule/account.key_needs_next_contact__c', {
    label: {
      'zh-CN': '重点客户要有下次联系日期',
      'en-US': 'Key accounts have a next contact date',
    },
    error_if: {
      and: [{ '==': [{ var: 'level' }, 'A'] }, { is_blank: [{ var: 'next_contact_date' }] }],
    },
    at: ['next_contact_date'],
    message: {
      'zh-CN': '重点客户请安排下次联系日期',
      'en-US': 'Plan the next contact with a key account',
    },
    existing: 'report',
  })
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
  if (open?.at === at) {
    await page.locator(open.selector).first().click()
    await page.mouse.move(0, 0)
  }
  await page.waitForFunction(() => document.querySelector('.app-skeleton') === null)
  await page.evaluate(() => document.fonts.ready)
  // Charts and drawers come in with a movement that no event ends.
  await page.waitForTimeout(SETTLE_MS)
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
}

await run()
