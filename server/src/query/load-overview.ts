import {
  type FieldModel,
  localize,
  type Locale,
  type ObjectModel,
  personalFields,
  resultType,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { ORGANIZATION_SOURCES } from '../access/load-organization.ts'
import { RequestError } from '../errors.ts'
import { calculatingFields, tellCalculating } from './calculating-fields.ts'
import { CELL_WRITERS, type Cells, quote } from './cells.ts'
import { type CompiledOverview, compileOverview } from './compile-overview.ts'
import { sealPage } from './list-records.ts'
import { loadApprovals } from './load-approvals.ts'
import { loadTimelinePage } from './load-timeline.ts'
import { cellKind } from './mask-cells.ts'
import {
  type OverviewPlan,
  type PlannedFact,
  type PlannedFigure,
  type PlannedList,
  planOverview,
} from './plan-overview.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { type RecordApproval, type RecordState, resolveActions } from './resolve-actions.ts'

/** A record page to be read. */
export interface OverviewRequest {
  object: ObjectModel
  id: string
  cursorKey: Buffer
}

interface Ready extends Omit<CompiledOverview, 'statement'> {
  plan: OverviewPlan
  read: PreparedRead
}

const overviews = releaseCache<Ready>('overviews', 200)

const TIMELINE_HEAD = 20

/**
 * Reads everything that a record page shows; answers an `Overview` as JSON.
 * @throws RequestError `not_found` if the record is not there or not for the reader
 */
export async function loadOverview(context: Context, request: OverviewRequest): Promise<string> {
  const { object, id, cursorKey } = request
  const ready = readyOverview(context, object)
  const [rows, timeline, approvals, calculating] = await Promise.all([
    runPrepared(context, ready.read, { slots: { id, parent: id }, conditions: ready.conditions }),
    loadTimelinePage(context, { object, id, limit: TIMELINE_HEAD, cursor: undefined, cursorKey }),
    loadApprovals(context, object, id),
    calculatingFields(context, object),
  ])
  const parts = partsOf(rows)
  const record = parts(0)[0]
  if (!record) throw new RequestError('not_found')
  const { lists, facts } = ready.plan
  const { locale } = context.actor
  const firstList = 1 + lists.length + facts.length
  const related = lists.map((list, index) => {
    const page = ready.lists[index]
    const rowsOfList = parts(firstList + index)
    const sealed = sealPage(context, {
      list,
      place: page?.place ?? [],
      rows: rowsOfList,
      parent: id,
      cursorKey,
    })
    const records = rowsOfList.slice(0, list.plan.limit).map((row) => page?.emit(row) ?? '{}')
    return listJson(list, { locale, figures: parts(1 + index)[0] ?? [], records, next: sealed })
  })
  const shownFacts = facts.map((fact, index) =>
    factJson(fact, parts(1 + lists.length + index)[0]?.[0] ?? null, locale),
  )
  const state = {
    ...stateOf(ready.record, record, approvals),
    hasPersonalData: personalFields(object).length > 0 && !ORGANIZATION_SOURCES.has(object.name),
  }
  const members = [
    `"record":${tellCalculating(ready.record.emit(record), calculating)}`,
    `"facts":[${shownFacts.join(',')}]`,
    `"related":[${related.join(',')}]`,
    `"timeline":${JSON.stringify(timeline.entries)}`,
    `"approvals":${JSON.stringify(approvals.map(({ summary }) => summary))}`,
    `"actions":${JSON.stringify(resolveActions(context.actor, object, state))}`,
  ]
  return `{${members.join(',')}}`
}

function readyOverview(context: Context, object: ObjectModel): Ready {
  const { release, actor } = context
  return overviews(release).get(`${actor.accessSignature}|${object.name}`, () => {
    const plan = planOverview(context, object)
    const { statement, ...compiled } = compileOverview(context, plan)
    return { ...compiled, plan, read: prepareRead(statement) }
  })
}

function stateOf(
  places: CompiledOverview['record'],
  record: Cells,
  approvals: readonly RecordApproval[],
): Omit<RecordState, 'hasPersonalData'> {
  const is = (place: number): boolean => record[place] === 'true'
  return {
    isLocked: is(places.locked),
    mayEdit: is(places.edit),
    mayDelete: is(places.delete),
    mayTransfer: is(places.transfer),
    mayShare: is(places.share),
    maySubmit: is(places.submit),
    approvals,
  }
}

/** The rows of each part of the statement. */
function partsOf(rows: readonly Cells[]): (part: number) => Cells[] {
  const byPart = Map.groupBy(rows, ([part]) => Number(part))
  return (part) => (byPart.get(part) ?? []).map(([, cells]) => JSON.parse(cells ?? '[]') as Cells)
}

function listJson(
  { component, child, field, columns, figures: planned }: PlannedList,
  shown: { locale: Locale; figures: Cells; records: string[]; next: string | null },
): string {
  const { locale, figures, records, next } = shown
  const relationship = component.relationship
  const label = component.label ?? field.definition.relationship?.label ?? child.plural
  const total = planned[1] ? `,"total":${totalJson(planned[1], figures[1] ?? null, locale)}` : ''
  return (
    `{"relationship":${quote(relationship)},"label":${quote(localize(label, locale, relationship))},"object":${quote(child.name)},"field":${quote(field.partOf ?? field.name)},` +
    `"count":${figures[0] ?? '0'}${total},"columns":${JSON.stringify(columns)},"records":[${records.join(',')}],"next_cursor":${next === null ? 'null' : quote(next)}}`
  )
}

function totalJson(figure: PlannedFigure, value: string | null, locale: Locale): string {
  const label = localize(figure.path?.field.label, locale, figure.fn)
  return `{"label":${quote(label)},"value":${figureJson(figure, value)},"type":${quote(figureType(figure))}}`
}

function factJson({ fact, figure }: PlannedFact, value: string | null, locale: Locale): string {
  return (
    `{"name":${quote(fact.name)},"label":${quote(localize(fact.label, locale, fact.name))},"value":${figureJson(figure, value)},` +
    `"type":${quote(figureType(figure))},"relationship":${quote(fact.relationship)},"tone":${quote(fact.tone ?? 'neutral')}}`
  )
}

function figureJson(figure: PlannedFigure, value: string | null): string {
  // A currency in use has lost its rates: rather no sum than one that leaves its records out.
  if (value === null || value === 'NaN') return 'null'
  const field = valueField(figure)
  return field ? CELL_WRITERS[cellKind(field)](value) : value
}

/** What a figure is shown as: a count is a number, everything else is like its field. */
function figureType(figure: PlannedFigure): string {
  const field = valueField(figure)
  return field ? resultType(field.type) : 'number'
}

function valueField({ fn, path }: PlannedFigure): FieldModel | undefined {
  return fn === 'count' ? undefined : path?.field
}
