import { listPrice } from './choose-lines.ts'
import { addDays, earlierDay, laterDay, workingMoment } from './days.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import type { Deal } from './make-deals.ts'
import { productKey } from './make-products.ts'
import { Random } from './random.ts'
import { DELIVERY_TERMS, PAYMENT_TERMS } from './words/deal-words.ts'

export interface Quote {
  key: string
  deal: Deal
  record: DemoRecord
  /** Nobody makes an approved quote: it is made as a draft, and becomes so. */
  isApproved: boolean
  lines: DemoRecord[]
}

/** Quotes of the deals that came so far: those won by a quote, those that are being negotiated, those that were refused. */
export function makeQuotes(deals: readonly Deal[], today: string): Quote[] {
  const random = new Random('quotes')
  const quoted = deals.filter((deal, index) => isQuoted(deal, index))
  return quoted.map((deal, index) => makeQuote(random, deal, { number: index + 1, today }))
}

const TERMS =
  '<h2>商务条款</h2><ol><li>报价含 <strong>13%</strong> 增值税专用发票。</li><li>设备到场验收合格后开始质保 12 个月。</li>' +
  '<li>超出清单的工作量按人天另行报价。</li></ol><p>本报价内容请勿转交第三方。</p>'

function isQuoted({ stage }: Deal, index: number): boolean {
  if (stage === 'won') return index % 2 === 0
  if (stage === 'lost') return index % 3 === 0
  return stage === 'quotation' || stage === 'negotiation' || stage === 'contract'
}

function makeQuote(
  random: Random,
  deal: Deal,
  { number, today }: { number: number; today: string },
): Quote {
  const status = quoteStatus(random, deal)
  const isApproved = status === 'approved'
  const issued = issueDay(random, deal, { status, today })
  const created = workingMoment(random, issued, today)
  const record: DemoRecord = {
    _key: `quote.${number}`,
    _created_at: created,
    _owner: ref(`user.${deal.account.owner}`),
    opportunity: ref(deal.key),
    account: ref(deal.account.key),
    contact: ref(deal.contact.key),
    revision: random.chance(0.25) ? 2 : 1,
    valid_until: validUntil(issued, { status, today }),
    status: isApproved ? 'draft' : status,
    amount_before_discount: listPrice(deal.lines),
    discount_percent: deal.discount,
    shipping: 0,
    tax_rate: 13,
    payment_terms: random.pick(PAYMENT_TERMS[random.pick([3, 4, 5] as const)]).text,
    delivery_terms: random.pick(DELIVERY_TERMS),
    ...(number % 2 === 0 ? { terms: TERMS } : {}),
    ...(random.chance(0.3) ? { remark: '报价含标准质保一年；超出清单的工作量按人天另计。' } : {}),
  }
  const lines = quoteLines(record._key, deal, created)
  return { key: record._key, deal, record, isApproved, lines }
}

/** What becomes of quotes after they were made: some are approved. */
export function makeApprovals(quotes: readonly Quote[]): DemoRecord[] {
  return quotes
    .filter(({ isApproved }) => isApproved)
    .map(({ key }) => ({ _key: key, status: 'approved' }))
}

/** More than 10 % off is never sent without approval: such quotes are drafts, approved, or past. */
function quoteStatus(random: Random, { stage, discount }: Deal): string {
  if (stage === 'won') return 'accepted'
  if (stage === 'lost') return random.pick(['rejected', 'expired'])
  if (discount > 10) return random.weighted({ draft: 60, approved: 40 })
  return stage === 'quotation' ? random.weighted({ sent: 72, draft: 28 }) : 'sent'
}

function issueDay(
  random: Random,
  deal: Deal,
  { status, today }: { status: string; today: string },
): string {
  const end = earlierDay(deal.closes, today)
  const latest = status === 'draft' ? today : end
  const back = status === 'draft' ? random.integer(1, 9) : random.integer(2, 26)
  return laterDay(addDays(deal.opened, 1), addDays(latest, -back))
}

function validUntil(issued: string, { status, today }: { status: string; today: string }): string {
  const usual = addDays(issued, 30)
  return status === 'expired' ? earlierDay(usual, addDays(today, -1)) : usual
}

function quoteLines(quote: string, { lines }: Deal, created: string): DemoRecord[] {
  return lines.map(({ product, quantity }, index) => ({
    _key: `${quote}.line.${index + 1}`,
    _created_at: created,
    quote: ref(quote),
    product: ref(productKey(product)),
    spec: product.spec,
    quantity,
    unit_price: product.price,
    discount: 0,
  }))
}
