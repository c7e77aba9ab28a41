import { describe, expect, it } from 'vitest'

import { diffEdits } from './diff-edits.ts'
import {
  componentsOf,
  definitionOf,
  type Draft,
  keyOf,
  putComponent,
  removeComponent,
  revertComponent,
} from './draft.ts'

const LABEL = { 'zh-CN': '客户', 'en-US': 'Account' }

function draftOf(): Draft {
  const released = [
    { kind: 'object' as const, name: 'account', definition: { label: LABEL }, layer: 'crm' },
    {
      kind: 'field' as const,
      name: 'account.city',
      definition: { type: 'text', label: 'City' },
      layer: 'crm',
    },
    {
      kind: 'approval_process' as const,
      name: 'big',
      definition: { label: 'Big', object: 'account', steps: [] },
      layer: 'crm',
    },
  ]
  return {
    released: new Map(released.map((one) => [keyOf(one.kind, one.name), one])),
    edits: new Map(),
  }
}

const longer = {
  kind: 'field' as const,
  name: 'account.city',
  definition: { type: 'text', label: 'Town' },
}

describe('a draft', () => {
  it('puts an edit over what is live and leaves the live one alone', () => {
    const before = draftOf()
    const after = putComponent(before, longer)
    expect(definitionOf(after, 'field', 'account.city')).toEqual(longer.definition)
    expect(definitionOf(before, 'field', 'account.city')).toEqual({ type: 'text', label: 'City' })
    expect(componentsOf(after).find((one) => one.name === 'account.city')?.state).toBe('changed')
  })

  it('has no edit when the definition says what is live, whatever the order of keys', () => {
    const after = putComponent(putComponent(draftOf(), longer), {
      ...longer,
      definition: { label: 'City', type: 'text' },
    })
    expect(after.edits.size).toBe(0)
  })

  it('shows what is new as the customer’s own', () => {
    const after = putComponent(draftOf(), {
      kind: 'field',
      name: 'account.tier__c',
      definition: { type: 'text', label: 'Tier' },
    })
    expect(componentsOf(after).at(-1)).toMatchObject({
      name: 'account.tier__c',
      state: 'added',
      layer: 'customer',
    })
  })

  it('removes an object with everything that belongs to it, and forgets what was never live', () => {
    const withNew = putComponent(draftOf(), {
      kind: 'field',
      name: 'account.tier__c',
      definition: { type: 'text', label: 'Tier' },
    })
    const after = removeComponent(withNew, 'object', 'account')
    expect(componentsOf(after)).toEqual([])
    expect([...after.edits]).toEqual([
      ['object account', { op: 'delete' }],
      ['field account.city', { op: 'delete' }],
      ['approval_process big', { op: 'delete' }],
    ])
  })

  it('takes an edit back', () => {
    const after = revertComponent(
      removeComponent(draftOf(), 'field', 'account.city'),
      'field',
      'account.city',
    )
    expect(after.edits.size).toBe(0)
    expect(definitionOf(after, 'field', 'account.city')).toEqual({ type: 'text', label: 'City' })
  })
})

describe('the calls that save a draft', () => {
  it('put, delete and drop what differs, objects before their parts', () => {
    const saved = putComponent(draftOf(), longer).edits
    const present = putComponent(
      putComponent(removeComponent(draftOf(), 'approval_process', 'big'), {
        kind: 'field',
        name: 'visit__c.date__c',
        definition: { type: 'date', label: 'Date' },
      }),
      { kind: 'object', name: 'visit__c', definition: { label: 'Visit' } },
    ).edits
    expect(
      diffEdits(saved, present).map((call) => `${call.call} ${call.kind} ${call.name}`),
    ).toEqual([
      'put object visit__c',
      'put field visit__c.date__c',
      'drop field account.city',
      'delete approval_process big',
    ])
  })

  it('are none when the server has everything', () => {
    const { edits } = putComponent(draftOf(), longer)
    expect(diffEdits(edits, new Map(edits))).toEqual([])
  })
})
