import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  addMonths,
  addMonthsToMoment,
  dateIn,
  isTimeZone,
  momentAt,
  startOfDay,
  toDay,
  wallClock,
} from './calendar.ts'
import { isPeriod, PERIOD_NAMES, periodText, resolvePeriod } from './relative-period.ts'

const clock = { now: '2026-11-21T08:00:00.000Z', timeZone: 'Asia/Shanghai' }
const moment = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2036-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())
const zone = fc.constantFrom(
  'UTC',
  'Asia/Shanghai',
  'America/New_York',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Apia',
  'America/Havana',
)
const period = fc.constantFrom(
  ...PERIOD_NAMES,
  'last_n_days:30',
  'next_n_months:18',
  'last_n_weeks:9',
)

describe('resolvePeriod', () => {
  it.each([
    ['today', '2026-11-21', '2026-11-22'],
    ['this_week', '2026-11-16', '2026-11-23'],
    ['last_quarter', '2026-07-01', '2026-10-01'],
    ['last_n_days:30', '2026-10-22', '2026-11-22'],
    ['next_n_days:7', '2026-11-22', '2026-11-29'],
    ['last_n_months:3', '2026-08-01', '2026-11-01'],
    ['last_n_years:9999', '0001-01-01', '2026-01-01'],
    ['next_n_years:9999', '2027-01-01', '9999-12-31'],
  ])('%s is from %s to before %s', (name, from, to) => {
    expect(resolvePeriod(name, clock)).toEqual({ from, to })
  })

  it('begins fiscal years in any month', () => {
    for (let fiscalYearStart = 1; fiscalYearStart <= 12; fiscalYearStart++) {
      const { from, to } = resolvePeriod('fiscal_year', { ...clock, fiscalYearStart })
      expect(Number(from.slice(5, 7))).toBe(fiscalYearStart)
      expect(addMonths(from, 12)).toBe(to)
      expect(from <= '2026-11-21' && '2026-11-21' < to).toBe(true)
    }
  })

  it('refuses what names no period', () => {
    for (const name of [
      '',
      'Today',
      'last_n_days',
      'last_n_days:0',
      'last_n_days:-1',
      'last_n_days:12345',
      'toString',
    ]) {
      expect(isPeriod(name)).toBe(false)
      expect(() => resolvePeriod(name, clock)).toThrow(RangeError)
    }
  })

  it('has words for every period', () => {
    expect(PERIOD_NAMES.filter((name) => periodText(name) === undefined)).toEqual([])
    expect(periodText('last_n_months:1')).toEqual({
      'en-US': 'in the last 1 month',
      'zh-CN': '过去 1 个月',
    })
  })

  it('is never empty, and this, last and next lie side by side', () => {
    fc.assert(
      fc.property(period, moment, zone, (name, now, timeZone) => {
        const { from, to } = resolvePeriod(name, { now, timeZone })
        expect(from < to).toBe(true)
      }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom('week', 'month', 'quarter', 'year', 'fiscal_quarter', 'fiscal_year'),
        moment,
        zone,
        fc.integer({ min: 1, max: 12 }),
        (unit, now, timeZone, fiscalYearStart) => {
          const [last, present, next] = ['last', 'this', 'next'].map((word) =>
            resolvePeriod(`${word}_${unit}`, { now, timeZone, fiscalYearStart }),
          )
          const today = dateIn(now, timeZone)
          expect([last?.to, present?.to]).toEqual([present?.from, next?.from])
          expect(today >= (present?.from ?? '') && today < (present?.to ?? '')).toBe(true)
        },
      ),
    )
  })
})

describe('the calendar', () => {
  it('knows time zones by their IANA names only', () => {
    expect(['Asia/Shanghai', 'UTC', 'America/New_York'].every(isTimeZone)).toBe(true)
    expect(['+08:00', 'Nowhere/City', '', 'UTC+8'].some(isTimeZone)).toBe(false)
  })

  it('begins a day at its first moment', () => {
    fc.assert(
      fc.property(moment, zone, (now, timeZone) => {
        const today = dateIn(now, timeZone)
        const start = startOfDay(today, timeZone) ?? ''
        expect(start <= now).toBe(true)
        expect(dateIn(start, timeZone)).toBe(today)
        const justBefore = new Date(Date.parse(start) - 1).toISOString()
        expect(dateIn(justBefore, timeZone) < today).toBe(true)
      }),
    )
  })

  it.each([
    // The clocks go from 0:00 to 1:00.
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
    // They go back from 1:00 to 0:00, so that midnight comes twice.
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
    // 30 December 2011 did not take place: the next day begins where it would have.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['1900-01-01', 'Asia/Shanghai', '1899-12-31T15:54:17.000Z'],
  ])('begins %s in %s at %s', (date, timeZone, start) => {
    expect(startOfDay(date, timeZone)).toBe(start)
  })

  it('moves by months and back to the same month', () => {
    const date = fc
      .date({ min: new Date('1000-01-01'), max: new Date('8000-12-31'), noInvalidDate: true })
      .map((day) => day.toISOString().slice(0, 10))
    fc.assert(
      fc.property(date, fc.integer({ min: -6000, max: 6000 }), (start, months) => {
        const moved = addMonths(start, months) ?? ''
        expect(toDay(moved)).not.toBeNaN()
        expect(addMonths(moved, -months)?.slice(0, 7)).toBe(start.slice(0, 7))
        expect(monthIndex(moved) - monthIndex(start)).toBe(months)
      }),
    )
  })

  it('keeps the time on the clock when a moment moves by months', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -24, max: 24 }), (start, months) => {
        const moved = addMonthsToMoment(start, months, 'Asia/Shanghai') ?? ''
        // Shanghai changed its clocks until 1991.
        fc.pre(start > '1992' && moved > '1992')
        expect(moved.slice(11)).toBe(start.slice(11))
      }),
    )
  })
})

describe('the clock on the wall', () => {
  it('is shown at a moment, with thousandths if there are any', () => {
    expect(wallClock('2026-11-21T08:00:00.000Z', 'Asia/Shanghai')).toBe('2026-11-21 16:00:00')
    expect(wallClock('2026-12-01T13:00:00.250Z', 'America/New_York')).toBe(
      '2026-12-01 08:00:00.250',
    )
  })

  it.each([
    ['2026-11-21T08:00:00.000Z', 'Asia/Shanghai', '2026-11-21T00:00:00.000Z'],
    ['2026-07-01T08:00:00.000Z', 'America/New_York', '2026-07-01T12:00:00.000Z'],
    ['2026-12-01T08:00:00.250Z', 'America/New_York', '2026-12-01T13:00:00.250Z'],
    ['2026-03-29T01:30:00.000Z', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['9999-12-31T23:30:00.000Z', 'America/New_York', null],
  ])('shows %s in %s at %s', (shown, timeZone, at) => {
    expect(momentAt(shown, timeZone)).toBe(at)
  })

  it('leads back to a moment that shows the same', () => {
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const shown = wallClock(at, timeZone)
        const back = momentAt(`${shown.replace(' ', 'T')}Z`, timeZone) ?? ''
        expect(wallClock(back, timeZone)).toBe(shown)
      }),
    )
  })
})

function monthIndex(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7))
}
