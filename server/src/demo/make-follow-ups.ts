import { addDays, daysBetween, earlierDay, laterDay, momentInChina, workday } from './days.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import type { Account } from './make-accounts.ts'
import type { Contact } from './make-contacts.ts'
import type { Deal } from './make-deals.ts'
import type { Lead } from './make-leads.ts'
import { placeNear } from './make-places.ts'
import { addressPerson } from './name-person.ts'
import { Random } from './random.ts'
import {
  CUSTOMER_FOLLOW_UPS,
  LEAD_FOLLOW_UPS,
  PROSPECT_FOLLOW_UPS,
} from './words/customer-follow-ups.ts'
import { DEAL_FOLLOW_UPS } from './words/deal-follow-ups.ts'
import { COMPETITORS } from './words/deal-words.ts'
import type { FollowUpTemplate } from './words/follow-up-template.ts'
import { PRODUCT_CATALOGUE } from './words/product-catalogue.ts'

/** Something that was followed up: how often, when at the earliest and at the latest, in which words. */
interface Subject {
  from: string
  until: string
  times: number
  owner: string
  person: string
  place: string
  templates: readonly FollowUpTemplate[]
  about: Omit<DemoRecord, '_key'>
}

const STAGES_IN_ORDER = [
  'needs_confirmed',
  'solution',
  'quotation',
  'negotiation',
  'contract',
  'won',
] as const

export interface FollowUpSources {
  accounts: readonly Account[]
  contacts: readonly Contact[]
  deals: readonly Deal[]
  leads: readonly Lead[]
}

/** What sellers wrote down after calls and visits, oldest first; nothing is later than yesterday. */
export function makeFollowUps(sources: FollowUpSources, today: string): DemoRecord[] {
  const random = new Random('follow-ups')
  const yesterday = addDays(today, -1)
  const subjects = [
    ...sources.deals.flatMap((deal) => dealSubjects(random, deal, yesterday)),
    ...sources.accounts.flatMap((account) =>
      accountSubjects(random, account, { contacts: sources.contacts, yesterday }),
    ),
    ...sources.leads.flatMap((lead) => leadSubjects(random, lead, yesterday)),
  ]
  return subjects
    .flatMap((subject) => tell(random, subject, today))
    .toSorted((a, b) => (String(a['occurred_at']) < String(b['occurred_at']) ? -1 : 1))
    .map((record, index) => ({ ...record, _key: `follow_up.${index + 1}` }))
}

/** A deal is told stage by stage up to where it stands. */
function dealSubjects(random: Random, deal: Deal, yesterday: string): Subject[] {
  const { stage, account, contact } = deal
  if (stage === 'invalid') return []
  const last = stage === 'lost' ? 2 : STAGES_IN_ORDER.indexOf(stage)
  const told = stage === 'won' ? [random.integer(0, 4), 5] : [random.integer(0, last), last]
  const stages = [...new Set(told)].map((index) => STAGES_IN_ORDER[index] ?? 'needs_confirmed')
  const shown = stage === 'lost' ? [...stages.slice(0, 1), 'lost'] : stages
  const end = earlierDay(stage === 'won' ? addDays(deal.closes, 60) : deal.closes, yesterday)
  return shown.map((name, index) => {
    const span = daysBetween(deal.opened, end)
    return {
      from: addDays(deal.opened, 1 + Math.floor((span * index) / shown.length)),
      until: addDays(deal.opened, Math.floor((span * (index + 1)) / shown.length)),
      times: index === shown.length - 1 ? random.integer(1, 2) : 1,
      owner: account.owner,
      person: addressPerson(contact),
      place: account.company.city.name,
      templates: DEAL_FOLLOW_UPS[name] ?? [],
      about: { account: ref(account.key), contact: ref(contact.key), opportunity: ref(deal.key) },
    }
  })
}

/** Customers are looked after; of the others one in five was contacted without a deal. */
function accountSubjects(
  random: Random,
  account: Account,
  { contacts, yesterday }: { contacts: readonly Contact[]; yesterday: string },
): Subject[] {
  const isCustomer = account.customer !== undefined
  if (!isCustomer && !random.chance(0.22)) return []
  const contact = random.pick(contacts.filter((one) => one.account === account.key))
  return [
    {
      from: laterDay(
        addDays(account.since, 1),
        isCustomer ? addDays(yesterday, -100) : account.since,
      ),
      until: yesterday,
      times: isCustomer ? random.integer(1, 2) : 1,
      owner: account.owner,
      person: addressPerson(contact),
      place: account.company.city.name,
      templates: isCustomer ? CUSTOMER_FOLLOW_UPS : PROSPECT_FOLLOW_UPS,
      about: { account: ref(account.key), contact: ref(contact.key) },
    },
  ]
}

function leadSubjects(random: Random, lead: Lead, yesterday: string): Subject[] {
  if (lead.status !== 'working' && lead.status !== 'invalid') return []
  const from = addDays(lead.since, 1)
  return [
    {
      from,
      until: earlierDay(addDays(from, 40), yesterday),
      times: lead.status === 'working' ? random.integer(1, 2) : 1,
      owner: lead.owner,
      person: lead.person,
      place: '',
      templates: LEAD_FOLLOW_UPS,
      about: { lead: ref(lead.key) },
    },
  ]
}

function tell(random: Random, subject: Subject, today: string): DemoRecord[] {
  const span = daysBetween(subject.from, subject.until)
  if (span < 0) return []
  return random
    .shuffle(subject.templates)
    .slice(0, subject.times)
    .map((template) =>
      followUp(random, subject, {
        template,
        today,
        day: addDays(subject.from, random.integer(0, span)),
      }),
    )
}

function followUp(
  random: Random,
  subject: Subject,
  { template, today, day }: { template: FollowUpTemplate; today: string; day: string },
): DemoRecord {
  const worked = workday(day) < subject.from ? day : workday(day)
  const at = momentInChina(worked, random.integer(9, 17), random.integer(0, 59))
  const isRecent = daysBetween(worked, today) < 20
  const isOnSite =
    (template.type === 'visit' || template.type === 'meeting') && subject.place !== ''
  return {
    _key: '',
    _created_at: at,
    _owner: ref(`user.${subject.owner}`),
    name: template.subject,
    type: template.type,
    content: fill(random, template.content, { person: subject.person, day: worked }),
    occurred_at: at,
    ...subject.about,
    ...(template.next === undefined
      ? {}
      : { next_step: fill(random, template.next, { person: subject.person, day: worked }) }),
    ...(isRecent ? { next_contact_date: addDays(today, random.integer(0, 14)) } : {}),
    ...(isOnSite
      ? { location: `${subject.place}，客户现场`, check_in: placeNear(random, subject.place) }
      : {}),
  }
}

const hardware = PRODUCT_CATALOGUE.filter(
  ({ category, isOffSale }) =>
    category !== 'service' && category !== 'software' && isOffSale !== true,
)

function fill(
  random: Random,
  text: string,
  { person, day }: { person: string; day: string },
): string {
  const month = Number(addDays(day, random.integer(25, 70)).slice(5, 7))
  return text
    .replaceAll('{person}', person)
    .replaceAll('{product}', random.pick(hardware).name)
    .replaceAll('{competitor}', random.pick(COMPETITORS))
    .replaceAll('{number}', String(random.integer(2, 6)))
    .replaceAll('{month}', `${month} 月`)
}
