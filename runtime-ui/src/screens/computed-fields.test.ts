import {
  compileModel,
  compileRights,
  createFieldTypes,
  describeObject,
  type DescribedObject,
} from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { deriveValues } from './resolve-defaults.ts'

const formula = (result: string, text: string): object => ({
  type: 'formula',
  label: text,
  result,
  formula: text,
})

function deal(): DescribedObject {
  const fields: Record<string, object> = {
    account: {
      type: 'lookup',
      label: 'Account',
      target: 'account',
      relationship: { name: 'deals' },
    },
    amount: { type: 'currency', label: 'Amount' },
    chance: { type: 'percent', label: 'Chance' },
    stage: { type: 'picklist', label: 'Stage', values: [{ code: 'won' }, { code: 'lost' }] },
    expected: formula('currency', 'IF(stage = "lost", 0, amount * chance)'),
    is_big: formula('checkbox', 'expected > 50'),
    grade: formula('text', 'IF(ISBLANK(stage), "", UPPER(TEXT(stage)))'),
    above: formula('text', 'account.name'),
  }
  const { model } = compileModel(
    [
      ...['user', 'account', 'deal'].map((name) => ({
        kind: 'object',
        name,
        definition: { label: name },
      })),
      ...Object.entries(fields).map(([name, definition]) => ({
        kind: 'field',
        name: `deal.${name}`,
        definition,
      })),
      {
        kind: 'permission_set',
        name: 'admin',
        definition: { label: 'Admin', system: ['modify_all_data'] },
      },
    ],
    createFieldTypes(),
  )
  if (!model) throw new Error('No model')
  const rights = compileRights(model, ['admin'])
  const reader = { locale: 'en-US', rights, permissionSets: ['admin'] } as const
  const described = describeObject(model, 'deal', reader)
  if (!described) throw new Error('No deal')
  return described
}

const conditions = { user: { id: '1' }, now: '2026-11-21T04:00:00Z', timeZone: 'Asia/Shanghai' }

describe('formulas in a form', () => {
  it('follow what is typed', () => {
    const object = deal()
    expect(
      deriveValues(object, { amount: 200, chance: 12.5, stage: null }, conditions),
    ).toMatchObject({ expected: 25, is_big: false, grade: null })
    expect(
      deriveValues(object, { amount: 1000.1, chance: 50, stage: 'won' }, conditions),
    ).toMatchObject({ expected: 500.05, is_big: true, grade: 'WON' })
  })

  it('keep what the server said where they read other records', () => {
    const record = { account: { id: '1', name: 'New' }, above: 'Old' }
    expect(deriveValues(deal(), record, conditions)['above']).toBe('Old')
  })
})
