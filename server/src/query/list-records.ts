import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import type { Cells } from './cells.ts'
import {
  type CompiledRead,
  compileCount,
  compileEstimate,
  compileList,
  compileNearest,
  type ListPage,
  pageSize,
} from './compile-read.ts'
import { type CursorCells, openCursor, sealCursor } from './cursor.ts'
import type { AskedList } from './parse-list-parameters.ts'
import { type ListPlan, planList } from './plan-list.ts'
import { containsPattern } from './plan-search.ts'
import {
  type Bindings,
  type PreparedRead,
  prepareRead,
  runOnce,
  runPrepared,
} from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'

/** A list to be read. */
export interface ListRequest {
  object: ObjectModel
  asked: AskedList
  /** For a related list: the record it belongs to, and the reference that says so. */
  within?: { field: FieldModel; id: string } | undefined
  /** Signs cursors. */
  cursorKey: Buffer
}

/** A page of a list: the records as JSON, ready to be sent. */
export interface ListAnswer {
  records: string
  nextCursor: string | null
  count: number | undefined
  isEstimate: boolean
}

type Ready = Omit<CompiledRead, 'statement'> & {
  read: PreparedRead
  /** What is asked first: it answers a whole page, or nothing. */
  nearest: PreparedRead | null
}

const lists = releaseCache<Ready>('lists', 1000)
const counts = releaseCache<PreparedRead>('counts', 500)

const MOST_COUNTED = 10_000

/**
 * Reads one page of a list in one statement, and its count if that was asked for.
 * @throws RequestError with everything that is wrong with what was asked.
 */
export async function listRecords(context: Context, request: ListRequest): Promise<ListAnswer> {
  const plan = planList(context, request.object, request.asked)
  const binding = bindingOf(context, request, plan)
  const place =
    plan.cursor === undefined ? undefined : openCursor(plan.cursor, binding, request.cursorKey)
  const page: ListPage = {
    plan,
    within: request.within?.field,
    after: place?.map((cell) => cell === null),
  }
  const bindings = bindingsOf(plan, { place, parent: request.within?.id })
  const [rows, count] = await Promise.all([
    readPage(context, page, bindings),
    countRecords(context, page, bindings),
  ])
  return {
    ...rows,
    nextCursor: rows.next === null ? null : sealCursor(rows.next, binding, request.cursorKey),
    ...count,
  }
}

/** A page of a related list that was read as a part of something larger. */
export interface RelatedPage {
  list: { plan: ListPlan; field: FieldModel }
  place: readonly number[]
  rows: readonly Cells[]
  parent: string
  cursorKey: Buffer
}

/** The cursor behind a page, or null if it is the last. */
export function sealPage(
  context: Context,
  { list, place, rows, parent, cursorKey }: RelatedPage,
): string | null {
  const { plan, field } = list
  const last = rows.length > plan.limit ? rows[plan.limit - 1] : undefined
  if (!last) return null
  return sealCursor(
    place.map((index) => last[index] ?? null),
    bindingOf(context, { within: { field, id: parent } }, plan),
    cursorKey,
  )
}

/** Whether a cursor was made for this list; a list that fails has none. */
export function continuesList(context: Context, request: ListRequest): boolean {
  try {
    const plan = planList(context, request.object, request.asked)
    return (
      plan.cursor !== undefined &&
      openCursor(plan.cursor, bindingOf(context, request, plan), request.cursorKey).length > 0
    )
  } catch (error) {
    if (error instanceof RequestError) return false
    throw error
  }
}

/** What a cursor is bound to. */
function bindingOf(
  { actor }: Context,
  { within }: Pick<ListRequest, 'within'>,
  { binding }: ListPlan,
): string {
  return `${actor.userId} ${within?.field.name} ${within?.id} ${binding}`
}

/** The answer of a list as it goes over the wire. */
export function listToJson({ records, nextCursor, count, isEstimate }: ListAnswer): string {
  const counted =
    count === undefined ? '' : `,"count":${count}${isEstimate ? ',"count_is_estimate":true' : ''}`
  return `{"records":${records},"next_cursor":${nextCursor === null ? 'null' : `"${nextCursor}"`}${counted}}`
}

function bindingsOf(
  plan: ListPlan,
  { place, parent }: { place: CursorCells | undefined; parent: string | undefined },
): Bindings {
  const cells = Object.fromEntries((place ?? []).map((cell, index) => [`cursor.${index}`, cell]))
  const search = plan.search === undefined ? {} : { search: containsPattern(plan.search) }
  return {
    slots: { ...cells, ...search, ...(parent === undefined ? {} : { parent }) },
    conditions: plan.conditions,
  }
}

async function readPage(
  context: Context,
  page: ListPage,
  bindings: Bindings,
): Promise<{ records: string; next: CursorCells | null }> {
  const { limit } = page.plan
  if (limit === 0) return { records: '[]', next: null }
  const { read, nearest, emit, place } = readyList(context, page)
  const near = nearest ? await runPrepared(context, nearest, bindings) : []
  const rows = near.length > 0 ? near : await runPrepared(context, read, bindings)
  const shown = rows.length > limit ? rows.slice(0, limit) : rows
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    records: `[${shown.map(emit).join(',')}]`,
    next: last ? place.map((index) => last[index] ?? null) : null,
  }
}

function readyList(context: Context, page: ListPage): Ready {
  const { plan, within, after } = page
  const empties = after?.map((isEmpty) => (isEmpty ? 'e' : 'v')).join('') ?? ''
  const key = [
    context.actor.accessSignature,
    plan.shape,
    within?.name,
    empties,
    pageSize(plan.limit),
  ].join('|')
  return lists(context.release).get(key, () => {
    const { statement, emit, place } = compileList(context, page)
    const nearest = compileNearest(context, page)
    return {
      emit,
      place,
      read: prepareRead(statement),
      nearest: nearest && prepareRead(nearest),
    }
  })
}

async function countRecords(
  context: Context,
  page: ListPage,
  bindings: Bindings,
): Promise<{ count: number | undefined; isEstimate: boolean }> {
  const { count } = page.plan
  if (count === 'none') return { count: undefined, isEstimate: false }
  const counted = await countRows(context, page, bindings)
  if (count === 'exact' || counted <= MOST_COUNTED) return { count: counted, isEstimate: false }
  const estimate = await estimateRows(context, page, bindings)
  return { count: Math.max(counted, estimate), isEstimate: true }
}

async function countRows(context: Context, page: ListPage, bindings: Bindings): Promise<number> {
  const isCapped = page.plan.count === 'estimate'
  const key = [context.actor.accessSignature, page.plan.shape, page.within?.name, isCapped].join(
    '|',
  )
  const read = counts(context.release).get(key, () =>
    prepareRead(compileCount(context, page, isCapped)),
  )
  const [row] = await runPrepared(context, read, bindings)
  return Number(row?.[0] ?? 0)
}

async function estimateRows(context: Context, page: ListPage, bindings: Bindings): Promise<number> {
  const read = prepareRead(compileEstimate(context, page))
  const [row] = await runOnce(context, read, bindings)
  const [plan] = JSON.parse(row?.[0] ?? '[]') as { Plan?: { 'Plan Rows'?: number } }[]
  return Math.round(plan?.Plan?.['Plan Rows'] ?? 0)
}
