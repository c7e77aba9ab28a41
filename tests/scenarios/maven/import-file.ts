import { setTimeout as delay } from 'node:timers/promises'

import type { ImportJob } from '@trellis/metamodel'

import { readCsv } from './csv.ts'
import type { HttpClient } from './http-client.ts'

/** Where the columns of a file go, in the words of the import. */
export type Mapping = Record<
  string,
  | string
  | null
  | {
      field: string
      by?: string
      values?: Readonly<Record<string, string>>
      aliases?: Readonly<Record<string, string>>
    }
>

/** A file to be imported. */
export interface FileImport {
  object: string
  name: string
  text: string
  mapping: Mapping
  /** Check every row and write nothing. */
  dryRun?: boolean
}

/** One kind of problem, and every row of the file that has it. */
export interface RowProblem {
  /** What the report says, with the value left out: `account: Required`. */
  reason: string
  rows: number[]
}

const PATIENCE_MS = 10 * 60_000

/** Imports a file and waits for the end of the job. @throws Error if it does not end in time */
export async function importFile(
  client: HttpClient,
  { object, name, text, mapping, dryRun = false }: FileImport,
): Promise<ImportJob> {
  const form = new FormData()
  form.set('object', object)
  form.set('mapping', JSON.stringify(mapping))
  form.set('dry_run', String(dryRun))
  form.set('file', new File([text], name, { type: 'text/csv' }))
  const { id } = await client.upload<ImportJob>('/imports', form)
  const until = Date.now() + PATIENCE_MS
  for (let pause = 50; Date.now() < until; pause = Math.min(pause * 2, 1000)) {
    const job = await client.get<ImportJob>(`/imports/${id}`)
    if (job.status !== 'pending' && job.status !== 'running') return job
    await delay(pause)
  }
  throw new Error(`The import of ${name} did not end within ${PATIENCE_MS / 60_000} minutes`)
}

/** Every row that a job did not take, by what was wrong with it; a row with two problems is under both. */
export async function loadProblems(client: HttpClient, { id }: ImportJob): Promise<RowProblem[]> {
  const { rows } = readCsv(await client.getText(`/imports/${id}/errors`))
  const byReason = new Map<string, number[]>()
  for (const row of rows) {
    for (const reason of (row['Reasons'] ?? '').split('; ')) {
      byReason.set(reason, [...(byReason.get(reason) ?? []), Number(row['Row'])])
    }
  }
  return Array.from(byReason, ([reason, numbers]) => ({ reason, rows: numbers }))
}
