import { gzipSync } from 'node:zlib'

import type { ImportJob } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseCsv } from '../../runtime-ui/src/screens/parse-csv.ts'
import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  runTestImport,
  sendForm,
  sendImport,
  startTestServer,
  type TestServer,
  whenFinished,
  workbookOf,
} from '../support/index.ts'

let server: TestServer
let stopJobs: Stop
let admin: Caller
beforeAll(async () => {
  server = await startTestServer()
  stopJobs = await startJobs(server.foundation)
  admin = server.admin
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

type Faults = { path: string; code: string; suggestion?: string }[]
const faults = ({ body }: Answer): Faults =>
  (body.errors as Faults).map(({ path, code }) => ({ path, code }))
const rowFaults = ({ errors }: ImportJob) =>
  errors.map(({ row, column, code }) => [row, column, code])

async function records(object: string, query: string): Promise<Record<string, unknown>[]> {
  const answer = await admin.get(`/api/v1/records/${object}?${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.records
}

async function named(
  object: string,
  name: string,
  select = 'name',
): Promise<Record<string, unknown> | undefined> {
  const [found] = await records(object, `filter[name]=${encodeURIComponent(name)}&select=${select}`)
  return found
}

describe('an import', () => {
  it('creates records, reading each cell in the way of its field', async () => {
    const csv = [
      'Account name,Customer level,credit_limit,founded_date,next_contact_date,website,ignored',
      '甲公司,A,"¥1,234.50",2001/2/3,,https://a.example,x',
    ].join('\r\n')
    const described = (await admin.get('/api/v1/meta/objects/account')).body
    const label = (name: string): string =>
      described.fields.find((field: { name: string }) => field.name === name).label
    const level = described.fields.find((field: { name: string }) => field.name === 'level')
      .values[0]
    const text = csv
      .replace('Account name', label('name'))
      .replace('Customer level', label('level'))
      .replace(',A,', `,${level.label},`)
    const sent = await sendImport(admin, text, { object: 'account' })
    expect(sent.status).toBe(202)
    expect(sent.headers['location']).toBe(`/api/v1/imports/${sent.body.id}`)
    expect(sent.body).toMatchObject({
      object: 'account',
      mode: 'create',
      dry_run: false,
      total: 1,
      file_name: 'rows.csv',
      errors: [],
    })
    await expect
      .poll(async () => (await admin.get(`/api/v1/imports/${sent.body.id}`)).body.status)
      .toBe('done')
    const job = (await admin.get(`/api/v1/imports/${sent.body.id}`)).body
    expect(job).toMatchObject({ processed: 1, created: 1, updated: 0, failed: 0 })
    expect(job.notes).toEqual(['Read as UTF-8, separated by comma', 'Columns left out: ignored'])
    expect(
      await named('account', '甲公司', 'level,credit_limit,founded_date,website'),
    ).toMatchObject({
      level: level.code,
      credit_limit: 1234.5,
      founded_date: '2001-02-03',
      website: 'https://a.example',
    })
    const history = (
      await admin.get(
        `/api/v1/records/account/${(await named('account', '甲公司'))?.['id']}/history`,
      )
    ).text
    expect(history).toContain('"import"')
  })

  it('reports every fault of every row, and takes the good rows', async () => {
    const csv =
      'name,credit_limit,founded_date,level\nGood,1,2020-01-01,\nBad,many,2020-02-30,Z9\nShort,1\n,5,,\n'
    const job = await runTestImport(admin, csv, { object: 'account' })
    expect(job).toMatchObject({ total: 4, processed: 4, created: 1, failed: 3, errors_total: 5 })
    expect(rowFaults(job)).toEqual([
      [3, 'credit_limit', 'not_a_number'],
      [3, 'founded_date', 'not_a_date'],
      [3, 'level', 'unknown_value'],
      [4, null, 'ragged_row'],
      [5, 'name', 'required'],
    ])
    expect(job.errors[0]).toMatchObject({ value: 'many', message: '"many" is not a number' })
    const file = await admin.get(`/api/v1/imports/${job.id}/errors`)
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
    const { header, rows } = parseCsv(file.text)
    expect(header).toEqual(['name', 'credit_limit', 'founded_date', 'level', 'Row', 'Reasons'])
    expect(rows.map((row) => row[4])).toEqual(['3', '4', '5'])
    expect(rows[0]?.slice(0, 4)).toEqual(['Bad', 'many', '2020-02-30', 'Z9'])
  })

  it('keeps no cell of a column that goes nowhere', async () => {
    const secret = 'not for this system'
    const csv = `name,Salary,credit_limit\nKept,${secret},1\nFaulty,${secret},many\nShort,${secret}\n`
    const job = await runTestImport(admin, csv, {
      object: 'account',
      mapping: { name: { field: 'name' }, Salary: null, credit_limit: { field: 'credit_limit' } },
    })
    expect(job).toMatchObject({ created: 1, failed: 2 })
    const rows = await server.test.database.query<{ cells: string[] }>({
      text: 'select cells from main._import_row where import = $1 order by row_number',
      values: [job.id],
    })
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['Kept', '', '1'],
      ['Faulty', '', 'many'],
      ['Short', ''],
    ])
    const file = await admin.get(`/api/v1/imports/${job.id}/errors`)
    expect(file.text).not.toContain(secret)
    expect(parseCsv(file.text).header).toEqual(['name', 'credit_limit', 'Row', 'Reasons'])
  })

  it('writes no formula into the file of faults (EspoCRM CVE-2026-55154)', async () => {
    const job = await runTestImport(admin, 'name,credit_limit\n=cmd|x,y\n@SUM(1),z\n-5,-x\n', {
      object: 'account',
    })
    const { rows } = parseCsv((await admin.get(`/api/v1/imports/${job.id}/errors`)).text)
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ["'=cmd|x", 'y'],
      ["'@SUM(1)", 'z'],
      ['-5', "'-x"],
    ])
  })

  it('checks everything and writes nothing in a dry run', async () => {
    const csv =
      'name,uscc,parent\nChild dry,91350100M000100Y43,Parent dry\nParent dry,,\nTwice dry,91350100M000100Y43,\nLost dry,,Nobody dry\n'
    const job = await runTestImport(admin, csv, { object: 'account', dry_run: 'true' })
    expect(job).toMatchObject({
      status: 'done',
      dry_run: true,
      total: 4,
      processed: 4,
      created: 2,
      failed: 2,
    })
    expect(rowFaults(job)).toEqual([
      [4, 'uscc', 'duplicate'],
      [5, 'parent', 'unknown_reference'],
    ])
    expect(await named('account', 'Child dry')).toBeUndefined()
    expect((await admin.post(`/api/v1/imports/${job.id}/undo`)).status).toBe(409)
  })

  it('refers to rows of the same file, wherever they stand', async () => {
    const csv =
      'name,parent\nGrandchild,Child\nChild,Root\nRoot,\nOrphan,Nobody at all\nLoop A,Loop B\nLoop B,Loop A\n'
    const job = await runTestImport(admin, csv, { object: 'account' })
    expect(job).toMatchObject({ created: 3, failed: 3 })
    expect(rowFaults(job)).toEqual([
      [5, 'parent', 'unknown_reference'],
      [6, 'parent', 'unknown_reference'],
      [7, 'parent', 'unknown_reference'],
    ])
    expect(await named('account', 'Grandchild', 'parent')).toMatchObject({
      parent: { name: 'Child' },
    })
  })

  it('maps words: values of picklists, aliases, references by a unique field, owners by name or mail', async () => {
    const owner = await server.createUser({ sets: ['admin'], name: 'Import Owner' })
    await runTestImport(admin, 'name,uscc\nMapped account,91110108551385082Q\n', {
      object: 'account',
    })
    const csv = `Deal,For,Stage,Who,Closes,Money,Rest\nOne,91110108551385082Q,Won!,${owner.email},2026-12-31,5,\nTwo,91110108551385082q,lost?,Import Owner,2026-12-31,6,\nThree,n/a,Won!,Import Owner,2026-12-31,7,\n`
    const mapping = {
      Deal: 'name',
      For: { field: 'account', by: 'uscc', aliases: { 'n/a': '' } },
      Stage: { field: 'stage', values: { 'Won!': 'won', 'lost?': 'needs_confirmed' } },
      Who: 'owner',
      Closes: 'close_date',
      Money: 'amount',
      Rest: null,
    }
    const job = await runTestImport(admin, csv, { object: 'opportunity', mapping })
    expect(rowFaults(job)).toEqual([[4, 'For', 'required']])
    expect(job.created).toBe(2)
    expect(job.notes).toContain('Columns left out: Rest')
    expect(await named('opportunity', 'One', 'account,stage,owner')).toMatchObject({
      account: { name: 'Mapped account' },
      stage: 'won',
      owner: { id: owner.id },
    })
    expect(await named('opportunity', 'Two', 'account,stage,owner')).toMatchObject({
      account: { name: 'Mapped account' },
      stage: 'needs_confirmed',
      owner: { id: owner.id },
    })
  })

  it('takes times without a zone as the clock of its user shows them', async () => {
    await runTestImport(admin, 'name\nTimed account\n', { object: 'account' })
    const described = (await admin.get('/api/v1/meta/objects/follow_up')).body.fields as {
      name: string
      required: boolean
      default?: unknown
      values?: { code: string }[]
      type: string
    }[]
    const needed = described.filter(
      (field) =>
        field.required &&
        field.default === undefined &&
        !['name', 'occurred_at', 'account', 'owner'].includes(field.name),
    )
    const extra = needed.map((field) => [field.name, field.values?.[0]?.code ?? 'x'] as const)
    const csv = `name,account,occurred_at${extra.map(([name]) => `,${name}`).join('')}\nCall,Timed account,2026-11-21 08:00${extra.map(([, value]) => `,${value}`).join('')}\n`
    const job = await runTestImport(admin, csv, { object: 'follow_up' })
    expect(job.errors).toEqual([])
    const [made] = await records(
      'follow_up',
      'select=occurred_at&filter[account.name]=Timed%20account',
    )
    expect(made).toMatchObject({ occurred_at: '2026-11-21T00:00:00.000Z' })
  })
})

describe('values that must be unique', () => {
  it('are refused row by row: those that are there, and those that an earlier row took', async () => {
    await runTestImport(admin, 'name,code,standard_price\nThere,Taken-1,1\n', { object: 'product' })
    const lines = Array.from({ length: 700 }, (_, index) => `Many ${index},M-${index}`)
    // Each is refused for itself; the row behind a refused one is free to take what that one could not.
    lines[10] = 'Is there,TAKEN-1'
    lines[20] = 'Repeats,m-5'
    lines[30] = 'Too cheap,M-fresh,cheap'
    lines[31] = 'Takes it,M-fresh'
    lines[650] = 'Repeats from an earlier chunk,M-6'
    const rows = lines.map((line) => (line.split(',').length === 2 ? `${line},1` : line))
    const job = await runTestImport(admin, `name,code,standard_price\n${rows.join('\n')}\n`, {
      object: 'product',
    })
    expect(rowFaults(job)).toEqual([
      [12, 'code', 'duplicate'],
      [22, 'code', 'duplicate'],
      [32, 'standard_price', 'not_a_number'],
      [652, 'code', 'duplicate'],
    ])
    expect(job).toMatchObject({ created: 696, failed: 4 })
    expect(await named('product', 'Takes it', 'code')).toMatchObject({ code: 'M-fresh' })
  })

  it('are refused in updates too, each for itself', async () => {
    await runTestImport(admin, 'name,code,standard_price\nA,Up-1,1\nB,Up-2,1\nC,Up-3,1\n', {
      object: 'product',
    })
    const ids = await Promise.all(['A', 'B', 'C'].map((name) => named('product', name)))
    const csv = ids.map((one, index) => `${one?.['id']},${['Up-9', 'Up-3', 'Up-8'][index]}`)
    const job = await runTestImport(admin, `id,code\n${csv.join('\n')}\n`, {
      object: 'product',
      mode: 'update',
      match_field: 'id',
    })
    expect(rowFaults(job)).toEqual([[3, 'code', 'duplicate']])
    expect(await named('product', 'A', 'code')).toMatchObject({ code: 'Up-9' })
    expect(await named('product', 'C', 'code')).toMatchObject({ code: 'Up-8' })
  })
})

describe('updates and upserts', () => {
  it('find records by a unique field, and leave alone what a cell does not say', async () => {
    await runTestImport(admin, 'name,code,standard_price,unit\nPump,P-1,10,pc\n', {
      object: 'product',
    })
    const csv = 'code,name,standard_price\np-1,,12.5\nP-2,Valve,3\nP-2,Valve II,4\n,Nameless,1\n'
    const job = await runTestImport(admin, csv, {
      object: 'product',
      mode: 'upsert',
      match_field: 'code',
    })
    expect(job).toMatchObject({ created: 1, updated: 2, failed: 1 })
    expect(rowFaults(job)).toEqual([[5, 'code', 'required']])
    expect(await named('product', 'Pump', 'standard_price,unit,code')).toMatchObject({
      standard_price: 12.5,
      code: 'P-1',
    })
    expect(await named('product', 'Valve II', 'standard_price')).toMatchObject({
      standard_price: 4,
    })
    const update = await runTestImport(admin, 'code,standard_price\nP-2,5\nP-3,1\n', {
      object: 'product',
      mode: 'update',
      match_field: 'code',
    })
    expect(update).toMatchObject({ created: 0, updated: 1, failed: 1 })
    expect(rowFaults(update)).toEqual([[3, 'code', 'not_found']])
  })

  it('match by an auto-number or an id, which cannot be given', async () => {
    const made = await admin.post('/api/v1/records/account', { name: 'Numbered' })
    const { account_no: number, id } = made.body
    const byNumber = await runTestImport(admin, `account_no,name\n${number},Numbered again\n`, {
      object: 'account',
      mode: 'update',
      match_field: 'account_no',
    })
    expect(byNumber).toMatchObject({ updated: 1, failed: 0 })
    const byId = await runTestImport(admin, `id,name\n${id},Numbered at last\n`, {
      object: 'account',
      mode: 'update',
      match_field: 'id',
    })
    expect(byId).toMatchObject({ updated: 1, failed: 0 })
    expect((await admin.get(`/api/v1/records/account/${id}`)).body.name).toBe('Numbered at last')
    const refused = await sendImport(admin, 'account_no,name\nKH1,x\n', {
      object: 'account',
      mapping: { account_no: 'account_no', name: 'name' },
    })
    expect(faults(refused)).toEqual([{ path: 'mapping.account_no', code: 'read_only' }])
  })
})

describe('undoing an import', () => {
  it('deletes what was created and sets back what was updated, unless it has changed since', async () => {
    await runTestImport(admin, 'name,code,standard_price\nU1,U-1,1\nU2,U-2,2\n', {
      object: 'product',
    })
    const job = await runTestImport(
      admin,
      'code,name,standard_price\nU-1,U1 new,10\nU-2,U2 new,20\nU-3,U3,30\nU-1,U1 newer,11\n',
      { object: 'product', mode: 'upsert', match_field: 'code' },
    )
    expect(job).toMatchObject({ created: 1, updated: 3 })
    const touched = await named('product', 'U2 new')
    await admin.patch(`/api/v1/records/product/${touched?.['id']}`, { standard_price: 21 })
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.status).toBe(200)
    expect(undone.body).toMatchObject({ status: 'undone', created: 1, updated: 3, errors_total: 1 })
    expect(undone.body.errors).toEqual([expect.objectContaining({ row: 3, code: 'stale_version' })])
    expect(await named('product', 'U1', 'standard_price')).toMatchObject({ standard_price: 1 })
    expect(await named('product', 'U2 new', 'standard_price')).toMatchObject({ standard_price: 21 })
    expect(await named('product', 'U3')).toBeUndefined()
    expect((await admin.post(`/api/v1/imports/${job.id}/undo`)).status).toBe(409)
  })

  it('sets back what is left of a record that was merged, found by its old id', async () => {
    const [kept, merged] = await Promise.all(
      ['Left of two', 'Taken in'].map(async (name) => {
        const made = await admin.post('/api/v1/records/account', { name, city: 'Suzhou' })
        return String(made.body.id)
      }),
    )
    const url = `/api/v1/records/account/${kept}`
    expect((await admin.post(`${url}/merge`, { merge: [{ id: merged }] })).status).toBe(200)
    const file = `id,city\n${merged},Wuxi\n${kept},Nanjing\n`
    const asked = { object: 'account', mode: 'update', match_field: 'id' }
    const job = await runTestImport(admin, file, asked)
    expect(job).toMatchObject({ updated: 2, failed: 0 })
    expect((await admin.get(url)).body.city).toBe('Nanjing')
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone', errors_total: 0 })
    expect((await admin.get(url)).body.city).toBe('Suzhou')
  })

  it('keeps a record that it made and somebody has changed since', async () => {
    const job = await runTestImport(admin, 'name\nEdited since\nUntouched\n', {
      object: 'account',
    })
    const edited = await named('account', 'Edited since')
    await admin.patch(`/api/v1/records/account/${edited?.['id']}`, { city: 'Suzhou' })
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone', errors_total: 1 })
    expect(undone.body.errors).toEqual([expect.objectContaining({ row: 2, code: 'stale_version' })])
    expect(await named('account', 'Edited since', 'city')).toMatchObject({ city: 'Suzhou' })
    expect(await named('account', 'Untouched')).toBeUndefined()
  })

  it('deletes a record that one row made and a later one changed', async () => {
    const job = await runTestImport(
      admin,
      'code,name,standard_price\nT-1,Made,1\nT-1,Made and changed,1\nT-1,Changed again,1\n',
      { object: 'product', mode: 'upsert', match_field: 'code' },
    )
    expect(job).toMatchObject({ created: 1, updated: 2 })
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone', errors_total: 0 })
    expect(await records('product', 'filter[code]=T-1')).toEqual([])
  })

  it('takes back rows that refer to each other, whatever their order', async () => {
    const lines = ['Leaf 1,Mid', 'Top,', 'Mid,Top', 'Leaf 2,Mid', 'Other top,', 'Leaf 3,Other top']
    const job = await runTestImport(admin, `name,parent\n${lines.join('\n')}\n`, {
      object: 'account',
    })
    expect(job).toMatchObject({ created: 6, failed: 0 })
    const outsider = await admin.post('/api/v1/records/account', {
      name: 'Outsider below',
      parent: (await named('account', 'Mid'))?.['id'],
    })
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone', errors_total: 0 })
    for (const line of lines) {
      expect(await named('account', line.split(',')[0] ?? '')).toBeUndefined()
    }
    const left = await admin.get(`/api/v1/records/account/${outsider.body.id}`)
    expect(left.body).toMatchObject({ parent: null })
  })

  it('leaves alone what others refer to, and says so', async () => {
    const job = await runTestImport(admin, 'name\nIn use\nFree\n', { object: 'account' })
    const account = await named('account', 'In use')
    const stage = { stage: 'needs_confirmed', close_date: '2026-12-31' }
    const deal = await admin.post('/api/v1/records/opportunity', {
      name: 'Keeps it',
      account: account?.['id'],
      ...stage,
    })
    expect(deal.status, deal.text).toBe(201)
    const undone = await admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(undone.body).toMatchObject({ status: 'undone' })
    expect(await named('account', 'Free')).toBeUndefined()
    expect(undone.body.errors).toEqual([expect.objectContaining({ row: 2, code: 'in_use' })])
    expect(await named('account', 'In use')).toBeDefined()
  })
})

describe('the file', () => {
  const name = async (
    file: Parameters<typeof runTestImport>[1],
    more: object = {},
  ): Promise<ImportJob> => runTestImport(admin, file, { object: 'account', ...more })

  it('may be UTF-8 with a mark, GB18030, or UTF-16', async () => {
    const marked = await name(`\uFEFFname\nBOM 公司\n`)
    expect(marked.notes[0]).toBe('Read as UTF-8 with a byte order mark, separated by comma')
    // 名称,备注 / 广州公司 in GBK
    const gbk = Buffer.concat([
      Buffer.from('name\n'),
      Buffer.from([0xb9, 0xe3, 0xd6, 0xdd, 0xb9, 0xab, 0xcb, 0xbe]),
      Buffer.from('\n'),
    ])
    expect((await name(new Uint8Array(gbk))).notes[0]).toBe('Read as GB18030, separated by comma')
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('name\r\nUTF-16 公司\r\n', 'utf16le'),
    ])
    expect((await name(new Uint8Array(utf16))).notes[0]).toBe(
      'Read as UTF-16LE with a byte order mark, separated by comma',
    )
    for (const made of ['BOM 公司', '广州公司', 'UTF-16 公司']) {
      expect(await named('account', made), made).toBeDefined()
    }
  })

  it('may be separated by semicolons, tabs, bars, or what is said', async () => {
    for (const [sign, word] of [
      [';', 'semicolon'],
      ['\t', 'tab'],
      ['|', 'bar'],
    ]) {
      const job = await name(`name${sign}website\nBy ${word}${sign}https://x.example/a,b\n`)
      expect(job.notes[0]).toBe(`Read as UTF-8, separated by ${word}`)
      expect(job.created).toBe(1)
    }
    expect(
      (await name('name^website\nBy hat^https://x.example\n', { delimiter: '^' })).created,
    ).toBe(1)
  })

  it('may be a workbook, whose first sheet is read', async () => {
    const file = await workbookOf({
      客户: [
        ['Account name', 'Level', 'credit_limit', 'City'],
        ['工作簿甲 & 乙', 'A', 1234.5, "'=1+1"],
        ['工作簿丙', 'B', { error: '#DIV/0!' }],
        ['工作簿丁', 'B', 10, '上海', 'one too many'],
      ],
      Notes: [['nothing']],
    })
    const preview = await sendForm(admin, '/api/v1/imports/preview', { file })
    expect(preview.body.header).toEqual(['Account name', 'Level', 'credit_limit', 'City'])
    expect(preview.body.rows[1]).toEqual(['工作簿丙', 'B', '#DIV/0!', ''])
    const job = await runTestImport(admin, file, { object: 'account' })
    expect(job.notes.slice(0, 2)).toEqual([
      'Read from the sheet “客户”',
      '1 more sheet is not read',
    ])
    expect(job.created).toBe(1)
    expect(rowFaults(job)).toEqual([
      [3, 'credit_limit', 'cell_error'],
      [4, null, 'ragged_row'],
    ])
    expect(await named('account', '工作簿甲 & 乙', 'credit_limit,level')).toMatchObject({
      credit_limit: 1234.5,
      level: 'A',
    })
    const again = await sendImport(admin, await workbookOf({ Empty: [] }), { object: 'account' })
    expect(faults(again)).toEqual([{ path: 'file', code: 'empty_file' }])
  })

  it('keeps line breaks and quotes in cells, and skips empty lines', async () => {
    const job = await name(
      'name,description\r\n\r\n"Quoted ""one""","two\r\nlines"\r\n,\r\nBare "quote",x\r\n\r\n',
    )
    expect(job).toMatchObject({ total: 2, created: 2 })
    expect(await named('account', 'Quoted "one"', 'description')).toMatchObject({
      description: 'two\r\nlines',
    })
    expect(await named('account', 'Bare "quote"')).toBeDefined()
  })

  it('is reported by row and column where a cell cannot be kept', async () => {
    const large = 'x'.repeat(1_100_000)
    const huge = 'y'.repeat(10_000_001)
    const job = await name(`name,description\nNul,a\0b\nLarge,${large}\nHuge,${huge}\nFine,ok\n`)
    expect(job).toMatchObject({ total: 4, created: 1, failed: 3 })
    expect(rowFaults(job)).toEqual([
      [2, 'description', 'bad_character'],
      [3, 'description', 'cell_too_large'],
      [4, 'description', 'cell_too_large'],
    ])
    const broken = Buffer.concat([
      Buffer.from('name,description\n好的好的好的好的,'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('\n很好很好很好很好,ok\n'),
    ])
    const damaged = await name(new Uint8Array(broken))
    expect(damaged).toMatchObject({ created: 1, failed: 1 })
    expect(rowFaults(damaged)).toEqual([[2, 'description', 'bad_character']])
    const lone = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('name,description\nLone,', 'utf16le'),
      Buffer.from([0x00, 0xd8]),
      Buffer.from('\nNext,ok\n', 'utf16le'),
    ])
    expect(rowFaults(await name(new Uint8Array(lone)))).toEqual([
      [2, 'description', 'bad_character'],
    ])
  })

  it('is refused whole where nothing can be made of it', async () => {
    const refused = async (
      file: Parameters<typeof sendImport>[1],
      more: object = {},
    ): Promise<[number, Faults]> => {
      const answer = await sendImport(admin, file, { object: 'account', ...more })
      return [answer.status, faults(answer)]
    }
    expect(await refused('')).toEqual([422, [{ path: 'file', code: 'empty_file' }]])
    expect(await refused('\n\n')).toEqual([422, [{ path: 'file', code: 'empty_file' }]])
    expect(await refused('name\n')).toEqual([422, [{ path: 'file', code: 'empty_file' }]])
    expect(await refused('" "," "\na,b\n')).toEqual([
      422,
      expect.arrayContaining([{ path: 'file', code: 'empty_header' }]),
    ])
    expect(await refused('name,name\na,b\n')).toEqual([
      422,
      expect.arrayContaining([{ path: 'file', code: 'duplicate_header' }]),
    ])
    expect(await refused('name\n"never closed\n')).toEqual([
      422,
      [{ path: 'file', code: 'not_a_csv' }],
    ])
    expect(await refused('PK\u0003\u0004 an archive')).toEqual([
      422,
      [{ path: 'file', code: 'not_a_workbook' }],
    ])
    expect(await refused(new Uint8Array(gzipSync('name\na\n')))).toEqual([
      422,
      [{ path: 'file', code: 'not_a_csv' }],
    ])
    expect(await refused(new Uint8Array(400))).toEqual([422, [{ path: 'file', code: 'not_a_csv' }]])
    expect(await refused('a,b\n1,2\n')).toEqual([
      422,
      [{ path: 'mapping', code: 'nothing_mapped' }],
    ])
    expect(await refused('name\nx\n', { encoding: 'klingon' })).toEqual([
      422,
      [{ path: 'encoding', code: 'unknown_encoding' }],
    ])
  })
})

