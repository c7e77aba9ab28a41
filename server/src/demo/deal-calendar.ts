/** How many deals of each stage there are: 250 in all. */
export const DEALS_BY_STAGE = {
  needs_confirmed: 34,
  solution: 30,
  quotation: 26,
  negotiation: 20,
  contract: 12,
  won: 92,
  lost: 30,
  invalid: 6,
} as const
export type Stage = keyof typeof DEALS_BY_STAGE

/** Accounts that have bought; each has won at least one deal, the others are second and third ones. */
export const CUSTOMER_COUNT = 80

/**
 * Days since a customer's first deal was won. The first one was won today and the newer ones lie closer
 * together, as in a growing business; so every recent month and the present quarter have some.
 */
export function daysSinceFirstDeal(customer: number): number {
  return Math.floor(560 * (customer / CUSTOMER_COUNT) ** 1.3)
}
