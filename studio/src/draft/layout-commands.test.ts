import type { PageLayoutDefinition } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import {
  addSection,
  moveSection,
  nudgeField,
  placedFields,
  placeField,
  removeSection,
  setLayoutField,
  setSection,
  takeField,
} from './layout-commands.ts'

const layout: PageLayoutDefinition = {
  sections: [
    { name: 'main', fields: [{ field: 'a' }, { field: 'b', required: true }, { field: 'c' }] },
    { name: 'more', fields: [{ field: 'd' }] },
  ],
}
const read = (one: PageLayoutDefinition): string =>
  one.sections
    .map((section) => `${section.name}:${section.fields.map((field) => field.field).join('')}`)
    .join(' ')

describe('placing fields', () => {
  it('puts a new field at a place', () => {
    expect(read(placeField(layout, 'x', { section: 0, field: 1 }))).toBe('main:axbc more:d')
    expect(read(placeField(layout, 'x', { section: 1, field: 99 }))).toBe('main:abc more:dx')
  })

  it('moves a field forward and back within its section', () => {
    expect(read(placeField(layout, 'a', { section: 0, field: 2 }))).toBe('main:bac more:d')
    expect(read(placeField(layout, 'c', { section: 0, field: 0 }))).toBe('main:cab more:d')
    expect(read(placeField(layout, 'a', { section: 0, field: 0 }))).toBe('main:abc more:d')
    expect(read(placeField(layout, 'a', { section: 0, field: 1 }))).toBe('main:abc more:d')
  })

  it('moves a field into another section with its settings', () => {
    const moved = placeField(layout, 'b', { section: 1, field: 0 })
    expect(read(moved)).toBe('main:ac more:bd')
    expect(moved.sections[1]?.fields[0]).toEqual({ field: 'b', required: true })
  })

  it('takes a field off', () => {
    expect([...placedFields(takeField(layout, 'd'))]).toEqual(['a', 'b', 'c'])
  })

  it('steps over the border of a section by keys', () => {
    expect(read(nudgeField(layout, 'b', -1))).toBe('main:bac more:d')
    expect(read(nudgeField(layout, 'c', 1))).toBe('main:ab more:cd')
    expect(read(nudgeField(layout, 'd', -1))).toBe('main:abcd more:')
    expect(read(nudgeField(layout, 'd', 1))).toBe('main:abc more:d')
  })
})

describe('sections', () => {
  it('are added with a name of their own', () => {
    const twice = addSection(addSection(layout, 0), 0)
    expect(twice.sections.map((section) => section.name)).toEqual([
      'main',
      'section_2',
      'section',
      'more',
    ])
  })

  it('leave their fields to their neighbour when they go', () => {
    expect(read(removeSection(layout, 1))).toBe('main:abcd')
    expect(read(removeSection(layout, 0))).toBe('more:dabc')
    expect(
      removeSection({ sections: [layout.sections[0] ?? { name: 'x', fields: [] }] }, 0).sections,
    ).toHaveLength(1)
  })

  it('are moved', () => {
    expect(read(moveSection(layout, 1, 0))).toBe('more:d main:abc')
    expect(read(moveSection(layout, 0, -1))).toBe('main:abc more:d')
  })

  it('write no defaults', () => {
    expect(setSection(layout, 1, { collapsed: true, columns: 1 }).sections[1]).toEqual({
      name: 'more',
      columns: 1,
      collapsed: true,
      fields: [{ field: 'd' }],
    })
    expect(
      setSection(setSection(layout, 1, { collapsed: true }), 1, { collapsed: false }).sections[1],
    ).toEqual(layout.sections[1])
    expect(setLayoutField(layout, 'b', { required: false }).sections[0]?.fields[1]).toEqual({
      field: 'b',
    })
  })
})
