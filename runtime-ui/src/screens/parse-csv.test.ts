import { describe, expect, it } from 'vitest'

import { decodeText, detectDelimiter, parseCsv } from './parse-csv.ts'

describe('a CSV preview', () => {
  it('reads quotes, doubled quotes and line breaks in cells', () => {
    expect(parseCsv('a,b\r\n"x, ""y""","1\n2"\r\n').rows).toEqual([['x, "y"', '1\n2']])
  })

  it('drops the byte order mark and empty lines', () => {
    expect(parseCsv('\uFEFFname,amount\n\nA,1\n')).toMatchObject({
      header: ['name', 'amount'],
      rows: [['A', '1']],
    })
  })

  it('keeps empty cells at both ends', () => {
    expect(parseCsv('a,b,c\n,x,\n').rows).toEqual([['', 'x', '']])
  })

  it('finds the delimiter', () => {
    expect(detectDelimiter('名称;金额;日期\n')).toBe(';')
    expect(detectDelimiter('a\tb,c\td')).toBe('\t')
  })

  it('does not hang on an open quote', () => {
    expect(parseCsv('a,b\n"open,1\n2').rows).toEqual([['open,1\n2']])
  })

  it('stops at the limit and says so', () => {
    const table = parseCsv('a\n1\n2\n3\n', 2)
    expect(table.rows).toEqual([['1'], ['2']])
    expect(table.isCut).toBe(true)
  })

  it('reads GB18030 where UTF-8 does not fit', () => {
    const bytes = new Uint8Array([0xc3, 0xfb, 0xb3, 0xc6])
    expect(decodeText(bytes.buffer, true)).toBe('名称')
  })
})
