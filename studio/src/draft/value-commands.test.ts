import { describe, expect, it } from 'vitest'

import { definitionOf, type Draft, keyOf, type ReleasedComponent } from './draft.ts'
import {
  liveValuesOf,
  mayBeEmptied,
  putValues,
  removeValue,
  replacementOf,
  replaceValue,
  restoreValue,
  valuesOf,
} from './value-commands.ts'

const values = (...codes: string[]): { code: string }[] => codes.map((code) => ({ code }))

function draftOf(...components: Omit<ReleasedComponent, 'layer'>[]): Draft {
  const released = components.map((one) => ({ ...one, layer: 'crm' }))
  return {
    released: new Map(released.map((one) => [keyOf(one.kind, one.name), one])),
    edits: new Map(),
  }
}

const grade = { kind: 'field', name: 'account.grade' } as const
const source = { kind: 'picklist', name: 'source' } as const

const before = draftOf(
  { kind: 'object', name: 'account', definition: { label: 'Account' } },
  {
    ...grade,
    definition: {
      type: 'picklist',
      label: 'Grade',
      values: values('gold', 'silver', 'tin'),
      default: 'tin',
      replaced_values: { lead: 'tin' },
    },
  },
  {
    kind: 'field',
    name: 'account.perk',
    definition: {
      type: 'picklist',
      label: 'Perk',
      values: values('lounge', 'tea'),
      controlled_by: {
        field: 'grade',
        values: { gold: ['lounge'], silver: ['lounge'], tin: ['tea'] },
      },
    },
  },
  {
    kind: 'record_type',
    name: 'account.small',
    definition: {
      label: 'Small',
      values: { grade: { codes: ['tin', 'silver'], default: 'tin' } },
    },
  },
  {
    kind: 'record_type',
    name: 'account.tiny',
    definition: { label: 'Tiny', values: { grade: { codes: ['tin'] } } },
  },
  {
    kind: 'approval_process',
    name: 'downgrade',
    definition: { label: 'Downgrade', object: 'account', steps: [], on_approve: { grade: 'tin' } },
  },
  {
    kind: 'validation_rule',
    name: 'account.no_tin',
    definition: { error_if: { '==': [{ var: 'grade' }, 'tin'] }, message: 'No' },
  },
  { ...source, definition: { label: 'Source', values: values('web', 'fair') } },
  {
    kind: 'field',
    name: 'account.source',
    definition: { type: 'picklist', label: 'Source', values_of: 'source' },
  },
  {
    kind: 'field',
    name: 'lead.source',
    definition: { type: 'picklist', label: 'Source', values_of: 'source', required: true },
  },
)

const field = (draft: Draft, name: string) => definitionOf(draft, 'field', name)

describe('a value that is removed', () => {
  const after = removeValue(before, grade, { code: 'tin', next: 'silver' })

  it('is replaced on the records, also where it was itself to take the place of others', () => {
    expect(valuesOf(after, grade)).toEqual(values('gold', 'silver'))
    expect(field(after, grade.name)?.replaced_values).toEqual({ lead: 'silver', tin: 'silver' })
  })

  it('is replaced where definitions offer it or set it', () => {
    expect(field(after, grade.name)?.default).toBe('silver')
    expect(field(after, 'account.perk')?.controlled_by?.values).toEqual({
      gold: ['lounge'],
      silver: ['lounge', 'tea'],
    })
    expect(definitionOf(after, 'record_type', 'account.small')?.values).toEqual({
      grade: { codes: ['silver'], default: 'silver' },
    })
    expect(definitionOf(after, 'approval_process', 'downgrade')?.on_approve).toEqual({
      grade: 'silver',
    })
  })

  it('stays in conditions, which people are to judge', () => {
    expect(after.edits.has('validation_rule account.no_tin')).toBe(false)
  })

  it('may leave nothing behind; a type that offered nothing else is left for people', () => {
    const empty = removeValue(before, grade, { code: 'tin', next: '' })
    expect(field(empty, grade.name)).not.toHaveProperty('default')
    expect(field(empty, grade.name)?.replaced_values).toEqual({ lead: '', tin: '' })
    expect(definitionOf(empty, 'record_type', 'account.small')?.values).toEqual({
      grade: { codes: ['silver'] },
    })
    expect(empty.edits.has('record_type account.tiny')).toBe(false)
    expect(empty.edits.has('approval_process downgrade')).toBe(false)
  })

  it('comes back where it was, and is not replaced any more', () => {
    const back = restoreValue(after, grade, 'tin')
    expect(valuesOf(back, grade)).toEqual(values('gold', 'silver', 'tin'))
    expect(replacementOf(back, grade, 'tin')).toBeUndefined()
    expect(field(back, grade.name)?.replaced_values).toEqual({ lead: 'silver' })
  })

  it('can be answered later', () => {
    const open = putValues(before, grade, values('gold', 'silver'))
    expect(replacementOf(open, grade, 'tin')).toBeUndefined()
    const answered = replaceValue(open, grade, { code: 'tin', next: 'gold' })
    expect(replacementOf(answered, grade, 'tin')).toBe('gold')
  })
})

describe('a value of a shared picklist', () => {
  it('is replaced in every field that has it', () => {
    const after = removeValue(before, source, { code: 'fair', next: 'web' })
    expect(valuesOf(after, source)).toEqual(values('web'))
    for (const name of ['account.source', 'lead.source']) {
      expect(field(after, name)?.replaced_values).toEqual({ fair: 'web' })
    }
    expect(liveValuesOf(after, source)).toEqual(values('web', 'fair'))
  })

  it('must be replaced by one where any of them is required', () => {
    expect(mayBeEmptied(before, source)).toBe(false)
    expect(mayBeEmptied(before, grade)).toBe(true)
  })
})

describe('a record type that is removed', () => {
  const owner = { kind: 'object', name: 'visit' } as const
  const types = draftOf(
    { kind: 'object', name: 'visit', definition: { label: 'Visit' } },
    ...['site', 'call', 'mail'].map((one) => ({
      kind: 'record_type' as const,
      name: `visit.${one}`,
      definition: { label: one },
    })),
    {
      kind: 'permission_set',
      name: 'seller',
      definition: { label: 'Seller', objects: { visit: { record_types: ['site', 'mail'] } } },
    },
    {
      kind: 'page_layout',
      name: 'visit.site',
      definition: { sections: [], record_types: ['site'] },
    },
  )
  const after = removeValue(types, owner, { code: 'site', next: 'call' })

  it('leaves its records to another one, and so does whatever names it', () => {
    expect(valuesOf(after, owner).map(({ code }) => code)).toEqual(['call', 'mail'])
    expect(replacementOf(after, owner, 'site')).toBe('call')
    expect(definitionOf(after, 'permission_set', 'seller')?.objects?.['visit']).toEqual({
      record_types: ['call', 'mail'],
    })
    expect(definitionOf(after, 'page_layout', 'visit.site')?.record_types).toEqual(['call'])
  })

  it('leaves a list that would be empty to people: it would mean all types', () => {
    const none = removeValue(types, owner, { code: 'site', next: '' })
    expect(definitionOf(none, 'object', 'visit')?.replaced_record_types).toEqual({ site: '' })
    expect(none.edits.has('page_layout visit.site')).toBe(false)
  })

  it('comes back, and leaves nothing to others any more', () => {
    const back = restoreValue(after, owner, 'site')
    expect(valuesOf(back, owner)).toEqual(liveValuesOf(back, owner))
    expect(replacementOf(back, owner, 'site')).toBeUndefined()
    expect(back.edits.has('object visit')).toBe(false)
  })
})
