import { createFieldTypes, fieldSchema, type Kind, KINDS } from '@trellis/metamodel'
import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'

import { studioMessages } from '../locales/index.ts'
import { blankBranch, branchOf, propertiesOf, shapeOf } from './schema-shape.ts'

interface Found {
  keys: Set<string>
  words: Set<string>
}

/** Every key and every word of choice that a schema can make a form show. */
function wordsOf(schema: TSchema): Found {
  const shape = shapeOf(schema)
  if (shape.is === 'choice') return { keys: new Set(), words: new Set(shape.words.map(String)) }
  if (shape.is === 'list') return wordsOf(shape.item)
  if (shape.is === 'object') {
    return together(shape.properties.map(({ key, schema: own }) => withKey(key, wordsOf(own))))
  }
  if (shape.is !== 'union') return together([])
  return together(
    shape.branches.map(({ word, by, schema: own }) => {
      const { keys, words } = wordsOf(own)
      return { keys: new Set([...keys].filter((key) => key !== by)), words: words.add(word) }
    }),
  )
}

function withKey(key: string, { keys, words }: Found): Found {
  return { keys: new Set([key, ...keys]), words }
}

function together(all: Found[]): Found {
  return {
    keys: new Set(all.flatMap(({ keys }) => [...keys])),
    words: new Set(all.flatMap(({ words }) => [...words])),
  }
}

const schemas: [string, TSchema][] = [
  ...(Object.keys(KINDS) as Kind[]).flatMap((kind): [string, TSchema][] =>
    KINDS[kind].schema ? [[kind, KINDS[kind].schema]] : [],
  ),
  ...[...createFieldTypes().values()].map((type): [string, TSchema] => [
    `field ${type.name}`,
    fieldSchema(type),
  ]),
]

describe('schemas as forms', () => {
  it.each(schemas)('%s: every key and word has a label in both languages', (name, schema) => {
    const { keys, words } = wordsOf(schema)
    for (const locale of ['zh-CN', 'en-US'] as const) {
      const { label, word, type } = studioMessages[locale].properties
      const known = { ...word, ...type } as Record<string, string>
      expect([...keys].filter((key) => !(key in label))).toEqual([])
      expect(
        [...words].filter((one) => known[one] === undefined && one !== name.slice('field '.length)),
      ).toEqual([])
    }
  })

  it('tell the branches of a union by their literal, or by the key that they have', () => {
    const approvers = propertiesOf(stepSchema()).find((property) => property.key === 'approvers')
    const list = approvers && shapeOf(approvers.schema)
    const union = list?.is === 'list' ? shapeOf(list.item) : undefined
    if (union?.is !== 'union') throw new Error('approvers is no list of a union')
    expect(union.branches.map((branch) => branch.word)).toEqual([
      'user',
      'role',
      'manager',
      'field',
    ])
    expect(branchOf(union.branches, { by: 'role', role: 'ceo' })?.word).toBe('role')
    expect(union.branches.map(blankBranch)).toEqual([
      { by: 'user', email: '' },
      { by: 'role', role: '' },
      { by: 'manager' },
      { by: 'field', field: '' },
    ])
  })
})

function stepSchema(): TSchema {
  const { schema } = KINDS.approval_process
  const steps = schema && propertiesOf(schema).find((property) => property.key === 'steps')
  const shape = steps && shapeOf(steps.schema)
  if (shape?.is !== 'list') throw new Error('steps is no list')
  return shape.item
}
