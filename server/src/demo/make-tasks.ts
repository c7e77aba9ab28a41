import { addDays, daysBetween, earlierDay, laterDay, workday, workingMoment } from './days.ts'
import { type DemoRecord, type DemoReference, ref, refOf } from './demo-data.ts'
import type { Account } from './make-accounts.ts'
import type { Contract } from './make-contracts.ts'
import type { Deal } from './make-deals.ts'
import type { Quote } from './make-quotes.ts'
import { Random } from './random.ts'
import { CUSTOMER_TASKS, DEAL_TASKS, TASK_NOTES, type TaskType } from './words/task-words.ts'

const TASK_COUNT = 200
const DEAL_SHARE = 0.62

/** What tasks are about. */
interface TaskGround {
  deals: readonly Deal[]
  accounts: readonly Account[]
  quotes: readonly Quote[]
  contracts: readonly Contract[]
}

/** Tasks: for deals that are open and for customers; some done, some open, a few overdue. */
export function makeTasks(
  { deals, accounts, quotes, contracts }: TaskGround,
  today: string,
): DemoRecord[] {
  const random = new Random('tasks')
  const open = deals.filter(
    ({ stage }) => stage !== 'won' && stage !== 'lost' && stage !== 'invalid',
  )
  const customers = accounts.filter(({ customer }) => customer !== undefined)
  return Array.from({ length: TASK_COUNT }, (_, index) => {
    const deal = random.chance(DEAL_SHARE) ? random.pick(open) : undefined
    const account = deal?.account ?? random.pick(customers)
    const documents = { quotes, contracts }
    return makeTask(random, { deal, account, documents, number: index + 1, today })
  })
}

function makeTask(
  random: Random,
  {
    deal,
    account,
    documents,
    number,
    today,
  }: {
    deal: Deal | undefined
    account: Account
    documents: Pick<TaskGround, 'quotes' | 'contracts'>
    number: number
    today: string
  },
): DemoRecord {
  const [type, text] = random.pick(deal === undefined ? CUSTOMER_TASKS : DEAL_TASKS)
  const earliest = laterDay(addDays(deal?.opened ?? account.since, 1), addDays(today, -75))
  const created = addDays(
    earliest,
    random.integer(0, Math.max(0, daysBetween(earliest, today) - 1)),
  )
  const { status, due } = progress(random, { created, today })
  return {
    _key: `task.${number}`,
    _created_at: workingMoment(random, created, today),
    _owner: ref(`user.${account.owner}`),
    name: text
      .replaceAll('{account}', account.company.shortName)
      .replaceAll('{project}', deal?.name ?? ''),
    status,
    priority: random.weighted({ high: 24, normal: 58, low: 18 }),
    type,
    due_date: due,
    account: ref(account.key),
    ...(deal === undefined ? {} : { opportunity: ref(deal.key), contact: ref(deal.contact.key) }),
    ...documentOf(type, { deal, account }, documents),
    ...(random.chance(0.35) ? { description: random.pick(TASK_NOTES) } : {}),
  }
}

/** The quote of a task about quoting; the contract of one about collecting and serving. */
function documentOf(
  type: TaskType,
  { deal, account }: { deal: Deal | undefined; account: Account },
  { quotes, contracts }: Pick<TaskGround, 'quotes' | 'contracts'>,
): { document?: DemoReference } {
  if (type === 'quote') {
    const quote = quotes.find((one) => one.deal === deal)
    return quote ? { document: refOf('quote', quote.key) } : {}
  }
  if (type !== 'collection' && type !== 'service' && type !== 'other') return {}
  const contract = contracts.find((one) => one.account === account)
  return deal === undefined && contract ? { document: refOf('contract', contract.key) } : {}
}

function progress(
  random: Random,
  { created, today }: { created: string; today: string },
): { status: string; due: string } {
  const outcome = random.weighted({ done: 44, cancelled: 5, overdue: 11, open: 40 })
  const standing = random.weighted({ not_started: 62, in_progress: 38 })
  if (outcome === 'open') return { status: standing, due: addDays(today, random.integer(0, 21)) }
  const past = laterDay(created, workday(addDays(today, -random.integer(1, 20))))
  if (outcome !== 'overdue') return { status: outcome, due: past }
  return { status: standing, due: earlierDay(past, addDays(today, -1)) }
}
