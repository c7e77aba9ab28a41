import { useI18n } from 'vue-i18n'

import { useFieldContext } from '../fields/index.ts'
import { formatMeasure } from './format-measure.ts'

/** A number that was counted, added up or averaged. */
export interface Measured {
  /** Type of the field that is measured; a count has none. */
  type?: string | undefined
  /** It was made of amounts in several currencies, by their rates. */
  isConverted?: boolean | undefined
}

/** Writes measures for the reader of this part of the page. */
export interface MeasureWriter {
  /** As it stands on the screen, short. */
  text: (value: unknown, measured: Measured) => string
  /** In full, and in what it is told if it was converted: for a hint. */
  title: (value: unknown, measured: Measured) => string
}

/** How numbers are written here. */
export function useMeasure(): MeasureWriter {
  const { t } = useI18n()
  const context = useFieldContext()
  return {
    text: (value, measured) => formatMeasure(value, { ...measured, context }),
    title(value, { type, isConverted }) {
      const exact = formatMeasure(value, { type, context, isExact: true })
      if (isConverted !== true || value === null || value === undefined) return exact
      return t('lists.converted', { value: exact, currency: context.currency })
    },
  }
}
