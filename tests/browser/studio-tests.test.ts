import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { PackageTests } from '../../server/src/package-tests/index.ts'
import { describeWithChromium } from '../support/index.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('tests of packages in the studio', () => {
  let site: BrowserServer
  let studio: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    const { target } = site.server.foundation
    target.testing = new PackageTests(target)
    studio = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const results = () => studio.locator('.test-results')

  it('are run, edited, and hold up a publish until they agree', async () => {
    await studio.goto('/studio/components/test')
    await studio.getByRole('button', { name: 'Run tests' }).click()
    await results()
      .getByText(/^\d+ passed$/)
      .waitFor()
    await results().getByRole('button', { name: 'Show all' }).click()
    expect(await findBarriers(studio)).toEqual([])
    await results().getByRole('link', { name: 'A lost deal says why' }).click()

    await studio.getByRole('button', { name: /Is refused · lost_needs_reason/ }).click()
    const rule = studio.getByRole('textbox', { name: 'By rule' })
    await rule.waitFor()
    expect(await findBarriers(studio)).toEqual([])
    await rule.fill('won_needs_amount')
    await rule.press('Tab')
    await studio.getByRole('button', { name: 'Run tests' }).click()
    await results().getByText('1 failed').waitFor()
    await results()
      .getByText(
        /It should be refused by won_needs_amount, .*but was refused otherwise: Choose why/,
      )
      .waitFor()
    await studio.keyboard.press('Escape')

    await planButton().click()
    await studio.getByText('1 problem stands in the way').waitFor()
    expect(await studio.getByRole('button', { name: /^Publish 1 change/ }).isDisabled()).toBe(true)
    await studio.locator('.plan-findings').getByRole('link').click()
    await studio.getByText('Active', { exact: true }).click()
    await planButton().click()
    await studio.getByText('1 failed').waitFor({ state: 'detached' })
    const publish = studio.getByRole('button', { name: /^Publish 1 change/ })
    await publish.click({ trial: true })
  })

  const planButton = () => studio.getByRole('button', { name: 'Plan and publish' })
})
