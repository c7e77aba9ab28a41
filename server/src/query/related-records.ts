import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import { isReadable } from './field-path.ts'
import { checkRecordId, findObject } from './find-object.ts'
import { continuesList, type ListAnswer, listRecords, type ListRequest } from './list-records.ts'
import { type AskedList, parseListParameters, type Parameters } from './parse-list-parameters.ts'
import { componentQuery, relatedComponents } from './related-components.ts'
import { isVisible } from './visible-record.ts'

/** A related list to be read. */
export interface RelatedRequest {
  /** The object and the record that the list belongs to. */
  object: ObjectModel
  id: string
  relationship: string
  parameters: Parameters
  cursorKey: Buffer
}

/**
 * Reads one page of the records that refer to a record by a relationship. The cursor of a list on a record
 * page goes on with that list: its condition, order and columns.
 * @throws RequestError `not_found` if the record is not there or not for the reader, and as a list does
 */
export async function listRelated(context: Context, request: RelatedRequest): Promise<ListAnswer> {
  const { object, relationship, cursorKey } = request
  const id = checkRecordId(request.id)
  const { child, field } = findRelationship(context, object, relationship)
  if (!(await isVisible(context, object, id))) throw new RequestError('not_found')
  const asked = parseListParameters(context, child, request.parameters)
  const list: ListRequest = { object: child, asked, within: { field, id }, cursorKey }
  return listRecords(context, {
    ...list,
    asked: askedByPage(context, object, relationship, list) ?? asked,
  })
}

/**
 * The object behind a relationship and its field that refers here.
 * @throws RequestError `not_found` if there is none, `forbidden` if it is not for the reader
 */
export function findRelationship(
  context: Context,
  object: ObjectModel,
  name: string,
): { child: ObjectModel; field: FieldModel } {
  const relationship = object.relationships.get(name)
  if (!relationship) {
    const shown = name.slice(0, 63)
    throw new RequestError('not_found', {
      detail: message(
        `${object.name} has no related list "${shown}"`,
        `${object.name} 没有相关列表“${shown}”`,
      ),
    })
  }
  const child = findObject(context, relationship.object)
  const field = child.fields.get(relationship.field)
  if (!field || !isReadable(context, field)) throw new RequestError('forbidden')
  return { child, field }
}

/** The list of the record page that a cursor goes on with, if nothing else is asked for. */
function askedByPage(
  context: Context,
  object: ObjectModel,
  relationship: string,
  list: ListRequest,
): AskedList | undefined {
  const { query, filters, failures } = list.asked
  const { cursor, limit, ...others } = query
  if (cursor === undefined || filters.length + failures.length + Object.keys(others).length > 0) {
    return undefined
  }
  const candidates = relatedComponents(object, relationship).map((component): AskedList => ({
    query: {
      ...componentQuery(context, list.object, component),
      cursor,
      ...(limit === undefined ? {} : { limit }),
    },
    filters: [],
    failures: [],
  }))
  return candidates.find((asked) => continuesList(context, { ...list, asked }))
}
