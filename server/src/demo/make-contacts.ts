import { addDays } from './days.ts'
import { type DemoRecord, ref } from './demo-data.ts'
import type { Account } from './make-accounts.ts'
import { namePerson } from './name-person.ts'
import { Random } from './random.ts'
import { type ContactRole, JOBS } from './words/person-words.ts'

export const CONTACT_COUNT = 900
const MOST_PER_ACCOUNT = 6

const OTHER_ROLES: Readonly<Record<ContactRole, number>> = {
  decision_maker: 12,
  influencer: 28,
  user: 26,
  purchasing: 18,
  finance: 10,
  gatekeeper: 6,
}
/** Whom one meets first. */
const FIRST_ROLES: Readonly<Record<ContactRole, number>> = {
  decision_maker: 45,
  influencer: 35,
  user: 0,
  purchasing: 20,
  finance: 0,
  gatekeeper: 0,
}
const COOL = { supportive: 18, neutral: 44, opposed: 6, unknown: 32 }
const WARM = { supportive: 46, neutral: 40, opposed: 6, unknown: 8 }

export interface Contact {
  key: string
  account: string
  name: string
  surname: string
  title: string
  role: ContactRole
  record: DemoRecord
}

/** Contacts: every account has one, the first being the primary one; those that have bought have more. */
export function makeContacts(accounts: readonly Account[], today: string): Contact[] {
  const random = new Random('contacts')
  const counts = shareOut(random, accounts)
  const contacts: Contact[] = []
  for (const account of accounts) {
    const team: Contact[] = []
    for (let place = 0; place < (counts.get(account.key) ?? 1); place++) {
      team.push(
        makeContact(random, {
          account,
          today,
          place,
          head: team[0],
          number: contacts.length + team.length + 1,
        }),
      )
    }
    contacts.push(...team)
  }
  return contacts
}

function shareOut(random: Random, accounts: readonly Account[]): Map<string, number> {
  const counts = new Map(accounts.map(({ key }) => [key, 1]))
  const customers = accounts.filter(({ customer }) => customer !== undefined)
  let left = CONTACT_COUNT - accounts.length
  while (left > 0) {
    const { key } = random.pick(random.chance(0.4) ? customers : accounts)
    const count = counts.get(key) ?? 1
    if (count >= MOST_PER_ACCOUNT) continue
    counts.set(key, count + 1)
    left -= 1
  }
  return counts
}

const CALL_TIMES = ['09:30:00', '10:00:00', '13:30:00', '14:00:00', '16:30:00']

interface Place {
  account: Account
  today: string
  place: number
  head: Contact | undefined
  number: number
}

function makeContact(random: Random, { account, today, place, head, number }: Place): Contact {
  const person = namePerson(random)
  const role: ContactRole = random.weighted(place === 0 ? FIRST_ROLES : OTHER_ROLES)
  const [title, department] = random.pick(JOBS[role])
  const { record: owner } = account
  const record: DemoRecord = {
    _key: `contact.${number}`,
    ...(owner._created_at === undefined ? {} : { _created_at: owner._created_at }),
    _owner: ref(`user.${account.owner}`),
    name: person.name,
    account: ref(account.key),
    title,
    department,
    role,
    attitude: random.weighted(account.customer === undefined ? COOL : WARM),
    influence: role === 'decision_maker' ? 5 : random.integer(1, 4),
    is_primary: place === 0,
    mobile: person.mobile,
    email: `${person.mail}@${account.company.slug}.example.com`,
    gender: person.gender,
    ...(random.chance(0.5)
      ? { wechat: `${person.mail.replace('.', '_')}${random.integer(10, 99)}` }
      : {}),
    ...(head !== undefined && head.role === 'decision_maker' && role !== 'decision_maker'
      ? { reports_to: ref(head.key) }
      : {}),
    ...birthday(random, today),
    ...(number % 5 === 0 ? { best_call_time: CALL_TIMES[(number / 5) % CALL_TIMES.length] } : {}),
    ...(random.chance(0.04) ? { opt_out_email: true } : {}),
  }
  return {
    key: record._key,
    account: account.key,
    name: person.name,
    surname: person.surname,
    title,
    role,
    record,
  }
}

function birthday(random: Random, today: string): Omit<DemoRecord, '_key'> {
  if (!random.chance(0.45)) return {}
  const born = addDays(today, -random.integer(26 * 365, 58 * 365))
  return { birthday: born, birthday_calendar: random.chance(0.85) ? 'solar' : 'lunar' }
}
