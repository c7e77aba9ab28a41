import {
  type FieldModel,
  isMasked,
  localize,
  type ObjectModel,
  ownFields,
  type WireRecord,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { message, RequestError } from '../errors.ts'
import { type FieldPath, isFailure, resolveShown, shownFields } from '../query/field-path.ts'
import { listRecords } from '../query/index.ts'
import type { AskedList } from '../query/parse-list-parameters.ts'
import { csvLines } from './csv-lines.ts'

/** What is to be exported: a list, which of its columns, and how the first row names them. */
export interface ExportRequest {
  object: ObjectModel
  asked: AskedList
  /** Field paths; without them every field that the caller may see. */
  columns: readonly string[] | undefined
  /** `name`: API names, codes and ids, to be read by programs; `label`: as people of the caller's language say it. */
  header: 'name' | 'label'
  cursorKey: Buffer
}

const PAGE = 1000

/**
 * Writes the records of a list as CSV, page by page, so that memory stays as it is however many they are. Rows, fields
 * and masks are those of the list. The first piece is there only when everything that was asked for holds.
 * @throws RequestError `forbidden` without the right to export the object, and as `listRecords` does
 */
export async function* exportRecords(
  context: Context,
  request: ExportRequest,
): AsyncGenerator<string> {
  const { object, asked, cursorKey, header } = request
  requireExport(context, object)
  const columns = columnsOf(context, request)
  const select = columns.map(({ text }) => text)
  let cursor: string | undefined
  let isFirst = true
  do {
    const query = {
      ...asked.query,
      select,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    }
    const page = await listRecords(context, { object, asked: { ...asked, query }, cursorKey })
    if (isFirst) {
      await noteExport(context, object, select)
      const names = columns.map((column) => headerOf(context, column, header))
      yield `\uFEFF${csvLines([names])}`
    }
    isFirst = false
    const records = JSON.parse(page.records) as WireRecord[]
    yield csvLines(
      records.map((record) => columns.map((column) => cellOf(column, record, { header, context }))),
    )
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
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

async function noteExport(context: Context, object: ObjectModel, columns: string[]): Promise<void> {
  await context.db.inTransaction(async (tx) => {
    const details = { columns, format: 'csv' }
    recordAudit(tx, { ...callerOf(context), action: 'export', object: object.name, details })
  })
}

function headerOf(
  { actor }: Context,
  { text, hops, field }: FieldPath,
  header: ExportRequest['header'],
): string {
  if (header === 'name') return text
  return [...hops, field].map((one) => localize(one.label, actor.locale, one.name)).join(' · ')
}

interface Telling {
  header: ExportRequest['header']
  context: Context
}

function cellOf({ text, field }: FieldPath, record: WireRecord, telling: Telling): string {
  let value: unknown = record
  for (const key of text.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null
  }
  if (value === null || value === undefined) return ''
  if (isMasked(value)) return value.masked
  if (field.target !== undefined || field.members) return referenceCell(value, telling)
  const codes = telling.header === 'label' ? labelsOf(field, value, telling.context) : value
  return field.type.formatText?.(codes as string) ?? String(codes)
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
