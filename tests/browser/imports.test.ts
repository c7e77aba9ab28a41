import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { describeWithChromium, workbookOf } from '../support/index.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

const FILE = [
  'Account name,Level,City',
  'Harbour Cranes,A,Ningbo',
  'Tidal Pumps,B,Xiamen',
  'No such level,Z,Wuxi',
].join('\n')

describeInBrowser('an import', () => {
  let site: BrowserServer
  let page: Page
  let stopJobs: Stop

  beforeAll(async () => {
    site = await startBrowserServer()
    stopJobs = await startJobs(site.server.foundation)
    page = await site.openAs(site.world.admin)
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(async () => {
    await stopJobs()
    await site.stop()
  })

  async function namesOf(level: string): Promise<string[]> {
    const admin = await site.server.signIn(site.world.admin)
    const { body } = await admin.get(
      `/api/v1/records/account?filter[level]=${level}&select=name&sort=name`,
    )
    return body.records.map(({ name }: { name: string }) => name)
  }

  it('shows what is wrong before it writes, writes the good rows, and takes them back', async () => {
    await page.goto('/o/account/import')
    await page.locator('input[type=file]').setInputFiles({
      name: 'accounts.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(FILE),
    })
    await page.getByText('3 of 3 columns mapped').waitFor()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('2 rows can be imported, 1 cannot').waitFor()
    await page.getByRole('row').filter({ hasText: 'Level' }).filter({ hasText: 'Z' }).waitFor()
    expect(await namesOf('A')).toEqual(['Aurora Optics'])

    await page.getByRole('button', { name: 'Import the 2 good rows' }).click()
    await page.getByText('2 created, 0 updated, 1 failed').waitFor()
    expect(await namesOf('A')).toEqual(['Aurora Optics', 'Harbour Cranes'])

    await page.getByRole('button', { name: 'Undo this import' }).click()
    await page.getByText('The import was undone').waitFor()
    expect(await page.getByRole('button', { name: 'Undo this import' }).count()).toBe(0)
    expect(await namesOf('A')).toEqual(['Aurora Optics'])
    await page.getByRole('button', { name: 'Show the list' }).click()
    await page.waitForURL('**/o/account')
    await page.getByText('This view is empty').waitFor()
  })

  it('takes a workbook, and says what is no table', async () => {
    await page.goto('/o/account/import')
    const choose = async (name: string, bytes: Uint8Array): Promise<void> =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) })
    await choose('notes.docx', Buffer.from('PK'))
    await page.getByText('Choose an Excel workbook (.xlsx) or a CSV file').waitFor()
    await choose('broken.xlsx', Buffer.from('PK\u0003\u0004'))
    await page.getByText('The workbook is damaged and cannot be read').waitFor()
    await choose(
      'accounts.xlsx',
      await workbookOf({ A: FILE.split('\n').map((line) => line.split(',')) }),
    )
    await page.getByText('3 of 3 columns mapped').waitFor()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('2 rows can be imported, 1 cannot').waitFor()
  })
})
