import { addDays, workingMoment } from './days.ts'
import { CUSTOMER_COUNT, daysSinceFirstDeal } from './deal-calendar.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import { makeCreditCode } from './make-credit-code.ts'
import { accountPlaces } from './make-places.ts'
import { type Company, nameCompanies, nameSubsidiary } from './name-company.ts'
import { Random } from './random.ts'
import { STREETS } from './words/company-words.ts'

export const ACCOUNT_COUNT = 400
const SUBSIDIARY_COUNT = 24
const NEW_THIS_MONTH = 14

const SELLER_WEIGHTS = { rep1: 20, rep2: 18, rep3: 17, rep4: 19, rep5: 16, east: 5, south: 5 }
const SOURCE_WEIGHTS = {
  exhibition: 22,
  website: 20,
  referral: 16,
  cold_call: 12,
  partner: 12,
  seminar: 10,
  advertising: 6,
  other: 2,
}

/** An account and what the records that hang on it need to know. */
export interface Account {
  key: string
  company: Company
  owner: string
  /** The day on which it was recorded. */
  since: string
  /** Place among those that have bought, the latest first deal first; undefined if it has not. */
  customer?: number
  record: DemoRecord
}

/** Accounts: those that have bought first, then the others, the newest last. */
export function makeAccounts(today: string): Account[] {
  const random = new Random('accounts')
  const places = new Random('account places')
  const companies = groupCompanies(random)
  return companies.map((company, index) => {
    const account = makeAccount(random, today, {
      company: company.company,
      index,
      parent: company.parent,
    })
    const { record, customer } = account
    const address = String(record['address'] ?? '')
    const details = accountPlaces(places, account.company, {
      address,
      isCustomer: customer !== undefined,
    })
    return { ...account, record: { ...record, ...details } }
  })
}

interface Placed {
  company: Company
  index: number
  /** Index of the account that it belongs to. */
  parent: number | undefined
}

/** Companies, the last ones before the newest being subsidiaries of earlier ones. */
function groupCompanies(random: Random): Pick<Placed, 'company' | 'parent'>[] {
  const own = nameCompanies(ACCOUNT_COUNT - SUBSIDIARY_COUNT)
  const at = own.length - NEW_THIS_MONTH
  const subsidiaries = Array.from({ length: SUBSIDIARY_COUNT }, (_, index) => {
    const parent = index * 3
    const [head] = own.slice(parent)
    return { company: nameSubsidiary(random, head ?? random.pick(own)), parent }
  })
  const plain = own.map((company) => ({ company, parent: undefined }))
  return [...plain.slice(0, at), ...subsidiaries, ...plain.slice(at)]
}

function makeAccount(random: Random, today: string, { company, index, parent }: Placed): Account {
  const customer = index < CUSTOMER_COUNT ? index : undefined
  const since = firstDay(random, today, index)
  const owner = random.weighted(SELLER_WEIGHTS)
  const record: DemoRecord = {
    _key: `account.${index + 1}`,
    _created_at: workingMoment(random, since, today),
    _owner: ref(`user.${owner}`),
    name: company.name,
    ...(customer === undefined ? prospectStanding(random) : customerStanding(random, customer)),
    industry: company.industry,
    source: random.weighted(SOURCE_WEIGHTS),
    ...(parent === undefined ? {} : { parent: ref(`account.${parent + 1}`) }),
    ...contactDetails(random, company),
    ...registration(random, company, today),
    ...nextContact(random, today),
  }
  return {
    key: record._key,
    company,
    owner,
    since,
    record,
    ...(customer === undefined ? {} : { customer }),
  }
}

function prospectStanding(random: Random): Omit<DemoRecord, '_key'> {
  return {
    type: random.weighted({ customer: 90, partner: 8, supplier: 2 }),
    status: random.weighted({ prospect: 54, interested: 37, dormant: 5, churned: 4 }),
    level: random.weighted({ A: 6, B: 26, C: 50, D: 18 }),
  }
}

function customerStanding(random: Random, customer: number): Omit<DemoRecord, '_key'> {
  return {
    type: 'customer',
    status: customerStatus(random, customer),
    level: random.weighted({ A: 24, B: 44, C: 30, D: 2 }),
    credit_limit: random.pick([10, 20, 30, 50, 80, 100, 150, 200, 300]) * 10_000,
    credit_days: random.pick([30, 45, 60, 90]),
  }
}

function firstDay(random: Random, today: string, index: number): string {
  if (index < CUSTOMER_COUNT) {
    return addDays(today, -daysSinceFirstDeal(index) - random.integer(45, 190))
  }
  const newest = index - (ACCOUNT_COUNT - NEW_THIS_MONTH)
  if (newest < 0) return addDays(today, -random.integer(32, 720))
  const daysOfMonth = Number(today.slice(8)) - 1
  return addDays(
    today,
    -Math.floor(((NEW_THIS_MONTH - 1 - newest) * daysOfMonth) / (NEW_THIS_MONTH - 1)),
  )
}

function customerStatus(random: Random, customer: number): string {
  if (customer < 24) return random.chance(0.7) ? 'customer' : 'active'
  return random.weighted({
    active: 70,
    customer: 10,
    dormant: customer > 60 ? 14 : 4,
    churned: customer > 70 ? 8 : 0,
  })
}

function contactDetails(random: Random, { city, slug, name }: Company): Omit<DemoRecord, '_key'> {
  const street = random.pick(STREETS)
  // Local numbers never begin with 1, so these ring nowhere.
  const phone = `${city.dialling}-1${random.integer(100_000, 999_999)}${city.dialling.length === 3 ? random.integer(0, 9) : ''}`
  return {
    phone,
    website: `https://www.${slug}.example.com`,
    ...(random.chance(0.7) ? { email: `info@${slug}.example.com` } : {}),
    province: city.province,
    city: city.name,
    address: `${city.name}市${random.pick(city.districts)}${street}${random.integer(1, 998)}号`,
    size: name.includes('集团')
      ? 'from_2000'
      : random.weighted({ under_50: 12, from_50: 34, from_200: 30, from_500: 18, from_2000: 6 }),
  }
}

function registration(random: Random, { city }: Company, today: string): Omit<DemoRecord, '_key'> {
  // Organization numbers that begin with MAY have not been given out.
  const serial = Array.from({ length: 5 }, () =>
    random.pick([...'0123456789ABCDEFGHJKLMNPQRTUWXY']),
  ).join('')
  return {
    uscc: makeCreditCode(city.code, `MAY${serial}`),
    registered_capital:
      random.pick([100, 200, 500, 800, 1000, 2000, 3000, 5000, 8000, 12_000]) * 10_000,
    founded_date: addDays(today, -random.integer(900, 9500)),
    business_status: random.chance(0.985) ? 'operating' : 'relocated',
  }
}

function nextContact(random: Random, today: string): Omit<DemoRecord, '_key'> {
  return random.chance(0.55) ? { next_contact_date: addDays(today, random.integer(-2, 24)) } : {}
}
