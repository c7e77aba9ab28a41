import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { picture, uploaded } from '../support/file-world.ts'
import { describeWithChromium } from '../support/index.ts'
import { PICTURES, SECRET, tellingPicture } from '../support/telling-pictures.ts'
import { findBarriers } from './find-barriers.ts'
import { type BrowserServer, startBrowserServer } from './support.ts'

const describeInBrowser = await describeWithChromium()

describeInBrowser('files in a form', () => {
  let site: BrowserServer
  let page: Page
  let address = ''

  beforeAll(async () => {
    site = await startBrowserServer()
    page = await site.openAs(site.world.admin)
    const product = { name: 'QC1', code: 'QC-1', category: 'controller', unit: '台' }
    const prices = { standard_price: 3200, tax_rate: '13', status: 'on_sale' }
    const made = await site.server.admin.post('/api/v1/records/product', { ...product, ...prices })
    expect(made.status, made.text).toBe(201)
    address = `/o/product/${made.body.id}`
  })
  afterEach(() => expect(site.takeComplaints()).toEqual([]))
  afterAll(() => site.stop())

  const field = (name: string): ReturnType<Page['locator']> => page.locator(`[data-field=${name}]`)
  const png = { name: 'QC-1.png', mimeType: 'image/png', buffer: Buffer.from(picture(40, 30)) }
  /** A file dropped onto an element, as the browser tells it. */
  const drop = async (name: string, file: { name: string; type: string; text: string }) => {
    const data = await page.evaluateHandle(({ name: called, type, text }) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], called, { type }))
      return transfer
    }, file)
    await field(name).locator('.file-input').dispatchEvent('drop', { dataTransfer: data })
  }

  it('are chosen, shown as the picture that they are, and saved with the record', async () => {
    await page.goto(`${address}/edit`)
    await field('picture').locator('input[type=file]').first().setInputFiles(png)
    await field('picture').getByRole('img', { name: 'QC-1.png' }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await field('picture').getByRole('button', { name: 'Remove “QC-1.png”' }).click()
    await field('picture').locator('input[type=file]').first().setInputFiles(png)
    await field('picture').getByRole('img', { name: 'QC-1.png' }).waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).first().click()
    await page.waitForURL((url) => !url.pathname.endsWith('/edit'))
    await field('picture').getByRole('img', { name: 'QC-1.png' }).click()
    const large = page.getByRole('dialog', { name: 'QC-1.png' })
    expect(await large.getByRole('img').evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(
      40,
    )
    await page.keyboard.press('Escape')
    await large.waitFor({ state: 'hidden' })
  })

  it('that the field does not take are refused in words, and nothing is lost', async () => {
    await page.goto(`${address}/edit`)
    await field('picture').getByRole('img', { name: 'QC-1.png' }).waitFor()
    await drop('picture', { name: 'evil.png', type: 'image/png', text: '<svg onload=alert(1)>' })
    await field('picture').getByText('This field does not take files of this type').waitFor()
    await field('picture').getByRole('img', { name: 'QC-1.png' }).waitFor()
  })

  it('are dropped as well, and replace what was there', async () => {
    await page.evaluate(() => document.querySelector('.file-input')?.scrollIntoView())
    const bytes = Buffer.from(picture(10, 10)).toString('latin1')
    const data = await page.evaluateHandle((latin1) => {
      const transfer = new DataTransfer()
      const raw = Uint8Array.from(latin1, (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([raw], 'new.png', { type: 'image/png' }))
      return transfer
    }, bytes)
    await field('picture').locator('.file-input').dispatchEvent('drop', { dataTransfer: data })
    await field('picture').getByRole('img', { name: 'new.png' }).waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).first().click()
    await page.waitForURL((url) => !url.pathname.endsWith('/edit'))
    await field('picture').getByRole('img', { name: 'new.png' }).waitFor()
  })

  it('that are on their way are waited for, and said so', async () => {
    await page.goto(`${address}/edit`)
    let send: () => void = () => undefined
    const isSent = new Promise<void>((resolve) => (send = resolve))
    await page.route('**/api/v1/files', async (route) => {
      await isSent
      await route.continue()
    })
    const slow = { ...png, name: 'slow.png' }
    await field('picture').locator('input[type=file]').first().setInputFiles(slow)
    await page.getByText('Uploading “slow.png”').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('Saving when the files are uploaded…').waitFor()
    expect(await findBarriers(page)).toEqual([])
    send()
    await page.waitForURL((url) => !url.pathname.endsWith('/edit'))
    await field('picture').getByRole('img', { name: 'slow.png' }).waitFor()
    await page.unroute('**/api/v1/files')
  })

  it('that did not come stop the save, in words', async () => {
    await page.goto(`${address}/edit`)
    let end: () => void = () => undefined
    const isOver = new Promise<void>((resolve) => (end = resolve))
    await page.route('**/api/v1/files', async (route) => {
      await isOver
      await route.abort('connectionreset')
    })
    await field('picture').locator('input[type=file]').first().setInputFiles(png)
    await page.getByRole('button', { name: 'Save', exact: true }).first().click()
    await page.getByText('Saving when the files are uploaded…').waitFor()
    end()
    await field('picture').getByRole('alert').waitFor()
    await page.getByText('Saving when the files are uploaded…').waitFor({ state: 'hidden' })
    expect(page.url()).toContain('/edit')
    await page.unroute('**/api/v1/files')
  })

  it('that are pictures look as they did, and tell no more than they show', async () => {
    for (const [type, plain] of Object.entries(PICTURES)) {
      for (const orientation of [1, 6]) {
        const sent = tellingPicture(type as keyof typeof PICTURES, [], orientation)
        const id = await uploaded(site.server.admin, Uint8Array.from(sent), 'holiday')
        const { bytes } = await site.server.admin.get(`/api/v1/files/${id}`)
        expect(bytes.includes(SECRET), type).toBe(false)
        const [before, after, bare] = await page.evaluate(
          looks,
          [sent, bytes, plain].map((one) => ({ type, base64: one.toString('base64') })),
        )
        expect(after, `${type} ${orientation}`).toEqual(before)
        if (orientation === 1) expect(after).toEqual(bare)
        else if (type === 'image/jpeg') expect(after).not.toEqual(bare)
      }
    }
  })

  it('of a phone come from the camera too', async () => {
    const phone = await site.openAs(site.world.admin, { isPhone: true })
    await phone.goto('/o/product/new')
    const input = phone.locator('[data-field=picture]')
    await input.getByRole('button', { name: 'Take a photo' }).waitFor()
    expect(await input.locator('input[capture=environment]').count()).toBe(1)
    await phone.context().close()
  })
})

/** What a browser makes of pictures: how large they are, and each pixel. */
async function looks(pictures: { type: string; base64: string }[]): Promise<unknown[]> {
  const drawn: unknown[] = []
  for (const { type, base64 } of pictures) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type }))
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
    canvas?.drawImage(image, 0, 0)
    const pixels = canvas?.getImageData(0, 0, image.width, image.height).data
    drawn.push({ width: image.width, height: image.height, pixels: [...(pixels ?? [])] })
  }
  return drawn
}
