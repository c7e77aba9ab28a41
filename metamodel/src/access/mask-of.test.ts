import { describe, expect, it } from 'vitest'

import { createFieldTypes } from '../field-types/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import { compileModel } from '../model/index.ts'
import { maskOf } from './mask-of.ts'

const FIELDS: Readonly<Record<string, object>> = {
  phone: { type: 'phone' },
  email: { type: 'email' },
  number: { type: 'number' },
  money: { type: 'currency' },
  percent: { type: 'percent' },
  text: { type: 'text' },
  date: { type: 'date' },
  checkbox: { type: 'checkbox' },
  picklist: { type: 'picklist', values: [{ code: 'a' }] },
  account_no: { type: 'text', sensitive: 'bank_account' },
  landline: { type: 'phone', sensitive: 'full' },
  born: { type: 'date', sensitive: 'id_number' },
  choice: { type: 'picklist', values: [{ code: 'a' }], sensitive: 'name' },
  total: { type: 'currency', sensitive: 'name' },
  doubled: { type: 'currency', derive: { '*': [{ var: 'number' }, 2] } },
  said: { type: 'text', sensitive: 'name', derive: { concat: [{ var: 'text' }, '!'] } },
}

const components: RawComponent[] = [
  { kind: 'object', name: 'user', definition: { label: 'User' } },
  { kind: 'object', name: 'person', definition: { label: 'Person' } },
  ...Object.entries(FIELDS).map(([name, definition]) => ({
    kind: 'field',
    name: `person.${name}`,
    definition: { label: name, ...definition },
  })),
]
const { model, problems } = compileModel(components, createFieldTypes())

describe('the mask of a field', () => {
  it.each([
    ['phone', 'phone'],
    ['email', 'email'],
    ['number', 'amount'],
    ['money', 'amount'],
    ['percent', 'amount'],
    ['name', 'name'],
    ['text', 'full'],
    ['date', 'full'],
    ['checkbox', 'full'],
    ['picklist', 'full'],
    ['owner', 'full'],
    ['account_no', 'bank_account'],
    ['landline', 'full'],
    // Of what is no text, nothing can be shown in part, whatever the field says.
    ['born', 'full'],
    ['choice', 'full'],
    ['total', 'amount'],
    // Nor of what is made of other fields.
    ['doubled', 'full'],
    ['said', 'full'],
  ] as const)('%s is %s', (name, mask) => {
    const field = model?.objects.get('person')?.fields.get(name)
    expect(field, JSON.stringify(problems)).toBeDefined()
    expect(field && maskOf(field)).toBe(mask)
  })
})
