import { describe, expect, it } from 'vitest'

import { detectDelimiter } from './detect-delimiter.ts'
import { EncodingDetector, type FoundEncoding } from './detect-encoding.ts'

function detect(...chunks: (string | number[])[]): FoundEncoding {
  const detector = new EncodingDetector()
  for (const chunk of chunks) detector.take(Buffer.from(chunk as string))
  return detector.result()
}

/** 客户名称 in GBK. */
const GBK = [0xbf, 0xcd, 0xbb, 0xa7, 0xc3, 0xfb, 0xb3, 0xc6]

describe('the encoding of a file', () => {
  it('is found', () => {
    expect(detect('a,b\n1,2')).toEqual({ encoding: 'utf-8', hasBom: false, isDamaged: false })
    expect(detect('客户')).toEqual({ encoding: 'utf-8', hasBom: false, isDamaged: false })
    expect(detect('a \uFFFD b')).toEqual({ encoding: 'utf-8', hasBom: false, isDamaged: false })
    expect(detect([0xef, 0xbb, 0xbf], 'a')).toEqual({
      encoding: 'utf-8',
      hasBom: true,
      isDamaged: false,
    })
    expect(detect(GBK)).toEqual({ encoding: 'gb18030', hasBom: false, isDamaged: false })
    expect(detect([0xff, 0xfe, 0x61, 0])).toMatchObject({ encoding: 'utf-16le', hasBom: true })
    expect(detect([0xfe], [0xff, 0, 0x61])).toMatchObject({ encoding: 'utf-16be', hasBom: true })
  })

  it('is the same however the bytes come in', () => {
    const bytes = [...Buffer.from('name\n'), ...GBK]
    expect(detect(...bytes.map((byte) => [byte]))).toMatchObject({
      encoding: 'gb18030',
      isDamaged: false,
    })
    expect(detect(...[...Buffer.from('客户')].map((byte) => [byte]))).toMatchObject({
      encoding: 'utf-8',
      isDamaged: false,
    })
  })

  it('stays UTF-8 for a Chinese text in which a byte is broken', () => {
    expect(detect('客户名称客户名称', [0xff], '客户')).toEqual({
      encoding: 'utf-8',
      hasBom: false,
      isDamaged: true,
    })
  })
})

describe('the delimiter of a file', () => {
  it('is the one that its first line has most of', () => {
    expect(detectDelimiter('a,b\n')).toBe(',')
    expect(detectDelimiter('a;b;"c,d,e,f"\n')).toBe(';')
    expect(detectDelimiter('\n\na\tb')).toBe('\t')
    expect(detectDelimiter('a|b|c,d')).toBe('|')
    expect(detectDelimiter('alone')).toBe(',')
    expect(detectDelimiter('')).toBe(',')
  })
})
