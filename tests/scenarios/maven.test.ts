import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { RecordPage, WireRecord, WireReference, WireRelease } from '@trellis/metamodel'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { installPackages, readPackages } from '../../server/src/catalog/index.ts'
import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  describeWithSharedData,
  ROOT_DIR,
  sharedDataPath,
  startTestServer,
  type TestServer,
} from '../support/index.ts'
import { readCompany } from './maven/company.ts'
import { isRight } from './maven/compare-figures.ts'
import { readCsv } from './maven/csv.ts'
import { type HttpClient, signIn } from './maven/http-client.ts'
import { type MavenResult, runMavenScenario } from './maven/maven-scenario.ts'
import { LOOSENED } from './maven/model-changes.ts'
import { type InForce, loadDefinition } from './maven/publish-changes.ts'

type Row = Record<string, string>

const MINUTE = 60_000

const STAGES: Row = {
  Won: 'won',
  Lost: 'lost',
  Engaging: 'solution',
  Prospecting: 'needs_confirmed',
}

async function readRows(name: string): Promise<Row[]> {
  return readCsv(await readFile(sharedDataPath('maven-crm', name), 'utf8')).rows
}

async function loadAll(
  client: HttpClient,
  object: string,
  select: readonly string[],
): Promise<WireRecord[]> {
  const records: WireRecord[] = []
  let cursor: string | null = null
  do {
    const page: RecordPage = await client.post(`/records/${object}/query`, {
      select,
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    })
    records.push(...page.records)
    cursor = page.next_cursor
  } while (cursor !== null)
  return records
}

/** The lines of a file whose rows are so; its header is the first. */
function linesWhere(rows: readonly Row[], test: (row: Row) => boolean): number[] {
  return rows.flatMap((row, index) => (test(row) ? [index + 2] : []))
}

const byId = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1)
const nameOf = (value: unknown): string | null => (value as WireReference | null)?.name ?? null
const orNull = (cell: string | undefined): string | null =>
  cell === undefined || cell === '' ? null : cell

