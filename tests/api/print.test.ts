import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let quote: string
let account: string
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server
  const create = async (object: string, values: object): Promise<string> => {
    const answer = await admin.post(`/api/v1/records/${object}`, values)
    expect(answer.status, answer.text).toBe(201)
    return answer.body.id
  }
  account = await create('account', { name: '<b>甲 & 乙</b>有限公司' })
  const opportunity = await create('opportunity', {
    name: '生产线改造',
    account,
    stage: 'needs_confirmed',
    close_date: '2026-12-31',
    amount: 1,
  })
  const product = await create('product', {
    name: '变频器',
    code: 'QD-1',
    unit: 'pc',
    standard_price: 1000.5,
    floor_price: 1,
  })
  quote = await create('quote', {
    account,
    opportunity,
    payment_terms: '{{name}} 30%',
    valid_until: '2026-12-31',
  })
  for (const quantity of [2, 1]) {
    await create('quote_line', {
      quote,
      product,
      quantity,
      unit_price: 1000.5,
      discount: quantity === 1 ? 5 : 0,
    })
  }
})
afterAll(() => server.stop())

const print = (query = '', template = 'quote_print') =>
  server.admin.get(`/api/v1/records/quote/${quote}/print/${template}${query}`)

describe('a record as a page to print', () => {
  it('shows its fields, its lines and exact sums, in the language that is asked for', async () => {
    const page = await print('?locale=zh-CN')
    expect(page.status, page.text).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.text).toContain('<html lang="zh-CN">')
    expect(page.text.match(/变频器/g)).toHaveLength(2)
    expect(page.text).toContain('1,000.50')
    expect(page.text).toContain('2026年12月31日')
    const record = (await server.admin.get(`/api/v1/records/quote/${quote}`)).body
    const lines = (
      await server.admin.get(`/api/v1/records/quote_line?filter[quote]=${quote}&select=subtotal`)
    ).body.records as { subtotal: number }[]
    const total = lines.reduce((sum, { subtotal }) => sum + subtotal, 0)
    expect(page.text).toContain(
      new Intl.NumberFormat('zh-CN', { minimumFractionDigits: 2 }).format(total),
    )
    expect(page.text).toContain(record.name)
    const english = await print('?locale=en-US')
    expect(english.text).toContain('Dec 31, 2026')
    expect(
      (
        await server.admin
          .with({ 'accept-language': 'zh' })
          .get(`/api/v1/records/quote/${quote}/print/quote_print`)
      ).text,
    ).toContain('报价单')
  })

  it('escapes what is in records, and takes no template from them (EspoCRM CVE-2026-55184, CVE-2026-53575)', async () => {
    const { text } = await print('?locale=zh-CN')
    expect(text).toContain('&lt;b&gt;甲 &amp; 乙&lt;/b&gt;有限公司')
    expect(text).not.toContain('<b>甲')
    expect(text).toContain('{{name}} 30%')
  })

  it('runs nothing, loads nothing, and is found by nobody', async () => {
    const { headers } = await print()
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    )
    expect(headers['x-robots-tag']).toContain('noindex')
    expect(headers['cache-control']).toBe('no-store')
  })

  it('is there only for an own template of the object, and for who may see the record (Odoo CVE-2021-23203)', async () => {
    expect((await print('', 'no_such_template')).status).toBe(404)
    expect(
      (await server.admin.get(`/api/v1/records/account/${account}/print/quote_print`)).status,
    ).toBe(404)
    expect(
      (
        await server.admin.get(
          '/api/v1/records/quote/01a200d9-3cc9-7e53-a175-b5ab6ebd492a/print/quote_print',
        )
      ).status,
    ).toBe(404)
    expect((await print('?locale=fr')).status).toBe(400)
    const sales = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await sales.get(`/api/v1/records/quote/${quote}/print/quote_print`)).status).toBe(404)
    expect(
      (await server.stranger.get(`/api/v1/records/quote/${quote}/print/quote_print`)).status,
    ).toBe(401)
  })
})

describe('field rights', () => {
  it('leave blank what the reader may not see', async () => {
    const { admin } = server
    const set = await admin.post('/api/v1/meta/changesets', { label: 'A narrow set' })
    const all = {
      create: true,
      read: true,
      edit: true,
      delete: true,
      read_scope: 'all',
      edit_scope: 'all',
    }
    const objects = {
      quote: { ...all, fields: { payment_terms: 'none', account: 'none' } },
      quote_line: { ...all, fields: { unit_price: 'none' } },
      account: all,
    }
    const put = await admin.put(`/api/v1/meta/changesets/${set.body.id}/permission_set/narrow__c`, {
      label: 'Narrow',
      objects,
    })
    expect(put.body.problems ?? []).toEqual([])
    expect((await admin.post(`/api/v1/meta/changesets/${set.body.id}/publish`)).status).toBe(200)
    const reader = await server.signIn(await server.createUser({ sets: ['narrow__c'] }))
    const page = await reader.get(`/api/v1/records/quote/${quote}/print/quote_print?locale=zh-CN`)
    expect(page.status, page.text).toBe(200)
    expect(page.text).not.toContain('{{name}} 30%')
    expect(page.text).not.toContain('甲 &amp; 乙')
    expect(page.text).not.toContain('1,000.50')
    expect(page.text).not.toContain('变频器')
  })
})
