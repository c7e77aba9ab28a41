import type { DescribedField, DescribedValue } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { resolveStagePath } from './resolve-stage-path.ts'

const value = (code: string, kind?: DescribedValue['kind'], active = true): DescribedValue => ({
  code,
  label: code,
  color: 'blue',
  active,
  ...(kind ? { kind } : {}),
})
const stage = {
  values: [
    value('new', 'open'),
    value('old', 'open', false),
    value('talks', 'open'),
    value('won', 'won'),
    value('lost', 'lost'),
    value('void', 'lost'),
  ],
} as DescribedField

function shape(code: string | null): string {
  return resolveStagePath(stage, code)
    .steps.map((step) => `${step.value.code}:${step.state}`)
    .join(' ')
}

describe('resolveStagePath', () => {
  it('shows the way, what is behind and what is next', () => {
    expect(shape('talks')).toBe('new:done talks:current won:coming')
    const path = resolveStagePath(stage, 'talks')
    expect(path.next?.code).toBe('won')
    expect(path.endings.map(({ code }) => code)).toEqual(['lost', 'void'])
  })

  it('has no next behind the last, and the first as next of none', () => {
    expect(resolveStagePath(stage, 'won').next).toBe(null)
    expect(resolveStagePath(stage, null).next?.code).toBe('new')
  })

  it('ends in the ending of a lost record, with nothing done', () => {
    expect(shape('lost')).toBe('new:coming talks:coming lost:current')
    expect(resolveStagePath(stage, 'lost')).toMatchObject({ isLost: true, next: null })
  })

  it('keeps a retired stage on the records that have it', () => {
    expect(shape('old')).toBe('new:done old:current talks:coming won:coming')
  })
})
