import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { readCsv, writeCsv } from './csv.ts'

/** Won, lost and value of the deals of one group, as the golden file has it. */
export interface GoldenGroup {
  won: number
  lost: number
  wonValue: number
  winRate: number
}

/** What is known to be right about the company's deals, counted by somebody else. */
export interface GoldenFigures {
  rows: number
  stages: Record<string, number>
  byManager: Record<string, GoldenGroup>
  byRegion: Record<string, GoldenGroup>
  byProduct: Record<string, GoldenGroup>
  byAgent: Record<string, GoldenGroup>
  byCloseMonth: Record<string, GoldenGroup>
  bySector: Record<string, GoldenGroup>
}

/** The company's files, ready to be imported. */
export interface Company {
  /** As they came. */
  products: string
  accounts: string
  /** The teams as a list of people, managers first, each with an address. */
  people: string
  /** As it came, with a last column `deal`: what people call the deal. */
  deals: string
  golden: GoldenFigures
}

/** Written in the deals in one word, in the list of products in two. */
export const PRODUCT_ALIASES: Readonly<Record<string, string>> = { GTXPro: 'GTX Pro' }

/** Reads the folder of the company. @throws Error if a file is missing */
export async function readCompany(folder: string): Promise<Company> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  return {
    products: await read('products.csv'),
    accounts: await read('accounts.csv'),
    people: peopleOf(await read('sales_teams.csv')),
    deals: withNames(await read('sales_pipeline.csv')),
    golden: JSON.parse(await read('golden-aggregates.json')) as GoldenFigures,
  }
}

function peopleOf(teams: string): string {
  const agents = readCsv(teams).rows.map((row) => ({
    name: row['sales_agent'] ?? '',
    manager: row['manager'] ?? '',
    office: row['regional_office'] ?? '',
  }))
  const managers = new Map(agents.map(({ manager, office }) => [manager, office]))
  const rows = [
    ...Array.from(managers, ([name, office]) => person({ name, office, set: 'sales_manager' })),
    ...agents.map(({ name, manager, office }) =>
      person({ name, office, set: 'sales_rep', manager }),
    ),
  ]
  return writeCsv({
    header: [
      'name',
      'email',
      'manager_email',
      'regional_office',
      'role',
      'permission_sets',
      'locale',
      'time_zone',
    ],
    rows,
  })
}

interface Person {
  name: string
  office: string
  set: string
  manager?: string
}

function person({ name, office, set, manager }: Person): Record<string, string> {
  return {
    name,
    email: addressOf(name),
    manager_email: manager === undefined ? '' : addressOf(manager),
    regional_office: office,
    role: set,
    permission_sets: set,
    locale: 'en-US',
    time_zone: 'America/New_York',
  }
}

function addressOf(name: string): string {
  return `${name.toLowerCase().replaceAll(' ', '.')}@maven.example.com`
}

/** Deals have a number but no name: they are called by customer and product, without a customer by number and product. */
function withNames(pipeline: string): string {
  const { header, rows } = readCsv(pipeline)
  const named = rows.map((row) => {
    const { opportunity_id: id = '', account = '', product = '' } = row
    return {
      ...row,
      deal: `${account === '' ? id : account} · ${PRODUCT_ALIASES[product] ?? product}`,
    }
  })
  return writeCsv({ header: [...header, 'deal'], rows: named })
}
