import { describe, expect, it } from 'vitest'

import { findDrop } from './find-drop.ts'

/** Two columns of fields, then a field across, then an empty section below. */
const sections = [
  { section: 0, left: 0, top: 0, width: 400, height: 180 },
  { section: 1, left: 0, top: 200, width: 400, height: 60 },
]
const fields = [
  { section: 0, field: 0, isRow: false, left: 0, top: 30, width: 190, height: 50 },
  { section: 0, field: 1, isRow: false, left: 210, top: 30, width: 190, height: 50 },
  { section: 0, field: 2, isRow: true, left: 0, top: 100, width: 400, height: 70 },
]
const place = (x: number, y: number): string => {
  const drop = findDrop({ x, y }, sections, fields)
  return drop ? `${drop.section}.${drop.field}` : ''
}

describe('where a field would be dropped', () => {
  it('is before or after the field below the pointer', () => {
    expect(place(20, 50)).toBe('0.0')
    expect(place(170, 50)).toBe('0.1')
    expect(place(380, 50)).toBe('0.2')
  })

  it('is above or below a field that has a row for itself', () => {
    expect(place(200, 110)).toBe('0.2')
    expect(place(200, 165)).toBe('0.3')
  })

  it('is the beginning of an empty section', () => {
    expect(place(200, 230)).toBe('1.0')
    expect(place(200, 900)).toBe('1.0')
  })

  it('is nowhere while nothing is drawn', () => {
    expect(findDrop({ x: 1, y: 1 }, [], [])).toBeUndefined()
  })

  it('draws a line beside a field and across a row', () => {
    expect(findDrop({ x: 170, y: 50 }, sections, fields)?.line).toMatchObject({
      left: 196,
      width: 2,
      height: 50,
    })
    expect(findDrop({ x: 200, y: 165 }, sections, fields)?.line).toMatchObject({
      top: 176,
      width: 400,
      height: 2,
    })
  })
})
