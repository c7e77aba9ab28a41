import type { DescribedField } from '@trellis/metamodel'
import { useI18n } from 'vue-i18n'

/** What a field says of itself: its help, and of a roll-up what it is made of, as far as the reader may know it. */
export function useFieldNote(): (field: DescribedField) => string {
  const { t } = useI18n()
  const rolledUp = ({ rolled_up: made }: DescribedField): string => {
    if (!made) return ''
    const { fn, object_label: object, field_label: field = '', where } = made
    const isKnown = object !== undefined && (fn === 'count' || field !== '')
    if (!isKnown) return t('records.rolled_up.unknown')
    const what = t(`records.rolled_up.${fn}`, { object, field })
    return where === undefined ? what : t('records.rolled_up.some', { what })
  }
  return (field) => [field.help ?? '', rolledUp(field)].filter((text) => text !== '').join('\n')
}
