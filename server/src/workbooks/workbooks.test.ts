import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text as textOf } from 'node:stream/consumers'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { ZipFile } from 'yazl'

import { type Cell, NotAWorkbook, openSheet, type SheetRow, writeWorkbook } from './index.ts'
import { shownByCode } from './number-format.ts'

let folder: string
let path: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-workbooks-'))
  path = join(folder, 'file.xlsx')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function written(rows: readonly Cell[][], header: readonly string[] = ['a', 'b']): Promise<Buffer> {
  return buffer(writeWorkbook({ name: '客户/A', header, rows: each(rows) }))
}

/** What is read of a file: the cells of each row, and where errors are. */
async function read(
  bytes: Buffer,
): Promise<{ name: string; others: number; rows: string[][]; errors: number[][] }> {
  await writeFile(path, bytes)
  const sheet = await openSheet(path)
  try {
    const rows: SheetRow[] = []
    for await (const row of sheet.rows()) rows.push(row)
    return {
      name: sheet.name,
      others: sheet.others,
      rows: rows.map(({ cells }) => cells),
      errors: rows.map(({ errors }) => errors),
    }
  } finally {
    sheet.close()
  }
}

/** A part of a workbook as it stands in the file. */
async function partOf(bytes: Buffer, name: string): Promise<string> {
  const zip = await fromBufferPromise(bytes, { autoClose: false })
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName === name) return textOf(await zip.openReadStreamPromise(entry))
  }
  throw new Error(`no ${name}`)
}

function zipped(parts: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), name)
  zip.end()
  return buffer(zip.outputStream)
}

