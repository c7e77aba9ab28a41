import { type Approver, localize, type LocalizedText } from '@trellis/metamodel'
import { useI18n } from 'vue-i18n'

import { describeApprover } from '../draft/approval-commands.ts'
import { useDraft } from '../draft/draft-store.ts'
import { isObject } from '../draft/json.ts'
import { useWords } from './use-words.ts'

/** What a part of a list is called: its label, or what it refers to, in the words of the reader. */
export function useListTitle(): (item: unknown, object: string) => string {
  const words = useWords()
  const draft = useDraft()
  const { t } = useI18n()

  function approver(item: Approver, object: string): string {
    const names = {
      role: (name: string) =>
        localize(draft.definition('role', name)?.label, words.locale.value, name),
      field: (name: string) => words.path(object, name),
    }
    return describeApprover(item, names, words.locale.value)
  }

  function relationship(name: string, object: string): string {
    return words.say(draft.model.objects.get(object)?.relationships.get(name)?.label, name)
  }

  const readings: readonly [key: string, read: (word: string, object: string) => string][] = [
    ['relationship', relationship],
    ['field', (word, object) => words.path(object, word)],
    ['object', (word) => words.object(word)],
    [
      'dashboard',
      (word) => localize(draft.definition('dashboard', word)?.label, words.locale.value, word),
    ],
    ['name', (word) => word],
    ['fn', (word) => words.word(word)],
    ['type', (word) => words.word(word)],
  ]

  /** A record, a step or an expectation of a test. */
  function testPart(item: Record<string, unknown>): string {
    const doing = [item['act'], item['that']].find((one) => typeof one === 'string')
    const parts = [
      typeof item['object'] === 'string' ? words.object(item['object']) : '',
      String(item['record'] ?? ''),
      typeof doing === 'string' ? words.word(doing) : '',
      String(item['rule'] ?? ''),
      String(item['as'] ?? ''),
    ]
    return parts.filter((one) => one !== '').join(' · ')
  }

  return (item, object) => {
    if (!isObject(item)) return String(item ?? '')
    if ('record' in item || 'that' in item) return testPart(item)
    if (typeof item['by'] === 'string') return approver(item as Approver, object)
    const label = item['label'] as LocalizedText | undefined
    if (label !== undefined && label !== '') return words.say(label)
    for (const [key, read] of readings) {
      const word = item[key]
      if (typeof word === 'string' && word !== '') return read(word, object)
    }
    const { fields } = item
    return Array.isArray(fields)
      ? fields.map((field) => words.path(object, String(field))).join(', ')
      : t('studio.untitled')
  }
}
