import { addDays, earlierDay, laterDay, workingMoment } from './days.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import type { Contract } from './make-contracts.ts'
import type { Plan } from './plan-instalments.ts'
import { Random } from './random.ts'

const PENDING_COUNT = 6
const REFUND_COUNT = 3

/** The payment plans of all contracts. */
export function makePaymentPlans(contracts: readonly Contract[]): DemoRecord[] {
  const random = new Random('payment plans')
  return contracts.flatMap((contract) => {
    const method = payingMethod(random)
    return contract.plans.map((plan): DemoRecord => ({
      _key: plan.key,
      ...(contract.record._created_at === undefined
        ? {}
        : { _created_at: contract.record._created_at }),
      name: plan.name,
      contract: ref(contract.key),
      account: ref(contract.account.key),
      installment_no: plan.number,
      percent: plan.share,
      amount: plan.amount,
      due_date: plan.due,
      method,
      status: plan.status,
    }))
  })
}

function payingMethod(random: Random): string {
  return random.weighted({ transfer: 78, acceptance: 16, check: 4, online: 2 })
}

interface Receipt {
  contract: Contract
  plan: Plan
  amount: number
  day: string
  status: 'confirmed' | 'pending'
}

/** What came in: everything for paid instalments, a part for some, announced money, and a few refunds. */
export function makePayments(contracts: readonly Contract[], today: string): DemoRecord[] {
  const random = new Random('payments')
  const settled = contracts.flatMap((contract) =>
    contract.plans.flatMap((plan) => receipts(random, contract, { plan, today })),
  )
  const records = [...settled, ...announced(contracts, today)].map((receipt, index) =>
    paymentRecord(random, receipt, { index, today }),
  )
  const refunded = contracts
    .filter(({ record }) => record['status'] === 'completed')
    .slice(0, REFUND_COUNT)
  return [
    ...records,
    ...refunded.map((contract, index) => refundRecord(random, contract, { index, today })),
  ]
}

function receipts(
  random: Random,
  contract: Contract,
  { plan, today }: { plan: Plan; today: string },
): Receipt[] {
  const received = (amount: number, delay: number): Receipt => {
    const day = laterDay(contract.starts, earlierDay(addDays(plan.due, delay), today))
    return { contract, plan, amount, day, status: 'confirmed' }
  }
  if (plan.status === 'partial') {
    return [received(partOf(plan, random.integer(30, 60)), random.integer(-3, 10))]
  }
  if (plan.status !== 'paid') return []
  if (!random.chance(0.08)) return [received(plan.amount, random.integer(-6, 14))]
  const first = partOf(plan, 60)
  return [
    received(first, random.integer(-6, 2)),
    received(Math.round((plan.amount - first) * 100) / 100, random.integer(4, 16)),
  ]
}

function partOf({ amount }: Plan, share: number): number {
  return Math.round(amount * share) / 100
}

/** Money that has come for the instalments due next, and that finance has not confirmed yet. */
function announced(contracts: readonly Contract[], today: string): Receipt[] {
  return contracts
    .flatMap((contract) =>
      contract.plans
        .filter(({ status, due }) => status === 'due' && due >= today)
        .map((plan) => ({ contract, plan })),
    )
    .toSorted((a, b) => (a.plan.due < b.plan.due ? -1 : 1))
    .slice(0, PENDING_COUNT)
    .map(({ contract, plan }) => ({
      contract,
      plan,
      amount: plan.amount,
      day: today,
      status: 'pending' as const,
    }))
}

function paymentRecord(
  random: Random,
  { contract, plan, amount, day, status }: Receipt,
  { index, today }: { index: number; today: string },
): DemoRecord {
  return {
    _key: `payment.${index + 1}`,
    _created_at: workingMoment(random, day, today),
    _owner: ref(`user.${contract.account.owner}`),
    account: ref(contract.account.key),
    contract: ref(contract.key),
    plan: ref(plan.key),
    type: 'receipt',
    amount,
    pay_date: day,
    method: payingMethod(random),
    status,
    payer: contract.account.company.name,
    bank_flow_no: bankReference(day, index),
  }
}

function refundRecord(
  random: Random,
  contract: Contract,
  { index, today }: { index: number; today: string },
): DemoRecord {
  const day = addDays(today, -(8 + index * 17))
  return {
    _key: `payment.refund.${index + 1}`,
    _created_at: workingMoment(random, day, today),
    _owner: ref(`user.${contract.account.owner}`),
    account: ref(contract.account.key),
    contract: ref(contract.key),
    type: 'refund',
    amount: -random.integer(8, 60) * 100,
    pay_date: day,
    method: 'transfer',
    status: 'confirmed',
    payer: contract.account.company.name,
    bank_flow_no: bankReference(day, 90_000 + index),
    remark: '结算差额退回',
  }
}

function bankReference(day: string, index: number): string {
  return `${day.replaceAll('-', '')}${String(10_000_000 + index * 7919)}`
}
