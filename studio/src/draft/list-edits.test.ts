import { createFieldTypes } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import type { Draft, Edit, ReleasedComponent } from './draft.ts'
import { listEdits } from './list-edits.ts'

const put = (definition: unknown): Edit => ({ op: 'put', definition })
const gone: Edit = { op: 'delete' }
const size = { type: 'number', label: 'Size' }

const released: [string, unknown][] = [
  ['object site', { label: 'Site' }],
  ['field site.size', size],
  ['field site.note', { type: 'text', label: 'Note' }],
  ['list_view site.big', { label: 'Big', columns: ['name', 'size'] }],
]

function draftOf(edits: Record<string, Edit>): Draft {
  const components = released.map(([key, definition]): [string, ReleasedComponent] => {
    const [kind = '', name = ''] = key.split(' ')
    return [key, { kind, name, definition, layer: 'customer' } as ReleasedComponent]
  })
  return { released: new Map(components), edits: new Map(Object.entries(edits)) }
}

const told = (edits: Record<string, Edit>): string[] =>
  listEdits(draftOf(edits), createFieldTypes()).map(({ op, key, from, follows }) =>
    [follows ? 'follows' : op, key, from].filter((part) => part !== undefined).join(' '),
  )

describe('the edits of a draft are told', () => {
  it('as added, changed and removed', () => {
    expect(
      told({
        'field site.size': put({ ...size, label: 'Area' }),
        'field site.note': gone,
        'field site.more': put(size),
      }),
    ).toEqual(['changed field site.size', 'removed field site.note', 'added field site.more'])
  })

  it('as one where a field has another name, and what speaks of it follows', () => {
    expect(
      told({
        'field site.size': gone,
        'field site.area': put({ ...size, former_names: ['size'] }),
        'list_view site.big': put({ label: 'Big', columns: ['name', 'area'] }),
      }),
    ).toEqual(['renamed field site.area site.size', 'follows list_view site.big'])
  })

  it('as one where an object has another name: its parts follow, unless more of them changes', () => {
    expect(
      told({
        'object site': gone,
        'object place': put({ label: 'Site', former_names: ['site'] }),
        'field site.size': gone,
        'field place.size': put(size),
        'field site.note': gone,
        'field place.note': put({ type: 'text', label: 'Remark' }),
        'list_view site.big': gone,
      }),
    ).toEqual([
      'renamed object place site',
      'follows field place.size',
      'changed field place.note',
      'removed list_view site.big',
    ])
  })
})
