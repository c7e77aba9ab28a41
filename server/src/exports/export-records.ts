import { Readable } from 'node:stream'

import {
  type FieldExpressionType,
  type FieldModel,
  isMasked,
  localize,
  type ObjectModel,
  ownFields,
  resultType,
  wallClock,
  type WireRecord,
} from '@trellis/metamodel'
import { Decimal } from 'decimal.js'

import type { Context } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { message, RequestError } from '../errors.ts'
import { type FieldPath, isFailure, resolveShown, shownFields } from '../query/field-path.ts'
import { listRecords } from '../query/index.ts'
import type { AskedList } from '../query/parse-list-parameters.ts'
import { type Cell, writeWorkbook, XLSX_TYPE } from '../workbooks/index.ts'
import { csvLines } from './csv-lines.ts'

/** What is to be exported: a list, which of its columns, how the first row names them, and as what kind of file. */
export interface ExportRequest {
  object: ObjectModel
  asked: AskedList
  /** Field paths; without them every field that the caller may see. */
  columns: readonly string[] | undefined
  /** `name`: API names, codes and ids, to be read by programs; `label`: as people of the caller's language say it. */
  header: 'name' | 'label'
  format: 'csv' | 'xlsx'
  cursorKey: Buffer
}

/** A file that is written while it is sent. */
export interface ExportedFile {
  type: string
  content: Readable
}

const PAGE = 1000

/**
 * Writes the records of a list as a file, page by page, so that memory stays as it is however many they are. Rows,
 * fields and masks are those of the list. It begins only when everything that was asked for holds.
 * @throws RequestError `forbidden` without the right to export the object, and as `listRecords` does
 */
export async function exportRecords(
  context: Context,
  request: ExportRequest,
): Promise<ExportedFile> {
  const { object, header } = request
  requireExport(context, object)
  const columns = columnsOf(context, request)
  const names = headersOf(context, columns, header)
  const pages = pagesOf(context, request, columns)
  // What is wrong with the request is said before the file begins.
  const first = await pages.next()
  await noteExport(context, request, columns)
  const telling = { header, context }
  const records = recordsOf(first, pages)
  if (request.format === 'csv') {
    const content = Readable.from(csvOf(names, columns, { records, telling }))
    return { type: 'text/csv; charset=utf-8', content }
  }
  const content = writeWorkbook({
    name: localize(object.plural, context.actor.locale, object.name),
    header: names,
    rows: sheetRows(columns, { records, telling }),
  })
  return { type: XLSX_TYPE, content }
}