const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A workbook as others write it: with a prefix, absolute targets and capitals, and a hidden sheet before. */
function foreign(
  sheet: string,
  more: { pr?: string; styles?: string; texts?: string } = {},
): Promise<Buffer> {
  return zipped({
    '_rels/.rels': `<Relationships><Relationship Id="a" Type="${RELATION}/officeDocument" Target="/xl/Workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<x:workbook xmlns:x="m" xmlns:q="r"><x:workbookPr ${more.pr ?? ''}/><x:sheets><x:sheet name="Hidden" sheetId="1" state="hidden" q:id="s1"/><x:sheet name="数据" sheetId="7" q:id="s2"/><x:sheet name="More" sheetId="8" q:id="s1"/></x:sheets></x:workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="s1" Type="${RELATION}/worksheet" Target="worksheets/none.xml"/><Relationship Id="s2" Type="${RELATION}/worksheet" Target="worksheets/Sheet9.xml"/><Relationship Id="t" Type="${RELATION}/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="y" Type="${RELATION}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': more.styles ?? '<styleSheet/>',
    'xl/sharedStrings.xml': more.texts ?? '<sst/>',
    'xl/worksheets/sheet9.xml': `<worksheet><sheetData>${sheet}</sheetData></worksheet>`,
  })
}

const STYLES = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/></numFmts>
  <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/><xf numFmtId="10"/><xf numFmtId="170"/></cellXfs></styleSheet>`

describe('a workbook that was written', () => {
  it('is read with the same texts, whatever is in them', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            '_x0041_',
            '_x',
            '\r\n',
            '\t',
            ' ',
            '\u0001',
            '\uFFFF',
            '<&>',
            '=1+1',
            ']]>',
            '😀',
            '上海',
          ),
          { maxLength: 6 },
        )
        .map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 6 }), async (rows) => {
        const header = ['h1', 'h2']
        const found = await read(await written(rows, header))
        const filled = rows.filter((row) => row.some((cell) => cell !== ''))
        expect(found.rows.map(([a = '', b = '']) => [a, b])).toEqual([header, ...filled])
      }),
      { numRuns: 200 },
    )
  })

  it('has no formula, whatever its texts begin with (NocoBase 9d372a15e1d)', async () => {
    const risky = [
      '=1+1',
      '=HYPERLINK("http://x","y")',
      '+1+1',
      '-1+1',
      '@SUM(A1)',
      '\t=1+1',
      '＝1+1',
    ]
    const sheet = await partOf(await written(risky.map((one) => [one])), 'xl/worksheets/sheet1.xml')
    const [, ...rows] = sheet.split('<row').slice(1)
    expect(rows).toHaveLength(risky.length)
    expect(rows.filter((row) => !row.includes('t="inlineStr"') || row.includes('<f'))).toEqual([])
  })

  it('is read with the same numbers and days', async () => {
    const day = fc.date({
      min: new Date('1900-03-02'),
      max: new Date('9999-12-30'),
      noInvalidDate: true,
    })
    const number = fc
      .tuple(fc.integer({ min: -1e14, max: 1e14 }), fc.nat(8))
      .map(([whole, scale]) => Number((whole / 10 ** scale).toFixed(scale)))
    const cell = fc.oneof(
      number.map((one): [Cell, string] => [{ number: one, style: 'plain' }, plain(one)]),
      day.map((one): [Cell, string] => [
        { date: one.toISOString().slice(0, 10) },
        one.toISOString().slice(0, 10),
      ]),
      day
        .filter((one) => one.getTime() % 86_400_000 !== 0)
        .map((one): [Cell, string] => {
          const moment = one.toISOString().slice(0, -1).replace('T', ' ').replace('.000', '')
          return [{ moment }, moment]
        }),
      day.map((one): [Cell, string] => [
        { time: one.toISOString().slice(11, 19) },
        one.toISOString().slice(11, 19),
      ]),
      fc.boolean().map((one): [Cell, string] => [one, one ? 'TRUE' : 'FALSE']),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 30 }), async (cells) => {
        const header = cells.map((_, index) => `c${index}`)
        const found = await read(await written([cells.map(([one]) => one)], header))
        expect(found.rows[1]).toEqual(cells.map(([, text]) => text))
      }),
      { numRuns: 200 },
    )
  })

  it('has percentages that count, days without a number as text, and a name that sheets may have', async () => {
    const found = await read(
      await written([[{ number: 0.125, style: 'percent' }, { date: '1899-12-31' }]]),
    )
    expect(found).toEqual({
      name: '客户 A',
      others: 0,
      rows: [
        ['a', 'b'],
        ['12.5%', '1899-12-31'],
      ],
      errors: [[], []],
    })
  })

  it('fails as its rows do', async () => {
    async function* rows(): AsyncGenerator<Cell[]> {
      yield ['a', 'b']
      throw new Error('gone')
    }
    await expect(
      buffer(writeWorkbook({ name: 'x', header: ['a', 'b'], rows: rows() })),
    ).rejects.toThrow('gone')
  })
})

/** A number as it is typed, without an exponent. */
function plain(number: number): string {
  const options = { useGrouping: false, maximumFractionDigits: 8 }
  return number.toLocaleString('en-US', options).replace(/^-0$/, '0')
}

