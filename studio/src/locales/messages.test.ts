import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'

import { studioMessages } from './index.ts'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, path = ''): [path: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    const at = path === '' ? key : `${path}.${key}`
    return typeof value === 'string' ? [[at, value]] : leaves(value, at)
  })
}

const zh = leaves(studioMessages['zh-CN'])
const en = leaves(studioMessages['en-US'])

describe('the texts of the studio', () => {
  it('exist in both languages', () => {
    expect(zh.map(([path]) => path).toSorted()).toEqual(en.map(([path]) => path).toSorted())
  })

  it('take the same parameters in both languages', () => {
    const parameters = (text: string): string[] =>
      [
        ...new Set(
          [...text.replace(/\{'[^']*'\}/g, '').matchAll(/\{(\w+)\}/g)].map(
            (match) => match[1] ?? '',
          ),
        ),
      ].toSorted()
    const english = new Map(en)
    for (const [path, text] of zh) {
      expect(parameters(text), path).toEqual(parameters(english.get(path) ?? ''))
    }
  })

  it.each(['zh-CN', 'en-US'] as const)('can be said in %s', (locale) => {
    const { global } = createI18n({
      legacy: false,
      locale,
      messages: studioMessages,
      missingWarn: false,
      fallbackWarn: false,
    })
    for (const [path] of zh) {
      const said = global.t(path, { n: 2 })
      expect(said, path).not.toBe('')
      expect(said, path).not.toBe(path)
    }
  })

  it('do not lose what follows a bar', () => {
    // A bar parts singular and plural: whoever counts says how many with {n}.
    for (const [path, text] of [...zh, ...en]) {
      if (text.replace(/\{'[^']*'\}/g, '').includes('|')) expect(text, path).toContain('{n}')
    }
  })
})
