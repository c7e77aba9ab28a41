import { describe, expect, it } from 'vitest'

import { renderTemplate, type TemplateData } from './render-template.ts'
import { templatePaths } from './template-paths.ts'

const READER = { locale: 'en-US', timeZone: 'Asia/Shanghai' } as const
const render = (
  text: string,
  record: Record<string, unknown> = {},
  objectOf: TemplateData['objectOf'] = () => undefined,
): string => renderTemplate(text, { record, objectOf }, READER)

describe('a template', () => {
  it('is filled, every value escaped', () => {
    expect(
      render('{{name}} {{account.name}}{{gone.name}}', { name: '<i>&"', account: { name: 'A' } }),
    ).toBe('&lt;i&gt;&amp;&quot; A')
    expect(
      render('{{#each lines}}{{@index}}{{n}}{{#unless @last}},{{/unless}}{{else}}none{{/each}}', {
        lines: [{ n: 'a' }, { n: 'b' }],
      }),
    ).toBe('0a,1b')
    expect(render('{{#each lines}}x{{else}}none{{/each}}', { lines: [] })).toBe('none')
    expect(render('{{#if (eq stage "won")}}yes{{else}}no{{/if}}', { stage: 'won' })).toBe('yes')
  })

  it('formats numbers, money, sums and days exactly', () => {
    expect(
      render('{{money a}} {{money b}} {{money c}}', { a: 1234.5, b: 999_999_999_999.99, c: null }),
    ).toBe('1,234.50 999,999,999,999.99 ')
    expect(render('{{number a}} {{number a 1}}', { a: 0.15 })).toBe('0.15 0.2')
    expect(
      render('{{sum lines "n"}} {{money (sum lines "n")}}', {
        lines: [{ n: 0.1 }, { n: 0.2 }, { n: null }],
      }),
    ).toBe('0.3 0.30')
    expect(
      render('{{date d}}|{{date t}}|{{date x}}', {
        d: '2026-11-21',
        t: '2026-11-21T20:00:00.000Z',
        x: 'soon',
      }),
    ).toBe('Nov 21, 2026|Nov 22, 2026|')
    expect(render('{{rmb_capitals a}}{{rmb_capitals b}}', { a: 12, b: 'x' })).toBe('壹拾贰元整')
  })

  it('reaches nothing but its data (Strapi CVE-2023-22621, Handlebars CVE-2026-33938, CVE-2026-33941, CVE-2026-33916)', () => {
    for (const text of [
      '{{constructor.constructor}}',
      '{{__proto__}}',
      '{{#with this}}{{constructor}}{{/with}}',
      '{{{name}}}',
      '{{> x}}',
      '{{lookup this "name"}}',
      '{{log name}}',
      '{{frob name}}',
      '{{#each',
    ]) {
      expect(() => render(text, { name: 'x' }), text).toThrow()
    }
    expect(render('{{toString}}{{hasOwnProperty}}{{name.length}}', { name: 'abc' })).toBe('3')
  })

  it('is stopped when it grows out of bounds', () => {
    const list = Array.from({ length: 1000 }, () => ({ n: 1 }))
    const nested = '{{#each ../lines}}{{#each ../../lines}}x{{/each}}{{/each}}'
    expect(() => render(`{{#each lines}}${nested}{{/each}}`, { lines: list })).toThrow(
      'too much text',
    )
  })

  it('tells what it reads', () => {
    expect(
      templatePaths(
        '{{name}}{{#each lines}}{{product.name}}{{/each}}{{label "status"}}{{#if a}}{{@root.b}}{{/if}}',
      ),
    ).toEqual(expect.arrayContaining(['a', 'lines', 'name', 'product.name', 'status']))
  })
})