describe('what is asked', () => {
  it('is refused by name where it cannot apply, all of it at once', async () => {
    const mapping = {
      Name: 'name',
      name: 'nam',
      level: { field: 'level', values: { x: 'ZZ' } },
      parent: { field: 'parent', by: 'phone' },
      phone: 'phone',
      website: 'phone',
    }
    const answer = await sendImport(admin, 'name,level,parent,phone,website\na,b,c,d,e\n', {
      object: 'account',
      mode: 'upsert',
      match_field: 'phone',
      mapping,
    })
    expect(answer.status).toBe(422)
    expect(faults(answer)).toEqual([
      { path: 'mapping.Name', code: 'unknown_column' },
      { path: 'mapping.name', code: 'unknown_field' },
      { path: 'mapping.level', code: 'unknown_value' },
      { path: 'mapping.parent', code: 'unknown_field' },
      { path: 'mapping', code: 'mapped_twice' },
      { path: 'match_field', code: 'unknown_field' },
    ])
    expect(answer.body.errors[0].suggestion).toBe('name')
  })

  it('is refused as malformed where the form is wrong', async () => {
    const form = async (
      fields: object,
      file: string | undefined = 'name\na\n',
    ): Promise<[number, string[]]> => {
      const answer = await sendForm(admin, '/api/v1/imports', { fields: { ...fields }, file })
      return [answer.status, (answer.body.errors as Faults).map(({ path }) => path)]
    }
    expect(await form({})).toEqual([400, ['object']])
    expect(await form({ object: 'account', colour: 'red' })).toEqual([400, ['colour']])
    expect(
      await form({
        object: 'account',
        mode: 'merge',
        dry_run: 'maybe',
        delimiter: '::',
        mapping: '[1]',
      }),
    ).toEqual([400, ['mode', 'dry_run', 'delimiter', 'mapping']])
    expect(await form({ object: 'account', mapping: '{' })).toEqual([400, ['mapping']])
    const noFile = await sendForm(admin, '/api/v1/imports', { fields: { object: 'account' } })
    expect([noFile.status, noFile.body.errors[0].path]).toEqual([400, 'file'])
    expect((await admin.post('/api/v1/imports', { object: 'account' })).status).toBe(415)
    expect((await sendImport(admin, 'name\na\n', { object: 'nothing' })).status).toBe(404)
  })
})

