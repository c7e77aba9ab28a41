import { addDays } from './days.ts'
import type { ContractPlan } from './plan-contracts.ts'
import { Random } from './random.ts'
import { PAYMENT_TERMS, type PaymentTerms, SERVICE_TERMS } from './words/deal-words.ts'

export const OVERDUE_COUNT = 75
const PARTIAL_SHARE = 0.4
/** How many contracts have so many instalments: 120 contracts, 500 instalments. */
const CONTRACTS_BY_INSTALMENTS = { 3: 30, 4: 40, 5: 50 } as const
const OLDEST_OVERDUE_DAYS = 210

export type PlanStatus = 'pending' | 'due' | 'partial' | 'paid' | 'void'

/** One instalment of a contract. */
export interface Plan {
  key: string
  contract: string
  name: string
  number: number
  share: number
  amount: number
  due: string
  status: PlanStatus
  terms: string
}

/** The instalments of all contracts, by contract; 15 % of them are overdue, no later one of a contract paid. */
export function planInstalments(
  contracts: readonly ContractPlan[],
  today: string,
): Map<string, Plan[]> {
  const random = new Random('instalments')
  const counts = ([3, 4, 5] as const).flatMap((count) =>
    Array.from({ length: CONTRACTS_BY_INSTALMENTS[count] }, () => count),
  )
  const shuffled = random.shuffle(counts)
  const plans = new Map(
    contracts.map((contract, index) => {
      const terms = contract.type === 'sales' ? PAYMENT_TERMS : SERVICE_TERMS
      return [contract.key, instalments(contract, random.pick(terms[shuffled[index] ?? 4]), today)]
    }),
  )
  markOverdue(random, [...plans.values()], today)
  return plans
}

function instalments(contract: ContractPlan, terms: PaymentTerms, today: string): Plan[] {
  let left = contract.amount
  return terms.parts.map(([name, share, days], index) => {
    const isLast = index === terms.parts.length - 1
    const amount = isLast ? left : Math.round(contract.amount * share) / 100
    left = Math.round((left - amount) * 100) / 100
    const due = addDays(contract.signed ?? contract.starts, days)
    return {
      key: `${contract.key}.plan.${index + 1}`,
      contract: contract.key,
      name: `第 ${index + 1} 期 ${name}`,
      number: index + 1,
      share,
      amount,
      due,
      status: firstStatus(contract, due, today),
      terms: terms.text,
    }
  })
}

/** As if everybody paid in time. */
function firstStatus(
  { signed, isTerminated }: ContractPlan,
  due: string,
  today: string,
): PlanStatus {
  if (signed === undefined) return 'pending'
  if (due < today) return 'paid'
  return isTerminated ? 'void' : 'due'
}

/** Takes back the last payments of some contracts, until enough instalments are overdue. */
function markOverdue(random: Random, all: readonly Plan[][], today: string): void {
  const oldest = addDays(today, -OLDEST_OVERDUE_DAYS)
  const late: Plan[] = []
  for (const plans of random.shuffle(all)) {
    const past = plans.filter(({ due, status }) => status === 'paid' && due >= oldest)
    const count = Math.min(random.integer(1, 3), OVERDUE_COUNT - late.length, past.length)
    const unpaid = past.slice(past.length - count)
    for (const [index, plan] of unpaid.entries()) {
      // Only the first one that is missing can have come in part.
      plan.status = index === 0 && random.chance(PARTIAL_SHARE) ? 'partial' : 'due'
    }
    late.push(...unpaid)
  }
}