async function* pagesOf(
  context: Context,
  { object, asked, cursorKey }: ExportRequest,
  columns: readonly FieldPath[],
): AsyncGenerator<WireRecord[], void> {
  const select = columns.map(({ text }) => text)
  let cursor: string | undefined
  do {
    const query = {
      ...asked.query,
      select,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    }
    const page = await listRecords(context, { object, asked: { ...asked, query }, cursorKey })
    yield JSON.parse(page.records) as WireRecord[]
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

async function* recordsOf(
  first: IteratorResult<WireRecord[], void>,
  rest: AsyncGenerator<WireRecord[], void>,
): AsyncGenerator<WireRecord[]> {
  if (first.done !== true) yield first.value
  yield* rest
}

/** The records to write, and how values are told. */
interface Writing {
  records: AsyncGenerator<WireRecord[]>
  telling: Telling
}

async function* csvOf(
  names: readonly string[],
  columns: readonly FieldPath[],
  { records, telling }: Writing,
): AsyncGenerator<string> {
  yield `\uFEFF${csvLines([names])}`
  for await (const page of records) {
    yield csvLines(page.map((record) => columns.map((column) => cellOf(column, record, telling))))
  }
}

async function* sheetRows(
  columns: readonly FieldPath[],
  { records, telling }: Writing,
): AsyncGenerator<Cell[]> {
  for await (const page of records) {
    for (const record of page) yield columns.map((column) => sheetCell(column, record, telling))
  }
}

function requireExport({ actor }: Context, { name }: ObjectModel): void {
  if (actor.rights.object(name).export) return
  throw new RequestError('forbidden', {
    detail: message(`You may not export ${name}`, `您没有导出 ${name} 的权限`),
  })
}

function columnsOf(context: Context, { object, columns }: ExportRequest): FieldPath[] {
  const paths = columns ?? ownFields(shownFields(context, object)).map(({ name }) => name)
  const resolved = paths.map((text, index) =>
    resolveShown(context, { object, place: `columns.${index}` }, text),
  )
  const failures = resolved.filter(isFailure)
  if (failures.length > 0) throw new RequestError('malformed', { failures })
  return resolved.filter((one): one is FieldPath => !isFailure(one))
}

async function noteExport(
  context: Context,
  { object, format }: ExportRequest,
  columns: readonly FieldPath[],
): Promise<void> {
  await context.db.inTransaction(async (tx) => {
    const details = { columns: columns.map(({ text }) => text), format }
    recordAudit(tx, { ...callerOf(context), action: 'export', object: object.name, details })
  })
}

/** The first row: no two columns are called the same, or an import could not tell them apart. */
function headersOf(
  { actor }: Context,
  columns: readonly FieldPath[],
  header: ExportRequest['header'],
): string[] {
  if (header === 'name') return columns.map(({ text }) => text)
  const labels = columns.map(({ hops, field }) =>
    [...hops, field].map((one) => localize(one.label, actor.locale, one.name)).join(' · '),
  )
  const counts = Map.groupBy(labels, (label) => label)
  return columns.map(({ text }, at) => {
    const label = labels[at] ?? ''
    return (counts.get(label)?.length ?? 0) > 1 ? `${label} (${text})` : label
  })
}

interface Telling {
  header: ExportRequest['header']
  context: Context
}

function valueAt({ text }: FieldPath, record: WireRecord): unknown {
  let value: unknown = record
  for (const key of text.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null
  }
  return value ?? null
}

function cellOf(column: FieldPath, record: WireRecord, telling: Telling): string {
  const { field } = column
  const value = valueAt(column, record)
  if (value === null) return ''
  if (isMasked(value)) return value.masked
  if (field.target !== undefined || field.members) return referenceCell(value, telling)
  const codes = telling.header === 'label' ? labelsOf(field, value, telling.context) : value
  return field.type.formatText?.(codes as string) ?? String(codes)
}

const NUMBER_STYLES: Readonly<Record<string, 'money' | 'percent'>> = {
  currency: 'money',
  percent: 'percent',
}

type ToCell = (value: never, telling: Telling, shownAs: string) => Cell

/** Values that spreadsheets have too stay what they are; all others are texts as in CSV. */
const SHEET_CELLS: Readonly<Partial<Record<FieldExpressionType, ToCell>>> = {
  boolean: (value: boolean) => value,
  number: (value: number, _telling, shownAs) => {
    const style = NUMBER_STYLES[shownAs] ?? 'plain'
    return { number: style === 'percent' ? new Decimal(value).div(100).toNumber() : value, style }
  },
  date: (date: string) => ({ date }),
  time: (time: string) => ({ time }),
  // To programs a moment says its zone: an hour comes twice where clocks are put back.
  datetime: (moment: string, { header, context }) =>
    header === 'name' ? moment : { moment: wallClock(moment, context.actor.timeZone) },
}

function sheetCell(column: FieldPath, record: WireRecord, telling: Telling): Cell {
  const value = valueAt(column, record)
  const { type } = column.field
  const toCell = SHEET_CELLS[type.expressionType]
  if (value === null || isMasked(value) || !toCell) return cellOf(column, record, telling)
  return toCell(value as never, telling, resultType(type))
}

function referenceCell(value: unknown, { header }: Telling): string {
  const { id, name, object } = value as { id?: string; name?: string | null; object?: string }
  const one = (header === 'label' ? (name ?? id) : id) ?? ''
  // As imports read a lookup of several objects.
  return object === undefined ? one : `${object}:${one}`
}

/** The labels of chosen values: a file reads them back as it reads codes. */
function labelsOf({ values }: FieldModel, value: unknown, { actor }: Context): unknown {
  if (!values) return value
  const labelOf = (code: unknown): string => {
    const found = values.find((one) => one.code === code)
    return localize(found?.label, actor.locale, String(code))
  }
  return Array.isArray(value) ? value.map(labelOf) : labelOf(value)
}
