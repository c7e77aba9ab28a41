import type { ImportJob, Me, WireRecord } from '@trellis/metamodel'

import type { Company } from './company.ts'
import { compareFigures, type Figure } from './compare-figures.ts'
import type { HttpClient } from './http-client.ts'
import { importDeals, importGround, rehearseDeals } from './import-company.ts'
import { loadProblems, type RowProblem } from './import-file.ts'
import { loosenedFields, ownModel } from './model-changes.ts'
import { publishChanges, type Published } from './publish-changes.ts'

/** What happened, in the order in which it did. */
export interface MavenResult {
  model: Published
  /** Products, people, accounts. */
  ground: ImportJob[]
  rehearsal: ImportJob
  problems: RowProblem[]
  loosened: Published
  deals: ImportJob
  figures: Figure[]
}

/**
 * Models and imports a real company through the public API alone, as a consultant would: model, publish, import
 * what deals refer to, rehearse the deals, look at the report, decide, import them, and count.
 *
 * @param client an administrator, signed in to a server with the CRM app and no data
 * @throws Error if a plan has obstacles or a row is not taken
 */
export async function runMavenScenario(
  client: HttpClient,
  company: Company,
  say: (line: string) => void = () => undefined,
): Promise<MavenResult> {
  const model = await publishChanges(client, 'Maven: our own fields', await ownModel(client))
  say(
    `Release ${model.release}: ${model.plan.changes.length} components, ${model.plan.steps.length} steps`,
  )
  const ground = await importGround(client, company)
  for (const job of ground) say(importLine(job))

  say('Rehearsing the deals')
  const rehearsal = await rehearseDeals(client, company)
  const problems = await loadProblems(client, rehearsal)
  say(`${rehearsal.file_name}: ${rehearsal.failed} of ${rehearsal.total} rows would not be taken`)
  for (const problem of problems) say(problemLine(problem))

  const loosened = await publishChanges(
    client,
    'Maven: deals without account or close date',
    await loosenedFields(client),
  )
  say(`Release ${loosened.release}: account and close date of a deal are optional`)
  await allowHistory(client)
  say('The importing administrator has the permission set data_migration')
  const deals = await importDeals(client, company)
  say(importLine(deals))
  return {
    model,
    ground,
    rehearsal,
    problems,
    loosened,
    deals,
    figures: await compareFigures(client, company.golden),
  }
}

/** History is loaded as it was: the set `data_migration` lets lost deals be without a reason. */
async function allowHistory(client: HttpClient): Promise<void> {
  const { user, permissions } = await client.get<Me>('/me')
  const sets = [...new Set([...permissions.sets, 'data_migration'])]
  await client.patch<WireRecord>(`/records/user/${user.id}`, { permission_sets: sets })
}

function importLine({ file_name: name, created, total, failed }: ImportJob): string {
  return `${name}: ${created} of ${total} rows taken, ${failed} not`
}

const SHOWN_ROWS = 8

function problemLine({ reason, rows }: RowProblem): string {
  const more = rows.length > SHOWN_ROWS ? ', …' : ''
  return `  ${String(rows.length).padStart(5)} × ${reason}   (rows ${rows.slice(0, SHOWN_ROWS).join(', ')}${more})`
}
