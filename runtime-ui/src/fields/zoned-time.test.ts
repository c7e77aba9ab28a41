import { describe, expect, it } from 'vitest'

import { formatAgo, formatDate, formatDatetime } from './format-date.ts'
import { momentOf, today, wallClock } from './zoned-time.ts'

const shanghai = { locale: 'zh-CN', timeZone: 'Asia/Shanghai', currency: 'CNY' } as const
const newYork = { ...shanghai, locale: 'en-US', timeZone: 'America/New_York' } as const

describe('the clock of a time zone', () => {
  it.each(['Asia/Shanghai', 'America/New_York', 'Europe/London', 'Asia/Kolkata', 'UTC'])(
    'in %s is read back as the moment it came from',
    (zone) => {
      for (const moment of [
        '2026-01-15T23:59:59.000Z',
        '2026-07-01T00:00:00.000Z',
        '2026-11-21T08:30:00.000Z',
      ]) {
        expect(momentOf(wallClock(moment, zone), zone)).toBe(moment)
      }
    },
  )

  it('decides which day it is', () => {
    const moment = new Date('2026-11-21T17:00:00Z')
    expect(today('Asia/Shanghai', moment)).toBe('2026-11-22')
    expect(today('America/New_York', moment)).toBe('2026-11-21')
  })

  it('gives a moment for a time that is skipped in spring', () => {
    expect(momentOf('2026-03-08 02:30:00', 'America/New_York')).toMatch(/^2026-03-08T0[67]:30/)
  })
})

describe('dates in words', () => {
  it('never shift with the time zone', () => {
    expect(formatDate('2026-11-01', 'zh-CN')).toBe('2026-11-01')
    expect(formatDate('2026-11-01', 'en-US')).toBe('Nov 1, 2026')
  })

  it('are of the reader for a moment', () => {
    expect(formatDatetime('2026-11-21T20:30:00.000Z', shanghai)).toBe('2026-11-22 04:30')
    expect(formatDatetime('2026-11-21T20:30:00.000Z', newYork)).toBe('Nov 21, 2026 15:30')
  })

  it('tell how long ago by the calendar of the reader', () => {
    const now = new Date('2026-11-21T01:00:00Z')
    expect(formatAgo('2026-11-20T23:30:00Z', shanghai, now)).toBe('1小时前')
    expect(formatAgo('2026-11-20T15:30:00Z', shanghai, now)).toBe('昨天')
    expect(formatAgo('2026-11-18T15:30:00Z', newYork, now)).toBe('2 days ago')
    expect(formatAgo('2026-10-01T15:30:00Z', newYork, now)).toBe('Oct 1, 2026')
  })
})
