import type { ImportJob } from '@trellis/metamodel'

import { type Company, PRODUCT_ALIASES } from './company.ts'
import type { HttpClient } from './http-client.ts'
import { type FileImport, importFile, type Mapping } from './import-file.ts'

// The file's spelling mistakes are mended on the way in; what was written stays in the file.
const SECTOR_VALUES = { technolgy: 'technology' }
const LOCATION_ALIASES = { Philipines: 'Philippines' }
const STAGE_VALUES = {
  Prospecting: 'needs_confirmed',
  Engaging: 'solution',
  Won: 'won',
  Lost: 'lost',
}

const PRODUCTS: Mapping = { product: 'name', series: 'series__c', sales_price: 'standard_price' }

const PEOPLE: Mapping = {
  name: 'name',
  email: 'email',
  manager_email: { field: 'manager', by: 'email' },
  regional_office: 'regional_office__c',
  role: 'role',
  permission_sets: 'permission_sets',
  locale: 'locale',
  time_zone: 'time_zone',
}

const ACCOUNTS: Mapping = {
  account: 'name',
  sector: { field: 'sector__c', values: SECTOR_VALUES },
  year_established: 'year_established__c',
  revenue: 'revenue__c',
  employees: 'employees__c',
  office_location: { field: 'office_location__c', aliases: LOCATION_ALIASES },
  subsidiary_of: { field: 'parent', by: 'name' },
}

/** As far as the columns say it by themselves. */
const FIRST_DEALS: Mapping = {
  opportunity_id: 'opportunity_id__c',
  deal: 'name',
  sales_agent: { field: 'owner', by: 'name' },
  product: { field: 'product__c', by: 'name' },
  account: { field: 'account', by: 'name' },
  deal_stage: { field: 'stage', values: STAGE_VALUES },
  engage_date: 'engage_date__c',
  close_date: 'close_date',
  close_value: 'amount',
}

/** With what the rehearsal has taught. */
const DEALS: Mapping = {
  ...FIRST_DEALS,
  product: { field: 'product__c', by: 'name', aliases: PRODUCT_ALIASES },
}

/** Products, people and accounts: all rows or none is good enough. @throws Error if a row was not taken */
export async function importGround(client: HttpClient, company: Company): Promise<ImportJob[]> {
  const files: FileImport[] = [
    { object: 'product', name: 'products.csv', text: company.products, mapping: PRODUCTS },
    { object: 'user', name: 'people.csv', text: company.people, mapping: PEOPLE },
    { object: 'account', name: 'accounts.csv', text: company.accounts, mapping: ACCOUNTS },
  ]
  const jobs: ImportJob[] = []
  for (const file of files) jobs.push(requireWhole(await importFile(client, file)))
  return jobs
}

/** Checks the deals against the model as it is; nothing is written. */
export function rehearseDeals(client: HttpClient, { deals }: Company): Promise<ImportJob> {
  return importFile(client, {
    object: 'opportunity',
    name: 'sales_pipeline.csv',
    text: deals,
    mapping: FIRST_DEALS,
    dryRun: true,
  })
}

/** The deals. @throws Error if a row was not taken */
export async function importDeals(client: HttpClient, { deals }: Company): Promise<ImportJob> {
  return requireWhole(
    await importFile(client, {
      object: 'opportunity',
      name: 'sales_pipeline.csv',
      text: deals,
      mapping: DEALS,
    }),
  )
}

function requireWhole(job: ImportJob): ImportJob {
  if (job.status === 'done' && job.created === job.total) return job
  const errors = job.errors
    .slice(0, 10)
    .map(
      ({ row, column, value, message }) =>
        `  row ${row}, ${column} ${JSON.stringify(value)}: ${message}`,
    )
  throw new Error(
    `${job.file_name}: ${job.created} of ${job.total} rows were taken\n${errors.join('\n')}`,
  )
}
