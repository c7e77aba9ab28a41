import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { installPackages, type PackageFiles, readPackage } from '../../server/src/catalog/index.ts'
import { describeWithChromium } from '../support/index.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()
const META = '/api/v1/meta'

describeInBrowser('packages in the studio', () => {
  let site: BrowserServer
  let studio: Page
  let shipped: PackageFiles

  beforeAll(async () => {
    site = await startBrowserServer()
    shipped = await readPackage(join(ROOT_DIR, 'metadata/crm'), 'crm')
    await change('account.industry', { help: 'Mine' })
    await change('account.level', { help: 'Level of mine' })
    await upgrade('account.industry', { help: 'Theirs', description: 'New' })
    studio = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  /** What somebody changes of a packaged field. */
  async function change(name: string, to: object): Promise<void> {
    const { admin } = site.server
    const { definition } = (await admin.get(`${META}/field/${name}`)).body
    const { id } = (await admin.post(`${META}/changesets`, {})).body
    await admin.put(`${META}/changesets/${id}/field/${name}`, { ...definition, ...to })
    expect((await admin.post(`${META}/changesets/${id}/publish`, {})).status).toBe(200)
  }

  /** A new version of the package, in which a field is otherwise. */
  async function upgrade(name: string, to: object): Promise<void> {
    const components = shipped.components.map((one) =>
      one.kind === 'field' && one.name === name
        ? { ...one, definition: { ...(one.definition as object), ...to } }
        : one,
    )
    await installPackages(site.server.foundation.target, [{ ...shipped, components }], {
      by: null,
      now: new Date(),
      label: 'Version 2',
    })
    await site.server.currentModel.refresh()
  }

  const helpOf = async (name: string): Promise<string> =>
    (await site.server.admin.get(`${META}/field/${name}`)).body.definition.help

  async function publish(): Promise<void> {
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByRole('button', { name: /^Publish \d+ change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
  }

  it('shows what an upgrade left to decide, and takes the decision into the draft', async () => {
    await studio.goto('/studio/packages')
    const conflict = studio.getByRole('article', { name: 'Industry' })
    await conflict.waitFor()
    const row = conflict.getByRole('row', { name: /Help text/ })
    expect(await row.textContent()).toMatch(/—Theirs.*Mine/)
    expect(await findBarriers(studio)).toEqual([])
    const button = conflict.getByRole('button', { name: 'Put into the draft' })
    expect(await button.isDisabled()).toBe(true)
    await row.locator('label').filter({ hasText: 'Package' }).click()
    await button.click()
    await conflict.getByText('Decided in the draft').waitFor()
    await publish()
    expect(await helpOf('account.industry')).toBe('Theirs')
    await studio.goto('/studio/packages')
    await studio.getByRole('heading', { name: /changed here/ }).waitFor()
    expect(await studio.getByRole('article', { name: 'Industry' }).count()).toBe(0)
  })

  it('keeps what is ours as readily', async () => {
    await change('account.industry', { help: 'Mine again' })
    await upgrade('account.industry', { help: 'Theirs again', description: 'New' })
    await studio.goto('/studio/packages')
    const conflict = studio.getByRole('article', { name: 'Industry' })
    await conflict.locator('label').filter({ hasText: 'Ours' }).click()
    await conflict.getByRole('button', { name: 'Put into the draft' }).click()
    await conflict.getByText('Decided in the draft').waitFor()
    await publish()
    expect(await helpOf('account.industry')).toBe('Mine again')
    expect((await site.server.admin.get(`${META}/conflicts`)).body.conflicts).toEqual([])
  })

  it('goes back to the value of the package', async () => {
    await studio.goto('/studio/packages')
    const level = studio.locator('article').filter({ hasText: 'account.level' })
    await level.getByRole('button', { name: /^What was changed of/ }).click()
    await level.getByText('Level of mine').waitFor()
    await level.getByRole('button', { name: /^Back to the package/ }).click()
    await level.getByText('In the draft').waitFor()
    await publish()
    expect(await helpOf('account.level')).not.toBe('Level of mine')
  })

  it('exports all, and makes a change set with its plan of what is imported', async () => {
    await studio.goto('/studio/packages')
    const download = studio.waitForEvent('download')
    await studio.getByRole('link', { name: 'Export all metadata' }).click()
    const file = await (await download).path()
    await change('account.level', { help: 'Changed since' })
    await studio.goto('/studio/packages')
    await studio.getByRole('button', { name: 'Import a package' }).click()
    const dialog = studio.getByRole('dialog')
    await dialog.locator('input[type=file]').setInputFiles(file)
    await dialog.getByRole('textbox', { name: 'Name of the change set' }).fill('From test')
    expect(await findBarriers(studio)).toEqual([])
    await dialog.getByRole('button', { name: 'See the plan' }).click()
    await studio.waitForURL('**/studio/plan')
    await studio.getByRole('button', { name: /^Publish 1 change/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    expect(await helpOf('account.level')).not.toBe('Changed since')
  })

  it('refuses a file that is no package in words', async () => {
    await studio.goto('/studio/packages')
    await studio.getByRole('button', { name: 'Import a package' }).click()
    const dialog = studio.getByRole('dialog')
    const file = { name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip') }
    await dialog.locator('input[type=file]').setInputFiles(file)
    await dialog.getByRole('button', { name: 'See the plan' }).click()
    await dialog.getByRole('alert').waitFor()
  })
})
