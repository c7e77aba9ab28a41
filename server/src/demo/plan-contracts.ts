import { addDays, earlierDay, laterDay } from './days.ts'
import type { Account } from './make-accounts.ts'
import type { Contact } from './make-contacts.ts'
import type { Deal } from './make-deals.ts'
import type { Quote } from './make-quotes.ts'
import { Random } from './random.ts'

export const CONTRACT_COUNT = 120
const DRAFT_COUNT = 6
const TERMINATED_COUNT = 2
const EXPIRING_COUNT = 5

/** What a contract is about, before its instalments are known. */
export interface ContractPlan {
  key: string
  account: Account
  signer: Contact
  name: string
  type: 'sales' | 'service' | 'framework'
  amount: number
  /** Undefined for a draft. */
  signed: string | undefined
  starts: string
  ends: string
  isTerminated: boolean
  deal?: Deal
  quote?: Quote
  parent?: string
}

/** Plans the contracts: one for every deal that was won, then service contracts with the oldest customers. */
export function planContracts(
  deals: readonly Deal[],
  quotes: readonly Quote[],
  today: string,
): ContractPlan[] {
  const random = new Random('contracts')
  const won = deals.filter(({ stage }) => stage === 'won')
  const sold = won.map((deal, index) => salesContract(random, { deal, index, quotes, today }))
  const oldest = sold
    .toSorted((a, b) => (a.starts < b.starts ? -1 : 1))
    .slice(0, CONTRACT_COUNT - sold.length)
  const services = oldest.map((parent, index) => {
    const isDraft = index >= oldest.length - DRAFT_COUNT
    return serviceContract(random, parent, {
      index,
      number: sold.length + index + 1,
      isDraft,
      today,
    })
  })
  return [...sold, ...services]
}

interface Sold {
  deal: Deal
  index: number
  quotes: readonly Quote[]
  today: string
}

function salesContract(random: Random, { deal, index, quotes, today }: Sold): ContractPlan {
  const signed = earlierDay(addDays(deal.closes, random.integer(0, 4)), today)
  const quote = quotes.find((one) => one.deal === deal)
  return {
    key: `contract.${index + 1}`,
    account: deal.account,
    signer: deal.contact,
    name: `${deal.name}合同`,
    type: 'sales',
    amount: deal.amount ?? 0,
    signed,
    starts: signed,
    ends: addDays(signed, 729),
    isTerminated: false,
    deal,
    ...(quote === undefined ? {} : { quote }),
  }
}

interface Service {
  index: number
  isDraft: boolean
  today: string
}

function serviceContract(
  random: Random,
  parent: ContractPlan,
  { index, number, isDraft, today }: Service & { number: number },
): ContractPlan {
  const starts = serviceStart(random, parent, { index, isDraft, today })
  const isFramework = index % 7 === 3
  const amount = Math.max(
    12_000,
    Math.round((parent.amount * random.integer(6, 16)) / 100 / 100) * 100,
  )
  return {
    key: `contract.${number}`,
    account: parent.account,
    signer: parent.signer,
    name: `${parent.account.company.shortName}${isFramework ? '备件采购框架协议' : '年度维保服务合同'}`,
    type: isFramework ? 'framework' : 'service',
    amount,
    signed: isDraft ? undefined : earlierDay(starts, today),
    starts,
    ends: addDays(starts, 364),
    isTerminated: !isDraft && index >= EXPIRING_COUNT && index < EXPIRING_COUNT + TERMINATED_COUNT,
    parent: parent.key,
  }
}

/** The first ones end within a month; the drafts begin in the coming weeks; the others began meanwhile. */
function serviceStart(
  random: Random,
  parent: ContractPlan,
  { index, isDraft, today }: Service,
): string {
  if (isDraft) return addDays(today, random.integer(5, 40))
  if (index < EXPIRING_COUNT) return addDays(today, 3 + index * 5 - 364)
  const soonest = laterDay(addDays(parent.starts, 60), addDays(today, -400))
  return laterDay(soonest, addDays(today, -random.integer(20, 330)))
}
