import { addDays, daysBetween } from './days.ts'
import { CUSTOMER_COUNT, daysSinceFirstDeal, DEALS_BY_STAGE, type Stage } from './deal-calendar.ts'
import type { Account } from './make-accounts.ts'
import type { Random } from './random.ts'

/** When and with whom a deal is made; what is sold comes later. */
export interface DealPlan {
  stage: Stage
  account: Account
  /** The day on which it was opened. */
  opened: string
  /** The day on which it closed, or is expected to. */
  closes: string
}

/** How far ahead deals of an open stage are expected to close, in days. */
const HORIZONS = {
  needs_confirmed: [40, 150],
  solution: [25, 110],
  quotation: [8, 70],
  negotiation: [2, 40],
  contract: [0, 24],
} as const
const OVERDUE_SHARE = 0.1

/** Plans all deals: the won ones fix who is a customer since when, the others fit in beside them. */
export function planDeals(random: Random, accounts: readonly Account[], today: string): DealPlan[] {
  const stages = Object.entries(DEALS_BY_STAGE) as [Stage, number][]
  return stages.flatMap(([stage, count]) =>
    Array.from({ length: count }, (_, index) => {
      if (stage === 'won') return planWon(random, { accounts, today, index })
      if (stage !== 'lost' && stage !== 'invalid') {
        return planOpen(random, { accounts, today, stage, index })
      }
      return planLost(random, { accounts, today, stage })
    }),
  )
}

interface Surroundings {
  accounts: readonly Account[]
  today: string
}

function planWon(
  random: Random,
  { accounts, today, index }: Surroundings & { index: number },
): DealPlan {
  const customers = accounts.slice(0, CUSTOMER_COUNT)
  // Beyond one deal for each: a recent second deal of those who have been customers for long.
  const place = index < CUSTOMER_COUNT ? index : CUSTOMER_COUNT - 1 - (index - CUSTOMER_COUNT) * 3
  const daysAgo =
    index < CUSTOMER_COUNT
      ? daysSinceFirstDeal(index)
      : daysSinceFirstDeal((index - CUSTOMER_COUNT) * 3 + 2)
  const account = customers[place] ?? random.pick(customers)
  const closes = addDays(today, -daysAgo)
  return { stage: 'won', account, closes, opened: openedBefore(random, account, closes) }
}

function planLost(
  random: Random,
  { accounts, today, stage }: Surroundings & { stage: Stage },
): DealPlan {
  const daysAgo = random.integer(4, 330)
  const old = accounts.filter(
    ({ since, customer }) => customer === undefined && daysBetween(since, today) > daysAgo + 30,
  )
  const account = random.pick(old)
  const closes = addDays(today, -daysAgo)
  return { stage, account, closes, opened: openedBefore(random, account, closes) }
}

function planOpen(
  random: Random,
  { accounts, today, stage, index }: Surroundings & { stage: keyof typeof HORIZONS; index: number },
): DealPlan {
  const isExpansion = random.chance(0.34)
  const fitting = accounts.filter(({ customer, record, since }) =>
    isExpansion
      ? customer !== undefined
      : record['status'] === 'interested' && daysBetween(since, today) > 12,
  )
  const account = random.pick(fitting)
  const [soonest, latest] = HORIZONS[stage]
  // The first deal of a stage is never overdue, so that every month has something to close.
  const isOverdue =
    index > 0 && random.chance(OVERDUE_SHARE) && daysBetween(account.since, today) > 60
  const closes = addDays(
    today,
    isOverdue ? -random.integer(1, 35) : random.integer(soonest, latest),
  )
  return {
    stage,
    account,
    closes,
    opened: openedBefore(random, account, isOverdue ? addDays(closes, -8) : addDays(today, -2)),
  }
}

/** A day some weeks before, not earlier than the day after the account was recorded. */
function openedBefore(random: Random, { since }: Account, day: string): string {
  const room = Math.max(1, daysBetween(since, day))
  return addDays(day, -Math.min(room - 1, random.integer(10, 140)))
}
