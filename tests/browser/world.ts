import type { Caller, TestServer, TestUser } from '../support/index.ts'

/** A sales company small enough to know by heart. */
export interface World {
  readonly admin: TestUser
  readonly rep: TestUser
  readonly manager: TestUser
  /** Ids by name. */
  readonly accounts: Readonly<Record<string, string>>
  readonly opportunities: Readonly<Record<string, string>>
  /** A draft with 15 % discount, which the manager of the rep has to approve. */
  readonly quote: { readonly id: string; readonly name: string }
}

const ACCOUNTS = [
  { name: 'Aurora Optics', level: 'A', status: 'active', phone: '021-55550001' },
  { name: '华云科技有限公司', level: 'B', status: 'customer', phone: '0755-55550002' },
  { name: 'Meridian Foods', level: 'C', status: 'prospect' },
  { name: 'Zenith Steel', level: 'C', status: 'prospect' },
]

const OPPORTUNITIES = [
  {
    name: 'Cloud migration',
    account: '华云科技有限公司',
    stage: 'needs_confirmed',
    amount: 120_000,
  },
  { name: 'Data platform', account: '华云科技有限公司', stage: 'quotation', amount: 80_000 },
  { name: 'Lens line', account: 'Aurora Optics', stage: 'needs_confirmed' },
  { name: 'Old furnace', account: 'Zenith Steel', stage: 'won', amount: 50_000 },
]

/** Puts the small company into a server, as its seller would have done. */
export async function makeWorld(server: TestServer): Promise<World> {
  const admin = await server.createUser({ sets: ['admin'], name: 'Ada Admin' })
  const manager = await server.createUser({ sets: ['sales_manager'], name: 'Mia Manager' })
  const rep = await server.createUser({ sets: ['sales_rep'], name: 'Ray Rep' })
  await server.test.database.execute('update main."user" set manager = $1 where id = $2', [
    manager.id,
    rep.id,
  ])
  const seller = await server.signIn(rep)
  const accounts = await createAll(seller, 'account', ACCOUNTS)
  const opportunities = await createAll(
    seller,
    'opportunity',
    OPPORTUNITIES.map((deal) => ({
      ...deal,
      account: accounts[deal.account],
      close_date: '2099-12-31',
    })),
  )
  const quote = await create(seller, 'quote', {
    opportunity: opportunities['Cloud migration'],
    account: accounts['华云科技有限公司'],
    valid_until: '2099-12-31',
    discount_percent: 15,
  })
  return { admin, rep, manager, accounts, opportunities, quote }
}

async function createAll(
  caller: Caller,
  object: string,
  records: readonly { readonly name: string }[],
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const record of records) ids[record.name] = (await create(caller, object, record)).id
  return ids
}

async function create(
  caller: Caller,
  object: string,
  record: object,
): Promise<{ id: string; name: string }> {
  const answer = await caller.post(`/api/v1/records/${object}`, record)
  if (answer.status !== 201) throw new Error(`The ${object} was refused: ${answer.text}`)
  return answer.body
}
