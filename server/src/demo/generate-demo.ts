import type { DemoData, DemoRecord } from './demo-data.ts'
import { makeAccounts } from './make-accounts.ts'
import { makeContacts } from './make-contacts.ts'
import { makeContracts } from './make-contracts.ts'
import { makeDealLines, makeDeals } from './make-deals.ts'
import { makeExchangeRates } from './make-exchange-rates.ts'
import { makeFollowUps } from './make-follow-ups.ts'
import { makeLeads } from './make-leads.ts'
import { makePaymentPlans, makePayments } from './make-payments.ts'
import {
  makeDepartmentHeads,
  makeDepartments,
  makeGroupMembers,
  makeGroups,
  makeQueue,
  makeQueueMembers,
  makeUsers,
} from './make-people.ts'
import { makeProducts } from './make-products.ts'
import { makeApprovals, makeQuotes } from './make-quotes.ts'
import { makeTasks } from './make-tasks.ts'
import { rateRisk } from './rate-risk.ts'

/**
 * The data of a made-up vendor of industrial automation: people, customers, deals, quotes, contracts,
 * money and what was said. The same day gives the same data; all dates move with it, so that there is
 * always something due, overdue, won this quarter and new this month. Every validation rule holds.
 * @param today the day in the tenant's time zone, `YYYY-MM-DD`
 * @example generateDemo('2026-11-21').objects.map(({ object, records }) => [object, records.length])
 */
export function generateDemo(today: string): DemoData {
  const accounts = makeAccounts(today)
  const contacts = makeContacts(accounts, today)
  const deals = makeDeals(accounts, contacts, today)
  const leads = makeLeads({ accounts, contacts, deals, today })
  const quotes = makeQuotes(deals, today)
  const contracts = makeContracts(deals, quotes, today)
  const risks = rateRisk(accounts, contracts, today)
  const records: Readonly<Record<string, DemoRecord[]>> = {
    department: makeDepartments(),
    user: [...makeUsers(), makeQueue()],
    queue_member: makeQueueMembers(),
    user_group: makeGroups(),
    group_member: makeGroupMembers(),
    exchange_rate: makeExchangeRates(today),
    product: makeProducts(),
    account: accounts.map(({ key, record }) => withRisk(record, risks.get(key))),
    contact: contacts.map(({ record }) => record),
    opportunity: deals.map(({ record }) => record),
    opportunity_product: makeDealLines(deals),
    lead: leads.map(({ record }) => record),
    quote: quotes.map(({ record }) => record),
    quote_line: quotes.flatMap(({ lines }) => lines),
    contract: contracts.map(({ record }) => record),
    payment_plan: makePaymentPlans(contracts),
    payment: makePayments(contracts, today),
    follow_up: makeFollowUps({ accounts, contacts, deals, leads }, today),
    task: makeTasks({ deals, accounts, quotes, contracts }, today),
  }
  return {
    objects: Object.entries(records).map(([object, own]) => ({ object, records: own })),
    updates: [
      { object: 'department', records: makeDepartmentHeads() },
      { object: 'quote', records: makeApprovals(quotes) },
    ],
  }
}

function withRisk(record: DemoRecord, risk: string | undefined): DemoRecord {
  return risk === undefined ? record : { ...record, risk_level: risk }
}
