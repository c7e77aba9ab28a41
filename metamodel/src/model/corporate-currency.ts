import { resultType } from '../field-types/index.ts'
import type { Component } from '../kinds/index.ts'
import type { FieldModel } from './model.ts'

/** The app that every other stands on. It says what the currency of the organization is. */
export const PLATFORM_APP = 'platform'

/** The object of the exchange rates, and its fields: units of the organization's currency for one of another. */
export const RATE = {
  object: 'exchange_rate',
  currency: 'currency_code',
  validFrom: 'valid_from',
  rate: 'rate',
} as const

/** Where nobody says otherwise. */
const USUAL = 'CNY'

/** The currency of the organization. */
export function corporateCurrency(components: readonly Component[]): string {
  const platform = components.find(
    (one): one is Component<'app'> => one.kind === 'app' && one.name === PLATFORM_APP,
  )
  return platform?.definition.corporate_currency ?? USUAL
}

/** Whether a field is an amount of money: a currency field, a formula or a roll-up that comes to one. */
export function isMoney({ type }: Pick<FieldModel, 'type'>): boolean {
  return resultType(type) === 'currency'
}
