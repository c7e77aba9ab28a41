import { type FieldModel, isTold, type ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { CreateRequest, UpdateRequest } from '../effects/record-request.ts'
import { ERRORS, RequestError } from '../errors.ts'
import { type Outcome, performIn } from '../records/perform.ts'
import { loadFields, loadForWrite } from '../records/read-rows.ts'
import { answerTwins, isLikelyDuplicate, likeSeveral } from './answer-twins.ts'
import { convertRow } from './convert-row.ts'
import {
  faultOf,
  type ImportOptions,
  type RowFault,
  type RowResult,
  type StoredRow,
} from './import-job.ts'
import { findMatches, keyOf, leadOn, type ReadyRow, unknownMatch, unmatched } from './match-rows.ts'
import { whatChanged } from './what-changed.ts'

/** Rows to be saved, and how. */
export interface RowsToSave {
  object: ObjectModel
  options: ImportOptions
  rows: readonly StoredRow[]
}

/**
 * Saves rows through the door of writing, as many together as can be. Each row succeeds or fails by itself;
 * a row that refers to a record of the same object that is not there yet answers `pending`.
 */
export async function saveRows(
  context: WriteContext,
  { object, options, rows }: RowsToSave,
): Promise<RowResult[]> {
  const results: RowResult[] = []
  let waiting: ReadyRow[] = []
  const match =
    options.match_field === undefined ? undefined : object.fields.get(options.match_field)
  // The user may have lost it since they brought the file.
  if (match && !isTold(context.actor.rights.field(match))) {
    return rows.map((row) => unknownMatch(options, row, match))
  }
  for (const row of rows) {
    const { values, faults } = convertRow(
      object,
      options.columns,
      row.cells,
      context.actor.timeZone,
    )
    if (faults.length > 0) results.push({ row: row.row, status: 'failed', errors: faults })
    else waiting.push({ ...row, values, key: match && keyOf(match, values[match.name]) })
  }
  if (match?.name === 'id') waiting = await leadOn(context, object, waiting)
  // Of rows that speak of the same record, the later ones must find what the earlier ones have written.
  while (waiting.length > 0) {
    const wave = firstOfEach(waiting, ({ key }) => key)
    results.push(...(await saveWave(context, { object, options, match }, wave)))
    const done = new Set(wave)
    waiting = waiting.filter((row) => !done.has(row))
  }
  return results
}

function firstOfEach<Row>(rows: readonly Row[], keyFor: (row: Row) => string | undefined): Row[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = keyFor(row)
    if (key === undefined) return true
    const isFirst = !seen.has(key)
    seen.add(key)
    return isFirst
  })
}

interface Wave {
  object: ObjectModel
  options: ImportOptions
  match: FieldModel | undefined
}

/** A row and the record that it changes. */
interface FoundRow {
  row: ReadyRow
  id: string
}

async function saveWave(
  context: WriteContext,
  wave: Wave,
  rows: readonly ReadyRow[],
): Promise<RowResult[]> {
  const { match, options } = wave
  if (!match) return create(context, wave, rows)
  const found = await findMatches(context, wave.object, match, rows)
  const results: RowResult[] = []
  const creates: ReadyRow[] = []
  const updates: FoundRow[] = []
  for (const row of rows) {
    const ids = found.get(row.values[match.name]) ?? []
    const [id] = ids
    if (ids.length === 1 && id !== undefined) updates.push({ row, id })
    else if (ids.length === 0 && row.key !== undefined && options.mode === 'upsert') {
      creates.push(row)
    } else results.push(unmatched(options, row, ids.length))
  }
  return [
    ...results,
    ...(await create(context, wave, creates)),
    ...(await update(context, wave, updates)),
  ]
}

async function create(
  context: WriteContext,
  wave: Wave,
  rows: readonly ReadyRow[],
): Promise<RowResult[]> {
  const requests = rows.map(({ values }): CreateRequest => ({
    op: 'create',
    object: wave.object.name,
    values,
    allowDuplicates: wave.options.duplicates === 'create',
  }))
  const outcomes = await performSafely(context, requests)
  const results: RowResult[] = []
  const again: ReadyRow[] = []
  const updates: FoundRow[] = []
  rows.forEach((row, index) => {
    const outcome = outcomes[index]
    const answer = answerTwins(wave, outcome)
    if (answer === 'again') again.push(row)
    else if (typeof answer === 'object') updates.push({ row, id: answer.id })
    else if (answer === 'ambiguous') results.push(likeSeveral(row))
    else results.push(resultOf(wave, row, outcome, 'created'))
  })
  results.push(...(await updateInTurns(context, wave, updates)))
  return again.length === 0 ? results : [...results, ...(await create(context, wave, again))]
}

