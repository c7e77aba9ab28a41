import { afterDiscount, chooseLines, type Line, listPrice } from './choose-lines.ts'
import { workingMoment } from './days.ts'
import type { Stage } from './deal-calendar.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import type { Account } from './make-accounts.ts'
import type { Contact } from './make-contacts.ts'
import { inCurrencyOfDeal } from './make-exchange-rates.ts'
import { productKey } from './make-products.ts'
import { type DealPlan, planDeals } from './plan-deals.ts'
import { Random } from './random.ts'
import { COMPETITORS, NEEDS, NEXT_STEPS, PROJECTS, WIN_REASONS } from './words/deal-words.ts'

/** An opportunity and what its quotes, contracts and follow-ups need to know. */
export interface Deal extends DealPlan {
  key: string
  name: string
  contact: Contact
  /** Discount on every line, in whole percent; that of the quote. */
  discount: number
  lines: readonly Line[]
  amount: number | undefined
  record: DemoRecord
}

/** Makes the opportunities, in the order of their stages. */
export function makeDeals(
  accounts: readonly Account[],
  contacts: readonly Contact[],
  today: string,
): Deal[] {
  const random = new Random('deals')
  const projects = random.shuffle(PROJECTS)
  return planDeals(random, accounts, today).map((plan, index) => {
    const project = projects[index % projects.length] ?? '改造项目'
    const team = contacts.filter(({ account }) => account === plan.account.key)
    return makeDeal(random, plan, { index, project, contact: random.pick(team), today })
  })
}

interface DealSetting {
  index: number
  project: string
  contact: Contact
  today: string
}

function makeDeal(
  random: Random,
  plan: DealPlan,
  { index, project, contact, today }: DealSetting,
): Deal {
  const { account, stage, closes, opened } = plan
  const lines =
    stage === 'needs_confirmed' || stage === 'invalid' ? [] : chooseLines(random, dealSize(random))
  const discount = lines.length === 0 ? 0 : discountFor(random, stage)
  const amount =
    lines.length > 0 ? afterDiscount(listPrice(lines), discount) : estimate(random, stage)
  const name = `${account.company.shortName}${project}`
  const type =
    account.customer === undefined || (stage === 'won' && index % 9 !== 0)
      ? 'new'
      : random.pick(['expansion', 'renewal'])
  const isRenewal = type === 'renewal' && stage !== 'needs_confirmed' && stage !== 'solution'
  const record: DemoRecord = {
    _key: `opportunity.${index + 1}`,
    _created_at: workingMoment(random, opened, today),
    _owner: ref(`user.${account.owner}`),
    name,
    account: ref(account.key),
    contact: ref(contact.key),
    stage,
    ...(amount === undefined ? {} : { amount, ...abroad(amount, lines, index) }),
    close_date: closes,
    record_type: isRenewal ? 'renewal' : 'standard',
    type,
    source: String(account.record['source'] ?? 'other'),
    need: random.pick(NEEDS),
    budget_confirmed: stage === 'won' || stage === 'contract' || random.chance(0.4),
    ...progress(random, stage),
  }
  return { ...plan, key: record._key, name, contact, discount, lines, amount, record }
}

function abroad(
  amount: number,
  lines: readonly Line[],
  index: number,
): Partial<ReturnType<typeof inCurrencyOfDeal>> {
  return lines.length > 0 ? {} : inCurrencyOfDeal(amount, index)
}

function dealSize(random: Random): number {
  const sizes = {
    small: [40_000, 150_000],
    medium: [150_000, 500_000],
    large: [500_000, 1_600_000],
  } as const
  const [least, most] = sizes[random.weighted({ small: 42, medium: 42, large: 16 })]
  return random.integer(least, most)
}

/** A first guess in whole ten thousands; some have none yet. */
function estimate(random: Random, stage: Stage): number | undefined {
  if (stage === 'needs_confirmed' && random.chance(0.15)) return undefined
  return Math.max(1, Math.round(dealSize(random) / 10_000)) * 10_000
}

/** Deals that were won or have a quote out keep within what needs no approval. */
function discountFor(random: Random, stage: Stage): number {
  const usual = { 0: 24, 3: 14, 5: 24, 8: 20, 10: 18 }
  const generous = { ...usual, 12: 14, 15: 12, 18: 8, 22: 7, 28: 4, 38: 2 }
  if (stage === 'quotation' || stage === 'lost') return Number(random.weighted(generous))
  return stage === 'solution' ? 0 : Number(random.weighted(usual))
}

function progress(random: Random, stage: Stage): Omit<DemoRecord, '_key'> {
  const rival = { competitor: random.pick(COMPETITORS) }
  if (stage === 'won') {
    return { win_reason: random.pick(WIN_REASONS), ...(random.chance(0.5) ? rival : {}) }
  }
  if (stage === 'invalid') return {}
  if (stage === 'lost') {
    const reason = random.weighted({
      price: 34,
      competitor: 18,
      no_decision: 14,
      budget: 12,
      function: 8,
      relationship: 8,
      delivery: 6,
    })
    const isLostToRival = reason !== 'no_decision' && reason !== 'budget'
    return {
      lost_reason: reason,
      ...rival,
      ...(isLostToRival ? { lost_to: rival.competitor } : {}),
    }
  }
  return { next_step: random.pick(NEXT_STEPS[stage] ?? []), ...(random.chance(0.45) ? rival : {}) }
}

/** The product lines of all deals. */
export function makeDealLines(deals: readonly Deal[]): DemoRecord[] {
  return deals.flatMap((deal) =>
    deal.lines.map(({ product, quantity }, index): DemoRecord => ({
      _key: `${deal.key}.line.${index + 1}`,
      ...(deal.record._created_at === undefined ? {} : { _created_at: deal.record._created_at }),
      opportunity: ref(deal.key),
      product: ref(productKey(product)),
      quantity,
      unit_price: product.price,
      discount: deal.discount,
    })),
  )
}
