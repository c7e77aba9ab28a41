import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { describeWithChromium } from '../support/index.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, choose, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('the formula editor', () => {
  let site: BrowserServer
  let studio: Page

  beforeAll(async () => {
    site = await startBrowserServer()
    studio = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const editor = () => studio.getByRole('textbox', { name: 'Formula', exact: true })
  /** What has only just been offered is not taken yet. */
  const take = async (option: RegExp): Promise<void> => {
    await studio.getByRole('option').filter({ hasText: option }).first().waitFor()
    await studio.waitForTimeout(150)
    await studio.keyboard.press('Tab')
  }
  const write = async (text: string): Promise<void> => {
    await editor().press('ControlOrMeta+a')
    await studio.keyboard.press('Delete')
    await studio.keyboard.insertText(text)
  }

  it('begins with the type, told by what it is for', async () => {
    await studio.goto('/studio/objects/opportunity')
    await studio.getByRole('button', { name: 'New field' }).click()
    const dialog = studio.getByRole('dialog')
    const calculated = dialog.getByRole('region', { name: 'Calculated' })
    expect(await calculated.getByRole('button').allTextContents()).toContainEqual(
      expect.stringContaining('Computed from other fields'),
    )
    expect(await findBarriers(studio)).toEqual([])
    await calculated.getByRole('button', { name: /^Formula/ }).click()
    await dialog.getByRole('textbox', { name: 'Label en-US' }).fill('Fee')
    await dialog.getByRole('textbox', { name: 'Label zh-CN' }).fill('服务费')
    await dialog.getByRole('textbox', { name: /API name/ }).fill('fee__c')
  })

  it('offers fields by name and label, paths, and functions with what they do', async () => {
    await editor().click()
    await studio.keyboard.type('amou')
    const options = studio.getByRole('option')
    await take(/^amount/)
    await expect.poll(() => editor().textContent()).toBe('amount')
    await studio.keyboard.type(' * ro')
    await options.filter({ hasText: 'Rounded half away from zero' }).first().waitFor()
    await studio.keyboard.press('Escape')
    await write('acc')
    await take(/^account/)
    await options.filter({ hasText: /^account\.credit_limit/ }).waitFor()
    await studio.keyboard.type('credit_l')
    await expect.poll(() => options.count()).toBe(1)
    await take(/^account\.credit_limit/)
    await expect.poll(() => editor().textContent()).toBe('account.credit_limit')
  })

  it('underlines what is wrong, and says it', async () => {
    await write('amuont * 2')
    const fault = studio.locator('.formula-fault')
    await fault.waitFor()
    expect(await fault.textContent()).toBe('amuont')
    await studio.getByRole('button', { name: /amuont/ }).waitFor()
    await fault.hover()
    await studio.locator('.formula-told').filter({ hasText: 'amuont' }).waitFor()
    await write('amount * (')
    await studio.locator('.formula-fault').first().waitFor()
  })

  it('says what it yields, what it means, and what comes of it on real records', async () => {
    await write('120000 / amount')
    await studio.getByText('Yields: Number').waitFor()
    await studio.getByRole('button', { name: 'Try on five real records' }).click()
    const results = studio.locator('.formula-results')
    await results.getByRole('row', { name: /Cloud migration\s+1$/ }).waitFor()
    await results.getByRole('row', { name: /Lens line.*division by zero/ }).waitFor()
    await choose(studio, 'Empty numbers', 'Make the result empty')
    await results.getByRole('row', { name: /Lens line.*no value in: Amount/ }).waitFor()
    expect(await findBarriers(studio)).toEqual([])
  })

  it('is left by Escape, without closing the dialog', async () => {
    await editor().click()
    await studio.keyboard.press('Escape')
    expect(await studio.getByRole('dialog').count()).toBe(1)
    await studio.keyboard.press('Tab')
    const focused = studio.locator(':focus')
    expect(await focused.textContent()).toContain('Open large')
  })

  it('has all functions and fields beside it where there is room', async () => {
    await studio.getByRole('button', { name: /^Open large/ }).click()
    const large = studio.getByRole('dialog').last()
    await large.getByRole('textbox', { name: 'Search fields and functions' }).fill('ROUND')
    const before = await editor().textContent()
    await editor().press('End')
    await large.getByRole('button', { name: /^ROUND\(/ }).click()
    await expect.poll(() => editor().textContent()).toBe(`${before}ROUND()`)
    await studio.keyboard.press('ControlOrMeta+z')
    await expect.poll(() => editor().textContent()).toBe(before)
    expect(await findBarriers(studio)).toEqual([])
    await large.getByRole('button', { name: 'Done' }).click()
  })

  it('makes the field with its rights in one step', async () => {
    const dialog = studio.getByRole('dialog')
    await dialog.getByText('Who may see and edit it: as other fields').click()
    await choose(dialog, 'Sales representative', 'Hidden')
    await dialog.getByRole('button', { name: 'Create field' }).click()
    await studio.getByRole('button', { name: /^3 changes/ }).waitFor()
    await studio.getByText('Draft saved').waitFor()
    await studio.getByRole('button', { name: 'Undo' }).click()
    await studio.getByRole('button', { name: /changes/ }).waitFor({ state: 'detached' })
    await studio.getByRole('button', { name: 'Redo' }).click()
    await studio.getByRole('button', { name: /^3 changes/ }).waitFor()
  })

  it('yields in the runtime what it yielded here', async () => {
    await studio.getByText('Draft saved').waitFor()
    await studio.getByRole('button', { name: 'Plan and publish' }).click()
    await studio.getByRole('button', { name: /^Publish 3 changes/ }).click()
    await studio.getByText(/^Release \d+ is live$/).waitFor()
    const { body } = await site.server.admin.get(
      '/api/v1/records/opportunity?select=name,fee__c&filter[name]=Cloud migration',
    )
    expect(body.records).toMatchObject([{ fee__c: 1 }])
  })
})
