import { describe, expect, it } from 'vitest'

import { createFieldTypes } from '../field-types/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import { compileModel } from './compile-model.ts'

const told = (...components: RawComponent[]): string[] =>
  compileModel(components, createFieldTypes()).problems.map(
    ({ kind, name, code }) => `${kind} ${name} ${code}`,
  )

const name = { kind: 'field', name: 'visit.topic', definition: { type: 'text', label: 'Topic' } }
const call = { kind: 'object', name: 'call', definition: { label: 'Call' } }
const to = {
  kind: 'field',
  name: 'call.visit',
  definition: { type: 'lookup', label: 'Visit', target: 'visit' },
}

describe('the problems of a model', () => {
  it('tell a faulty object once, not again of all that belongs or refers to it', () => {
    const visit = { kind: 'object', name: 'visit', definition: { label: 'Visit', colour: 'red' } }
    expect(told(visit, name, call, to)).toEqual(['object visit unknown_key'])
  })

  it('tell of everything that belongs or refers to an object that is not there', () => {
    expect(told(name, call, to)).toEqual([
      'field visit.topic unknown_object',
      'field call.visit unknown_object',
    ])
  })
})
