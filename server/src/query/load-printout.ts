import {
  isMasked,
  type MaskedValue,
  type ObjectModel,
  type TemplateDefinition,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { isFailure, isReadable, resolveShown } from './field-path.ts'
import { getRecord } from './get-record.ts'
import { listRecords } from './list-records.ts'
import { canSort } from './plan-sort.ts'

/** What a template is about, as far as this reader may see it. */
export interface Printout {
  /** The record, with its related lists by relationship name. */
  record: Record<string, unknown>
  objectOf(record: unknown): ObjectModel | undefined
}

/** What is to be read for a template. */
export interface PrintoutRequest {
  object: ObjectModel
  id: string
  /** Everything that the template reads; what is no readable field of the object is left out. */
  paths: readonly string[]
  related: NonNullable<TemplateDefinition['related']>
  cursorKey: Buffer
}

const MOST_RELATED = 1000

/**
 * Reads a record and its related lists for a template. A field or list that the reader may not see is not
 * there, so that it prints as nothing. @throws RequestError not_found
 */
export async function loadPrintout(context: Context, request: PrintoutRequest): Promise<Printout> {
  const { object, id, related } = request
  const found = await getRecord(context, object, {
    id,
    select: showable(context, object, request.paths),
  })
  if (!found) throw new RequestError('not_found')
  const objects = new WeakMap<object, ObjectModel>()
  const record = JSON.parse(found.json, printable) as Record<string, unknown>
  objects.set(record, object)
  for (const one of related) {
    const list = await loadRelated(context, request, one)
    if (!list) continue
    for (const row of list.rows) objects.set(row, list.child)
    record[one.relationship] = list.rows
  }
  return {
    record,
    objectOf: (value) =>
      typeof value === 'object' && value !== null ? objects.get(value) : undefined,
  }
}

function showable(context: Context, object: ObjectModel, paths: readonly string[]): string[] {
  return paths.filter((path) => !isFailure(resolveShown(context, { object, place: '' }, path)))
}

/** What is printed of a value that the reader may not know: the text of its mask. */
class PrintedMask {
  readonly masked: string

  constructor({ masked }: MaskedValue) {
    this.masked = masked
  }

  toString(): string {
    return this.masked
  }
}

function printable(_key: string, value: unknown): unknown {
  return isMasked(value) ? new PrintedMask(value) : value
}

async function loadRelated(
  context: Context,
  { object, id, cursorKey }: PrintoutRequest,
  { relationship: name, fields, sort }: PrintoutRequest['related'][number],
): Promise<{ child: ObjectModel; rows: Record<string, unknown>[] } | undefined> {
  const relationship = object.relationships.get(name)
  const child = relationship && context.release.model.objects.get(relationship.object)
  const field = relationship && child?.fields.get(relationship.field)
  if (
    !child ||
    !field ||
    !context.actor.rights.object(child.name).read ||
    !isReadable(context, field)
  ) {
    return undefined
  }
  const order = (sort ?? []).filter((key) => canSort(context, child, key.field))
  const query = {
    select: showable(context, child, fields),
    limit: MOST_RELATED,
    ...(order.length === 0
      ? {}
      : {
          sort: order.map(({ field: path, direction = 'asc' as const }) => ({
            field: path,
            direction,
          })),
        }),
  }
  const { records } = await listRecords(context, {
    object: child,
    asked: { query, filters: [], failures: [] },
    within: { field, id },
    cursorKey,
  })
  return { child, rows: JSON.parse(records, printable) as Record<string, unknown>[] }
}
