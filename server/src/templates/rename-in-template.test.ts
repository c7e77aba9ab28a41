import type { Renaming } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { renameInTemplate } from './rename-in-template.ts'

/** `amt` is `amount`, of records of lists `n` is `number`. */
const renaming: Renaming = {
  path: (path) => path.replace(/(?<=^|\.)amt$/, 'amount'),
  behind: () => ({ path: (path) => (path === 'n' ? 'number' : path), behind: () => renaming }),
}

describe('renameInTemplate', () => {
  it('renames what is read, wherever it is read, and no other text', () => {
    const text = [
      'amt {{amt}} {{money amt}} {{parent.amt}} {{label "amt"}} {{"amt"}}',
      '{{#each lines}}{{n}} {{amt}} {{../amt}} {{@root.amt}}{{else}}{{n}} {{amt}}{{/each}}',
      '{{sum lines "n"}} {{money (sum lines "n")}} {{#if (eq amt 1)}}{{amt}}{{/if}}',
      '{{#with parent}}{{amt}}{{/with}}',
    ].join('\n')
    expect(renameInTemplate(text, renaming)).toBe(
      [
        'amt {{amount}} {{money amount}} {{parent.amount}} {{label "amount"}} {{"amt"}}',
        '{{#each lines}}{{number}} {{amt}} {{../amount}} {{@root.amount}}{{else}}{{n}} {{amount}}{{/each}}',
        '{{sum lines "number"}} {{money (sum lines "number")}} {{#if (eq amount 1)}}{{amount}}{{/if}}',
        '{{#with parent}}{{amount}}{{/with}}',
      ].join('\n'),
    )
  })

  it('leaves a text that does not parse as it is', () => {
    expect(renameInTemplate('{{#each amt}}', renaming)).toBe('{{#each amt}}')
  })
})