/** Changes the records that rows are like; of rows that are like the same one, each finds what the one before has written. */
async function updateInTurns(
  context: WriteContext,
  wave: Wave,
  updates: readonly FoundRow[],
): Promise<RowResult[]> {
  const results: RowResult[] = []
  for (let waiting = updates; waiting.length > 0;) {
    const turn = firstOfEach(waiting, ({ id }) => id)
    results.push(...(await update(context, { ...wave, match: undefined }, turn)))
    const done = new Set(turn)
    waiting = waiting.filter((one) => !done.has(one))
  }
  return results
}

async function update(
  context: WriteContext,
  wave: Wave,
  found: readonly FoundRow[],
): Promise<RowResult[]> {
  const { object, match, options } = wave
  const ids = found.map(({ id }) => id)
  const before = options.dry_run ? new Map() : await loadForWrite(context, object, ids)
  const requests = found.map(({ row, id }): UpdateRequest => {
    const { [match?.name ?? '']: _, ...values } = row.values
    const allowDuplicates = options.duplicates === 'create'
    return { op: 'update', object: object.name, id, values, allowDuplicates }
  })
  const outcomes = await performSafely(context, requests)
  const writable = [...object.fields.values()].filter(
    (field) => !field.isReadOnly && (!field.isSystem || field.name === 'owner'),
  )
  const names = writable.flatMap((field) => field.members ?? [field]).map(({ name }) => name)
  const after = options.dry_run
    ? new Map()
    : await loadFields(context, { object, ids, names, which: 'all' })
  return found.map(({ row, id }, index) => {
    const result = resultOf(wave, row, outcomes[index], 'updated')
    const was = before.get(id)
    return result.status === 'updated' && was
      ? { ...result, before: whatChanged(writable, was, after.get(id) ?? {}) }
      : result
  })
}

/** A request that is alone would take the transaction of its whole chunk with it. */
async function performSafely(
  context: WriteContext,
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<Outcome[]> {
  if (requests.length !== 1) return performIn(context, requests, { atomic: false })
  try {
    return await context.tx.savepoint(() => performIn(context, requests, { atomic: false }))
  } catch (error) {
    if (error instanceof RequestError) return [{ error }]
    throw error
  }
}

function resultOf(
  { object, options }: Wave,
  row: ReadyRow,
  outcome: Outcome | undefined,
  status: 'created' | 'updated',
): RowResult {
  if (outcome && !('error' in outcome)) {
    return { row: row.row, status, record: outcome.id, version: outcome.version }
  }
  const errors = outcome ? faultsOf(outcome.error, options, row) : []
  if (options.duplicates === 'skip' && outcome && isLikelyDuplicate(outcome)) {
    return { row: row.row, status: 'skipped', errors }
  }
  return {
    row: row.row,
    status:
      errors.length > 0 && errors.every((fault) => mayAppear(object, options, fault))
        ? 'pending'
        : 'failed',
    errors,
  }
}

function faultsOf(error: RequestError, options: ImportOptions, { cells }: StoredRow): RowFault[] {
  const failures = error.details.failures ?? []
  if (failures.length > 0) return failures.map((one) => faultOf(one, options.columns, cells))
  return [
    {
      column: null,
      value: null,
      code: error.code,
      message: error.details.detail ?? ERRORS[error.code].title,
    },
  ]
}

/** Whether a reference that was not found may still come: a later row of the same file may be it. */
function mayAppear(
  object: ObjectModel,
  { columns }: ImportOptions,
  { code, column }: RowFault,
): boolean {
  const plan = columns.find(({ header }) => header === column)
  const field = plan && object.fields.get(plan.field)
  return code === 'unknown_reference' && plan?.by !== 'id' && field?.target === object.name
}