describeWithSharedData('maven-crm')('a real company, modelled and imported through the API', () => {
  let server: TestServer
  let stopJobs: Stop
  let client: HttpClient
  let result: MavenResult
  let deals: Row[]

  beforeAll(async () => {
    server = await startTestServer()
    stopJobs = await startJobs(server.foundation)
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
    client = await signIn(address, await server.createUser({ sets: ['admin'], name: 'Consultant' }))
    deals = await readRows('sales_pipeline.csv')
    result = await runMavenScenario(client, await readCompany(sharedDataPath('maven-crm')))
  }, 5 * MINUTE)
  afterAll(async () => {
    await stopJobs()
    await server.stop()
  })

  it('answers every golden figure exactly', () => {
    expect(result.figures.filter((figure) => !isRight(figure))).toEqual([])
    expect(result.figures).toHaveLength(269)
  })

  it('is rehearsed first: the report names every row and what is wrong with it', () => {
    // A rule judges rows whose values are sound; the others are reported for their values.
    expect(Object.fromEntries(result.problems.map(({ reason, rows }) => [reason, rows]))).toEqual({
      'product: No record has name "GTXPro"': linesWhere(
        deals,
        (row) => row['product'] === 'GTXPro',
      ),
      'account: Needs a value': linesWhere(deals, (row) => row['account'] === ''),
      'close_date: Needs a value': linesWhere(deals, (row) => row['close_date'] === ''),
      'lost_reason: Choose why it was lost, so that the team can learn from it': linesWhere(
        deals,
        (row) => row['deal_stage'] === 'Lost' && row['product'] !== 'GTXPro',
      ),
    })
    expect(result.rehearsal).toMatchObject({
      status: 'done',
      dry_run: true,
      total: 8800,
      created: 3509,
      failed: 5291,
    })
  })

  it('takes every row of every file', () => {
    const counts = [...result.ground, result.deals].map(
      ({ file_name: name, total, created, failed }) => ({ name, total, created, failed }),
    )
    expect(counts).toEqual([
      { name: 'products.csv', total: 7, created: 7, failed: 0 },
      { name: 'people.csv', total: 41, created: 41, failed: 0 },
      { name: 'accounts.csv', total: 85, created: 85, failed: 0 },
      { name: 'sales_pipeline.csv', total: 8800, created: 8800, failed: 0 },
    ])
  })

  it('holds every deal as the file has it', async () => {
    const fields = ['opportunity_id__c', 'stage', 'amount', 'engage_date__c', 'close_date']
    const references = ['owner', 'product__c', 'account']
    const records = await loadAll(client, 'opportunity', [...fields, ...references])
    const ours = records.map((record) => [
      ...fields.map((name) => record[name]),
      ...references.map((name) => nameOf(record[name])),
    ])
    const wanted = deals.map((row) => [
      row['opportunity_id'],
      STAGES[row['deal_stage'] ?? ''],
      row['close_value'] === '' ? null : Number(row['close_value']),
      orNull(row['engage_date']),
      orNull(row['close_date']),
      row['sales_agent'],
      row['product'] === 'GTXPro' ? 'GTX Pro' : row['product'],
      orNull(row['account']),
    ])
    expect(ours.toSorted(byId)).toEqual(wanted.toSorted(byId))
    expect(wanted.filter((row) => row.at(-1) === null)).toHaveLength(1425)
    expect(wanted.filter((row) => row[4] === null)).toHaveLength(2089)
  })

  it('lets probability and forecast follow the stage', async () => {
    const { groups } = await client.post<{ groups: Row[] }>('/records/opportunity/aggregate', {
      group_by: ['stage', 'forecast_category'],
      measures: [
        { fn: 'min', field: 'probability', as: 'least' },
        { fn: 'max', field: 'probability', as: 'most' },
      ],
    })
    expect(
      groups.toSorted(
        (a, b) =>
          Number(a['least']) - Number(b['least']) ||
          String(a['stage']).localeCompare(String(b['stage'])),
      ),
    ).toEqual([
      { stage: 'lost', forecast_category: 'omitted', least: 0, most: 0 },
      { stage: 'needs_confirmed', forecast_category: 'pipeline', least: 10, most: 10 },
      { stage: 'solution', forecast_category: 'pipeline', least: 30, most: 30 },
      { stage: 'won', forecast_category: 'closed', least: 100, most: 100 },
    ])
  })

  it('has the parents of accounts and the managers of agents', async () => {
    const accounts = await loadAll(client, 'account', [
      'name',
      'parent',
      'sector__c',
      'office_location__c',
      'revenue__c',
      'employees__c',
    ])
    const parents = (await readRows('accounts.csv')).map((row) => [
      row['account'],
      orNull(row['subsidiary_of']),
    ])
    expect(Object.fromEntries(accounts.map((one) => [one.name, nameOf(one['parent'])]))).toEqual(
      Object.fromEntries(parents),
    )
    expect(accounts.find(({ name }) => name === 'Bioholding')).toMatchObject({
      sector__c: 'medical',
      office_location__c: 'Philippines',
      revenue__c: 587.34,
      employees__c: 1356,
    })
    const agents = (await readRows('sales_teams.csv')).map((row) => [
      row['sales_agent'],
      [row['manager'], row['regional_office']?.toLowerCase()],
    ])
    const users = new Map(
      (await loadAll(client, 'user', ['name', 'manager', 'regional_office__c'])).map((user) => [
        user.name,
        user,
      ]),
    )
    const ours = agents.map(([name]) => [
      name,
      [
        nameOf(users.get(String(name))?.['manager']),
        users.get(String(name))?.['regional_office__c'],
      ],
    ])
    expect(ours).toEqual(agents)
  })

  it('leaves the package untouched: the loosened fields are patches, and installing it again changes nothing', async () => {
    const before = await client.get<{ releases: WireRelease[] }>('/meta/releases')
    const folders = ['platform', 'crm'].map((app) => ({
      app,
      folder: join(ROOT_DIR, 'metadata', app),
    }))
    const { target } = server.foundation
    await installPackages(target, await readPackages(folders), {
      by: null,
      now: new Date(),
      label: 'Trellis',
    })
    expect(await client.get('/meta/releases')).toEqual(before)
    for (const name of LOOSENED) {
      const inForce: InForce = await loadDefinition(client, 'field', name)
      expect(inForce.layer).toBe('app:crm')
      expect(inForce.definition).not.toHaveProperty('required')
    }
    expect(
      result.loosened.plan.steps.map(({ kind, object, field }) => [kind, object, field]),
    ).toEqual([
      ['drop_not_null', 'opportunity', 'account'],
      ['drop_not_null', 'opportunity', 'close_date'],
    ])
  })
})