describe('a workbook of others', () => {
  it('is read on its first sheet that is not hidden, with shared, rich and spoken texts', async () => {
    const texts = `<sst><si><t>名称</t></si>
      <si> <r><rPr><b/></rPr><t>上</t></r>
      <r><t xml:space="preserve"> 海</t></r><rPh sb="0" eb="1"><t>シャンハイ</t></rPh></si></sst>`
    const sheet =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c></row><row r="5"><c r="C5" t="s"><v>1</v></c><c r="D5" t="str"><f>A1</f><v>by a_x000D_\nformula</v></c></row>'
    const found = await read(await foreign(sheet, { texts }))
    expect(found.name).toBe('数据')
    expect(found.others).toBe(1)
    expect(found.rows).toEqual([
      ['名称', '', 'inline'],
      ['', '', '上 海', 'by a\r\nformula'],
    ])
  })

  it('is read with what numbers stand for, in either calendar, of formulas too', async () => {
    const cells =
      '<c s="1"><v>46347</v></c><c s="2"><v>46347.354166666664</v></c><c s="3"><v>0.5</v></c><c s="4"><v>0.07</v></c><c s="5"><f>TODAY()</f><v>46347</v></c><c><v>0.30000000000000004</v></c><c><v>1E+20</v></c><c t="b"><f>1=1</f><v>1</v></c><c s="1"><v>59</v></c><c t="d" s="2"><v>2026-11-21T08:30:00Z</v></c>'
    const row = `<row>${cells}</row>`
    const found = await read(await foreign(row, { styles: STYLES }))
    expect(found.rows).toEqual([
      [
        '2026-11-21',
        '2026-11-21 08:30:00',
        '12:00:00',
        '7%',
        '2026-11-21',
        '0.3',
        '100000000000000000000',
        'TRUE',
        '1900-02-28',
        '2026-11-21 08:30:00',
      ],
    ])
    const later = await read(
      await foreign('<row><c s="1"><v>44885</v></c></row>', { styles: STYLES, pr: 'date1904="1"' }),
    )
    expect(later.rows).toEqual([['2026-11-21']])
  })

  it('tells where its cells show errors', async () => {
    const found = await read(
      await foreign('<row><c><v>1</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'),
    )
    expect(found.rows).toEqual([['1', '#DIV/0!']])
    expect(found.errors).toEqual([[1]])
  })

  it.each([
    ['yyyy-mm-dd', 'date'],
    ['[$-804]yyyy"年"m"月";@', 'date'],
    ['m/d/yy h:mm', 'datetime'],
    ['[h]:mm:ss', 'time'],
    ['上午/下午h"时"mm"分"', 'time'],
    ['0.00E+00', 'number'],
    ['"day "0', 'number'],
    ['[Red]#,##0.00;[Blue]-0', 'number'],
    ['General', 'number'],
    ['0.0%', 'percent'],
  ])('shows by %s a %s', (code, shown) => {
    expect(shownByCode(code)).toBe(shown)
  })
})

describe('a file that is no workbook', () => {
  const refusal = async (bytes: Buffer): Promise<string> => {
    const error = await read(bytes).then(
      () => 'read',
      (problem: unknown) => problem,
    )
    return error instanceof NotAWorkbook ? error.reason : String(error)
  }

  it('is refused by what is wrong with it', async () => {
    const good = await written([['a', 'b']])
    expect(await refusal(Buffer.from('PK\u0003\u0004 and no more'))).toBe('damaged')
    expect(await refusal(good.subarray(0, good.length - 30))).toBe('damaged')
    expect(await refusal(await zipped({ 'word/document.xml': '<a/>' }))).toBe('no_workbook')
    expect(await refusal(await foreign('<row><c r="A1"><v>1</v></row>'))).toBe('damaged')
    expect(await refusal(await foreign('<row><c r="ZZZ1"><v>1</v></c></row>'))).toBe('damaged')
    expect(await refusal(await foreign('<row/>', { pr: '<' }))).toBe('damaged')
  })

  it('is refused where a small zip would become a large one', async () => {
    const bomb = await foreign(' '.repeat(5_000_000))
    // The sizes that the zip tells of its parts are made to lie, as far down as they can.
    const lying = Buffer.from(bomb)
    for (
      let at = lying.indexOf('PK\u0001\u0002');
      at >= 0;
      at = lying.indexOf('PK\u0001\u0002', at + 1)
    ) {
      if (lying.readUInt32LE(at + 24) > 1_000_000) lying.writeUInt32LE(10, at + 24)
    }
    expect(await refusal(lying)).toBe('damaged')
  })

  it('survives any damage with an answer', async () => {
    const good = await foreign('<row><c t="s"><v>0</v></c></row>', {
      styles: STYLES,
      texts: '<sst><si><t>x</t></si></sst>',
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(good)
          for (const [at, byte] of changes) bytes[at] = byte
          expect(['damaged', 'no_workbook', 'too_large', 'protected', 'read']).toContain(
            await refusal(bytes),
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})
