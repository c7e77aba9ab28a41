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

/** The text without `{'…'}`, which is said as it is written. */
function withoutLiterals(text: string): string {
  return text.replace(/\{'[^']*'\}/g, '')
}

function parameters(text: string): string {
  const names = [...withoutLiterals(text).matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  return [...new Set(names)].toSorted().join(' ')
}

const zh = leaves(studioMessages['zh-CN'])
const en = leaves(studioMessages['en-US'])

describe('the texts of the studio', () => {
  it('exist in both languages', () => {
    expect(zh.map(([path]) => path).toSorted()).toEqual(en.map(([path]) => path).toSorted())
  })

  it('take the same parameters in both languages', () => {
    const english = new Map(en)
    const different = zh.filter(
      ([path, text]) => parameters(text) !== parameters(english.get(path) ?? ''),
    )
    expect(different).toEqual([])
  })

  it.each(['zh-CN', 'en-US'] as const)('can be said in %s', (locale) => {
    const { global } = createI18n({
      legacy: false,
      locale,
      messages: studioMessages,
      missingWarn: false,
      fallbackWarn: false,
    })
    const unsaid = zh
      .map(([path]) => path)
      .filter((path) => ['', path].includes(global.t(path, { n: 2 })))
    expect(unsaid).toEqual([])
  })

  it('do not lose what follows a bar: it parts one from many, and whoever counts says how many', () => {
    const barred = [...zh, ...en].filter(([, text]) => withoutLiterals(text).includes('|'))
    expect(barred.filter(([, text]) => !text.includes('{n}'))).toEqual([])
  })
})
