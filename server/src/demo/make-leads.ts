import { addDays, workingMoment } from './days.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import { type Account, ACCOUNT_COUNT } from './make-accounts.ts'
import type { Contact } from './make-contacts.ts'
import type { Deal } from './make-deals.ts'
import { SELLERS } from './make-people.ts'
import { type Company, nameCompanies } from './name-company.ts'
import { addressPerson, namePerson, type Person } from './name-person.ts'
import { Random } from './random.ts'
import { CAMPAIGNS, LEAD_NEEDS, LEAD_TITLES } from './words/lead-words.ts'
import { INBOUND_LEADS } from './words/user-roster.ts'

const CONVERTED_COUNT = 60
const OPEN_COUNTS = { unassigned: 40, pending: 60, working: 90, invalid: 50 } as const
const INVALID_REASONS = {
  no_need: 34,
  wrong_contact: 22,
  competitor: 12,
  no_budget: 14,
  duplicate: 8,
  out_of_scope: 10,
}
type OpenStatus = keyof typeof OPEN_COUNTS

export interface Lead {
  key: string
  status: OpenStatus | 'converted'
  /** How the person is called in a sentence. */
  person: string
  owner: string
  since: string
  record: DemoRecord
}

/** Leads: those that became accounts, and others of companies that are not in the books. */
export function makeLeads({
  accounts,
  contacts,
  deals,
  today,
}: {
  accounts: readonly Account[]
  contacts: readonly Contact[]
  deals: readonly Deal[]
  today: string
}): Lead[] {
  const random = new Random('leads')
  const grown = random.shuffle(accounts).slice(0, CONVERTED_COUNT)
  const converted = grown.map((account, index) =>
    convertedLead(random, account, { contacts, deals, today, number: index + 1 }),
  )
  const statuses = Object.entries(OPEN_COUNTS).flatMap(([status, count]) =>
    Array.from({ length: count }, () => status as OpenStatus),
  )
  const companies = nameCompanies(statuses.length, ACCOUNT_COUNT)
  const open = companies.map((company, index) =>
    openLead(random, company, {
      status: statuses[index] ?? 'pending',
      index,
      number: grown.length + index + 1,
      today,
    }),
  )
  return [...converted, ...open]
}

interface Growth {
  contacts: readonly Contact[]
  deals: readonly Deal[]
  today: string
  number: number
}

function convertedLead(
  random: Random,
  account: Account,
  { contacts, deals, today, number }: Growth,
): Lead {
  const contact = contacts.find((one) => one.account === account.key)
  const deal = deals.find((one) => one.account === account)
  const since = addDays(account.since, -random.integer(2, 21))
  const record: DemoRecord = {
    ...leadBasics(random, { number, since, today, owner: account.owner }),
    name: contact?.name ?? account.company.shortName,
    company: account.company.name,
    ...(contact === undefined
      ? {}
      : {
          title: contact.title,
          mobile: String(contact.record['mobile']),
          converted_contact: ref(contact.key),
        }),
    email: `info@${account.company.slug}.example.com`,
    status: 'converted',
    rating: random.weighted({ hot: 70, warm: 30 }),
    score: random.integer(68, 98),
    province: account.company.city.province,
    industry: account.company.industry,
    need: random.pick(LEAD_NEEDS),
    converted_account: ref(account.key),
    ...(account.record._created_at === undefined
      ? {}
      : { converted_at: account.record._created_at }),
    ...(deal === undefined ? {} : { converted_opportunity: ref(deal.key) }),
  }
  return {
    key: record._key,
    status: 'converted',
    person: contact?.name ?? '',
    owner: account.owner,
    since,
    record,
  }
}

interface OpenPlace {
  status: OpenStatus
  index: number
  number: number
  today: string
}

function openLead(
  random: Random,
  company: Company,
  { status, index, number, today }: OpenPlace,
): Lead {
  const person = namePerson(random)
  const title = random.pick(LEAD_TITLES)
  const since = leadDay(random, today, { status, index })
  const isQueued = status === 'unassigned'
  const owner = isQueued ? INBOUND_LEADS.code : random.pick(SELLERS)
  const { rating, score } = interest(random, status)
  const record: DemoRecord = {
    ...leadBasics(random, { number, since, today, owner }),
    ...(isQueued ? { _created_by: ref('user.marketing') } : {}),
    name: person.name,
    company: company.name,
    title,
    ...reachable(random, person, company),
    status,
    rating,
    score,
    province: company.city.province,
    industry: company.industry,
    need: random.pick(LEAD_NEEDS),
    ...(random.chance(0.4) ? { budget: random.integer(2, 80) * 10_000 } : {}),
    ...(random.chance(0.4) && status !== 'invalid'
      ? { expected_date: addDays(today, random.integer(10, 180)) }
      : {}),
    ...(status === 'invalid'
      ? {
          invalid_reason: random.weighted(INVALID_REASONS),
        }
      : {}),
  }
  return {
    key: record._key,
    status,
    person: addressPerson({ ...person, title }),
    owner,
    since,
    record,
  }
}

function leadBasics(
  random: Random,
  { number, since, today, owner }: { number: number; since: string; today: string; owner: string },
): DemoRecord {
  const source = random.weighted({
    website: 30,
    exhibition: 22,
    seminar: 14,
    advertising: 12,
    referral: 10,
    cold_call: 6,
    partner: 5,
    other: 1,
  })
  const campaign = random.pick(CAMPAIGNS)
  const isTracked = source === 'website' || source === 'advertising'
  return {
    _key: `lead.${number}`,
    _created_at: workingMoment(random, since, today),
    _owner: ref(`user.${owner}`),
    source,
    ...(isTracked
      ? {
          utm_source: campaign.source,
          utm_medium: campaign.medium,
          utm_campaign: campaign.campaign,
        }
      : {}),
  }
}

/** Open leads are of these weeks, settled ones of the last months; a few came in today. */
function leadDay(
  random: Random,
  today: string,
  { status, index }: { status: OpenStatus; index: number },
): string {
  if (status === 'unassigned') return addDays(today, -Math.floor(index / 5))
  const days = { pending: 18, working: 75, invalid: 240 }[status]
  return addDays(today, -random.integer(1, days))
}

function interest(random: Random, status: OpenStatus): { rating: string; score: number } {
  if (status === 'invalid') return { rating: 'cold', score: random.integer(5, 35) }
  const rating = random.weighted({ hot: 24, warm: 46, cold: 30 })
  const [least, most] = { hot: [76, 97], warm: [45, 75], cold: [12, 44] }[rating] as [
    number,
    number,
  ]
  return { rating, score: random.integer(least, most) }
}

/** A mobile number, an address, or both: one way to reach them there always is. */
function reachable(
  random: Random,
  { mobile, mail }: Person,
  { slug }: Company,
): Omit<DemoRecord, '_key'> {
  const email = `${mail}@${slug}.example.com`
  const way = random.weighted({ both: 50, mobile: 34, email: 16 })
  if (way === 'both') return { mobile, email }
  return way === 'mobile' ? { mobile } : { email }
}
