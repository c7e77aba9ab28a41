import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'

import { settled } from './settled.ts'

describe('a settled value', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is worked out once after the last change', () => {
    const text = ref('a')
    const work = vi.fn((given: string) => given.toUpperCase())
    const scope = effectScope()
    const result = scope.run(() => settled(() => text.value, work, { delay: 100 }))
    expect(result?.value).toBe('A')
    text.value = 'ab'
    text.value = 'abc'
    expect(result?.value).toBe('A')
    vi.advanceTimersByTime(100)
    expect(result?.value).toBe('ABC')
    expect(work).toHaveBeenCalledTimes(2)
    scope.stop()
  })

  it('is worked out at once where the change is great', () => {
    const keys = ref(['a'])
    const scope = effectScope()
    const result = scope.run(() =>
      settled(
        () => keys.value,
        (given) => given.length,
        { delay: 100, atOnce: () => keys.value.length },
      ),
    )
    keys.value = ['a', 'b']
    expect(result?.value).toBe(2)
    scope.stop()
  })
})