describe('rights', () => {
  it('are those of the user, at the time of the run', async () => {
    const sales = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await sendImport(sales, 'name\nx\n', { object: 'account' })).status).toBe(403)
    expect((await sales.get('/api/v1/imports')).status).toBe(403)
    const manager = await server.createUser({ sets: ['sales_manager'], name: 'The manager' })
    const caller = await server.signIn(manager)
    const job = await runTestImport(caller, 'name\nManaged\n', { object: 'account' })
    expect(job.created, JSON.stringify(job)).toBe(1)
    expect(await named('account', 'Managed', 'owner,created_by')).toMatchObject({
      owner: { id: manager.id },
      created_by: { id: manager.id },
    })
    const refused = await sendImport(caller, 'name,email\nx,y\n', { object: 'user' })
    expect(refused.status).toBe(403)
  })

  it('find no record by a field that the user may not know any more', async () => {
    const matching = async (code: 'edit' | 'none'): Promise<void> => {
      const set = (await admin.post('/api/v1/meta/changesets', { label: code })).body.id
      const product = { read: true, edit: true, edit_scope: 'all', fields: { code } }
      const definition = { label: 'Matcher', system: ['import'], objects: { product } }
      await admin.put(`/api/v1/meta/changesets/${set}/permission_set/matcher__c`, definition)
      const published = await admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
      expect(published.status, published.text).toBe(200)
    }
    await matching('edit')
    const made = 'name,code,standard_price\nHidden code,HC-1,1\n'
    expect((await runTestImport(admin, made, { object: 'product' })).created).toBe(1)
    const user = await server.createUser({ sets: ['matcher__c'] })
    const caller = await server.signIn(user)
    const file = 'code,name\nHC-1,Found\nHC-2,Found\n'
    const asked = { object: 'product', mode: 'update', match_field: 'code' }
    await stopJobs()
    const sent = await sendImport(caller, file, asked)
    expect(sent.status, sent.text).toBe(202)
    await matching('none')
    stopJobs = await startJobs(server.foundation)
    const job = await whenFinished(caller, sent.body.id)
    expect(job).toMatchObject({ updated: 0, failed: 2 })
    expect(rowFaults(job)).toEqual([
      [2, 'code', 'unknown_field'],
      [3, 'code', 'unknown_field'],
    ])
    expect(await named('product', 'Hidden code')).toBeDefined()
  })

  it('let nobody see the imports of others, but an administrator', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async () => server.signIn(await server.createUser({ sets: ['sales_manager'] }))),
    )
    if (!one || !two) throw new Error('Two callers were made')
    const job = await runTestImport(one, 'name\nMine\n', { object: 'account' })
    expect((await two.get(`/api/v1/imports/${job.id}`)).status).toBe(404)
    expect((await two.get(`/api/v1/imports/${job.id}/errors`)).status).toBe(404)
    expect((await two.post(`/api/v1/imports/${job.id}/undo`)).status).toBe(404)
    expect((await two.get('/api/v1/imports')).body.imports).toEqual([])
    expect((await one.get('/api/v1/imports')).body.imports.map(({ id }: ImportJob) => id)).toEqual([
      job.id,
    ])
    expect((await admin.get(`/api/v1/imports/${job.id}`)).status).toBe(200)
    expect((await admin.get('/api/v1/imports/nonsense')).status).toBe(404)
  })

  it('show a key that is limited to a permission set what it has imported itself, not what its user has', async () => {
    const sets = ['sales_manager', 'data_migration']
    const caller = await server.signIn(await server.createUser({ sets }))
    const asked = { label: 'less', permission_set: 'sales_manager' }
    const { key } = (await caller.post('/api/v1/api-keys', asked)).body
    const less = server.stranger.with({ authorization: `Bearer ${key}` })
    const own = await runTestImport(caller, 'name\nOf the user\n', { object: 'account' })
    const other = await runTestImport(less, 'name\nOf the key\n', { object: 'account' })
    const listed = async (by: Caller): Promise<string[]> =>
      (await by.get('/api/v1/imports')).body.imports.map(({ id }: ImportJob) => id)
    expect([await listed(caller), await listed(less)]).toEqual([[other.id, own.id], [other.id]])
    expect((await less.get(`/api/v1/imports/${own.id}`)).status).toBe(404)
    expect((await less.get(`/api/v1/imports/${own.id}/errors`)).status).toBe(404)
    expect((await less.post(`/api/v1/imports/${own.id}/undo`)).status).toBe(404)
    expect((await less.get(`/api/v1/imports/${other.id}`)).status).toBe(200)
    expect((await caller.get(`/api/v1/imports/${other.id}`)).status).toBe(200)
  })

  it('of a user who has been put out of office end their import', async () => {
    const user = await server.createUser({ sets: ['sales_manager'] })
    const caller = await server.signIn(user)
    await stopJobs()
    const sent = await sendImport(caller, 'name\nToo late\n', { object: 'account' })
    await server.test.database.execute('update main."user" set active = false where id = $1', [
      user.id,
    ])
    stopJobs = await startJobs(server.foundation)
    await expect
      .poll(async () => (await admin.get(`/api/v1/imports/${sent.body.id}`)).body.status)
      .toBe('failed')
    expect(await named('account', 'Too late')).toBeUndefined()
  })
})
