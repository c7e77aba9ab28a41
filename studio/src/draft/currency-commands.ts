import { CURRENCY, type LocalizedText, PLATFORM_APP, type PicklistValue } from '@trellis/metamodel'

import { definitionOf, type Draft, putComponent } from './draft.ts'
import { nextColor } from './picklist-commands.ts'
import { putValues, type ValueOwner, valuesOf } from './value-commands.ts'

/** The shared picklist of the currencies. */
export const CURRENCIES: ValueOwner = { kind: 'picklist', name: CURRENCY }

/** The currency of the organization becomes another one. */
export function setOwnCurrency(draft: Draft, code: string): Draft {
  const definition = definitionOf(draft, 'app', PLATFORM_APP)
  if (!definition) return draft
  return putComponent(draft, {
    kind: 'app',
    name: PLATFORM_APP,
    definition: { ...definition, corporate_currency: code },
  })
}

export function addCurrency(draft: Draft, code: string): Draft {
  const values = valuesOf(draft, CURRENCIES)
  const value = { code, label: currencyLabel(code), color: nextColor(values) }
  return putValues(draft, CURRENCIES, [...values, value])
}

/** Offers a currency, or keeps it only on the records that have it. */
export function switchCurrency(draft: Draft, code: string, isOn: boolean): Draft {
  const values = valuesOf(draft, CURRENCIES).map((value): PicklistValue => {
    if (value.code !== code) return value
    const { active: _, ...rest } = value
    return isOn ? rest : { ...rest, active: false }
  })
  return putValues(draft, CURRENCIES, values)
}

/**
 * What a currency is called.
 * @example currencyLabel('USD') // { 'zh-CN': 'USD · 美元', 'en-US': 'USD · US Dollar' }
 */
export function currencyLabel(code: string): Exclude<LocalizedText, string> {
  const named = (locale: string): string =>
    `${code} · ${new Intl.DisplayNames([locale], { type: 'currency' }).of(code) ?? code}`
  return { 'zh-CN': named('zh-CN'), 'en-US': named('en-US') }
}
