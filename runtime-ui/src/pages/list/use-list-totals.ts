import { useQuery } from '@tanstack/vue-query'
import type { AggregateQuery, Expression } from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { aggregateRecords, queryKeys } from '../../api/index.ts'
import {
  formatNumber,
  formatShort,
  formatShortMoney,
  formatValue,
  useFieldContext,
} from '../../fields/index.ts'
import type { ListColumn } from '../../screens/list-columns.ts'
import type { FooterFunction } from './use-arrangement.ts'

export interface ListTotals {
  /** By path: what stands under the column, and the exact words. */
  footer: ComputedRef<Record<string, { text: string; title: string }>>
  /** Exact number of records, once it is known. */
  count: ComputedRef<number | undefined>
}

interface Asked {
  object: string
  where: Expression | undefined
  columns: readonly ListColumn[]
  /** Totals have no meaning beside a text search, which the server cannot add up. */
  isOff: boolean
}

/** Sums over the whole result, not over the rows that are loaded. */
export function useListTotals(
  asked: () => Asked,
  functionOf: (column: ListColumn) => FooterFunction,
): ListTotals {
  const { t } = useI18n()
  const context = useFieldContext()
  const summed = computed(() =>
    asked().columns.filter(({ isNumeric, path }) => isNumeric && !path.includes('.')),
  )
  const query = computed<AggregateQuery>(() => ({
    ...(asked().where === undefined ? {} : { where: asked().where as Expression }),
    measures: [
      { fn: 'count', as: 'n' },
      ...summed.value.map((column) => ({
        fn: functionOf(column),
        field: column.path,
        as: `m_${column.path}`,
      })),
    ],
  }))
  const { data } = useQuery({
    queryKey: computed(() => queryKeys.aggregate(asked().object, query.value)),
    queryFn: ({ signal }) => aggregateRecords(asked().object, query.value, signal),
    enabled: () => !asked().isOff,
    placeholderData: (before) => before,
  })
  const group = computed(() => (asked().isOff ? undefined : data.value?.groups[0]))
  const count = computed(() =>
    typeof group.value?.['n'] === 'number' ? group.value['n'] : undefined,
  )

  const footer = computed(() => {
    const entries = summed.value.flatMap((column) => {
      const value = group.value?.[`m_${column.path}`]
      if (typeof value !== 'number') return []
      const fn = functionOf(column)
      // Sums are in the currency of the organization.
      const exact = formatValue(column.field, value, {
        context,
        record: { currency: context.currency },
      })
      // What records have in several currencies is added up by its rates.
      const about = column.field.own_currency === undefined ? '' : '≈ '
      const text = `${fn === 'sum' ? 'Σ' : t(`lists.${fn}`)} ${about}${shortValue(column, value)}`
      const title = t('lists.footer_title', {
        fn: t(`lists.${fn}`),
        value:
          column.field.own_currency === undefined
            ? exact
            : t('lists.converted', { value: exact, currency: context.currency }),
        n: count.value ?? 0,
      })
      return [[column.path, { text, title }] as const]
    })
    return Object.fromEntries(entries)
  })

  function shortValue({ field }: ListColumn, value: number): string {
    if (field.type === 'currency') return formatShortMoney(value, context)
    if (field.type === 'percent') return `${formatNumber(value, context.locale, 1, 0)}%`
    return formatShort(value, context.locale)
  }

  return { footer, count }
}
