import type { DescribedField } from '@trellis/metamodel'
import { reactive } from 'vue'
import { useI18n } from 'vue-i18n'

import { loadRecord } from '../../api/index.ts'
import {
  formatGeolocation,
  formatValue,
  isReferenceField,
  targetOf,
  useFieldContext,
} from '../../fields/index.ts'
import {
  type FilterCondition,
  type FilterPart,
  type FilterValue,
  isMe,
} from '../../screens/filter-tree.ts'
import { filterKind, periodParts } from '../../screens/filter-words.ts'
import { useModel } from '../../stores/model.ts'

const MOST_NAMED = 3

/** Names of records that filters mention by id, loaded when first asked for. */
const names = reactive(new Map<string, string>())

/** Remembers a name that is known already, e.g. because it was just chosen. */
export function rememberName(id: string, name: string): void {
  names.set(id, name)
}

function nameOf(object: string, id: string): string {
  const known = names.get(id)
  if (known !== undefined) return known
  names.set(id, '…')
  loadRecord(object, id).then(
    (record) => names.set(id, record.name),
    () => names.set(id, id.slice(0, 8)),
  )
  return '…'
}

/** A condition in words, in its three parts. */
export interface ConditionParts {
  label: string
  word: string
  values: string
}

export interface FilterText {
  conditionParts: (condition: FilterCondition) => ConditionParts
  /** "Stage is Proposal, Negotiation". */
  partText: (part: FilterPart) => string
  fieldLabel: (path: string) => string
  valueText: (field: DescribedField, value: FilterValue) => string
}

/** Filters in words. */
export function useFilterText(object: () => string): FilterText {
  const { t, te, locale } = useI18n()
  const model = useModel()
  const context = useFieldContext()

  function fieldLabel(path: string): string {
    const field = model.field(object(), path)
    const parent = path.includes('.') ? model.field(object(), path.split('.')[0] ?? '') : undefined
    return [parent?.label, field?.label ?? path].filter(Boolean).join(' · ')
  }

  function valueText(field: DescribedField, value: FilterValue): string {
    if (isMe(value)) return t('lists.filter_me')
    if (isReferenceField(field) && typeof value === 'string') return nameOf(targetOf(field), value)
    return formatValue(field, value, { context, short: true })
  }

  function periodText(period: string): string {
    const { name, count } = periodParts(period)
    const key = `lists.periods.${name}`
    return te(key, locale.value) ? t(key).replace('N', String(count ?? '')) : period
  }

  function placeText([latitude, longitude, km]: readonly FilterValue[]): string {
    const place = formatGeolocation({ latitude, longitude })
    return t('lists.filter_km_of', { km: String(km), place })
  }

  function valuesText(field: DescribedField, { word, values }: FilterCondition): string {
    if (word === 'in_period') return periodText(String(values[0] ?? ''))
    if (word === 'within_km') return placeText(values)
    if (word === 'between') return values.map((value) => valueText(field, value)).join(' – ')
    const shown = values.slice(0, MOST_NAMED).map((value) => valueText(field, value))
    const more =
      values.length > MOST_NAMED ? [t('lists.filter_n_values', { n: values.length })] : []
    return [...(more.length > 0 ? shown.slice(0, 1) : shown), ...more].join(
      locale.value === 'zh-CN' ? '、' : ', ',
    )
  }

  function conditionParts(condition: FilterCondition): ConditionParts {
    const field = model.field(object(), condition.path)
    if (field === undefined) return { label: condition.path, word: '', values: '' }
    const kind = filterKind(field)
    const dated =
      kind === 'date' && te(`lists.date_words.${condition.word}`) ? 'date_words' : 'words'
    const word = kind === 'boolean' ? t('lists.words.eq') : t(`lists.${dated}.${condition.word}`)
    return { label: fieldLabel(condition.path), word, values: valuesText(field, condition) }
  }

  function partText(part: FilterPart): string {
    if (part.kind === 'condition') {
      const { label, word, values } = conditionParts(part)
      return [label, word, values].filter((text) => text !== '').join(' ')
    }
    if (part.kind === 'other') return t('lists.filter_formula')
    const joined = part.parts.map((one) =>
      one.kind === 'group' ? `(${partText(one)})` : partText(one),
    )
    return joined.join(` ${t(part.join === 'and' ? 'lists.filter_and' : 'lists.filter_or')} `)
  }

  return { partText, conditionParts, fieldLabel, valueText }
}
