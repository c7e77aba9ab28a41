import { daysBetween } from './days.ts'
import type { Account } from './make-accounts.ts'
import type { Contract } from './make-contracts.ts'

/** How risky each customer is, by what is overdue and since when: account keys and picklist codes. */
export function rateRisk(
  accounts: readonly Account[],
  contracts: readonly Contract[],
  today: string,
): Map<string, string> {
  const customers = accounts.filter(({ customer }) => customer !== undefined)
  return new Map(
    customers.map(({ key }) => {
      const plans = contracts
        .filter(({ account }) => account.key === key)
        .flatMap((contract) => contract.plans)
      const late = plans.filter(
        ({ status, due }) => (status === 'due' || status === 'partial') && due < today,
      )
      return [
        key,
        riskOf(
          late.reduce((sum, { amount }) => sum + amount, 0),
          Math.max(0, ...late.map(({ due }) => daysBetween(due, today))),
        ),
      ]
    }),
  )
}

function riskOf(amount: number, days: number): string {
  if (days > 150 && amount > 150_000) return 'critical'
  if (days > 120) return 'high'
  return days > 30 ? 'medium' : 'low'
}
