import {
  isRecordId,
  type BatchOperation,
  type ObjectModel,
  type WireRecord,
} from '@trellis/metamodel'
import type { FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import type { RecordRequest } from '../effects/record-request.ts'
import { failure, type Failure, message, refuse, RequestError } from '../errors.ts'
import { getRecord } from '../query/get-record.ts'

/** The object of an address. @throws RequestError not_found · forbidden */
export function requireObject(context: Context, name: string): ObjectModel {
  const object = context.release.model.objects.get(name)
  if (!object) {
    throw new RequestError('not_found', {
      detail: message(`There is no object "${name}"`, `没有对象“${name}”`),
    })
  }
  if (!context.actor.rights.object(name).read) throw new RequestError('forbidden')
  return object
}

/** A record id of an address: what is no id names no record. @throws RequestError not_found */
export function requireId(text: string): string {
  if (!isRecordId(text)) throw new RequestError('not_found')
  return text.toLowerCase()
}

/**
 * The version that `If-Match` asks for (RFC 9110, 13.1.1); `*` asks for any.
 * @throws RequestError malformed if it is not an ETag of ours
 */
export function expectedVersion({ headers }: FastifyRequest): { version?: number } {
  const given = headers['if-match']
  if (given === undefined || given.trim() === '*') return {}
  const match = /^\s*(?:W\/)?"?(\d{1,9})"?\s*$/.exec(given)
  if (!match) {
    throw refuse(
      'malformed',
      'If-Match',
      message('If-Match must be one version such as "3"', 'If-Match 应为一个版本号，如 "3"'),
    )
  }
  return { version: Number(match[1]) }
}

/** Adds the record as it is now to a refusal because of a stale version, for who may see it. */
export async function withCurrentRecord(
  context: Context,
  object: ObjectModel,
  id: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof RequestError) || error.code !== 'stale_version') return error
  const found = await getRecord(context, object, { id })
  if (!found) return new RequestError('not_found')
  return new RequestError('stale_version', {
    ...error.details,
    record: JSON.parse(found.json) as WireRecord,
    headers: { etag: `"${found.version}"` },
  })
}

/** The operations of a batch as requests; each fault names its operation. @throws RequestError malformed */
export function toRequests(
  object: ObjectModel,
  operations: readonly BatchOperation[],
): RecordRequest[] {
  const faults: Failure[] = []
  const requests = operations.map((operation, index) =>
    toRequest(object, operation, (path, en, zh) => {
      faults.push(failure(`operations.${index}.${path}`, 'malformed', message(en, zh)))
    }),
  )
  if (faults.length > 0) throw new RequestError('malformed', { failures: faults })
  return requests
}

type Fault = (path: string, en: string, zh: string) => void

const KEYS_OF = {
  create: { needed: ['record'], allowed: [] },
  update: { needed: ['id', 'record'], allowed: ['version'] },
  upsert: { needed: ['by', 'record'], allowed: [] },
  delete: { needed: ['id'], allowed: ['version'] },
} as const satisfies Record<BatchOperation['op'], object>

function checkKeys(operation: BatchOperation, fault: Fault): void {
  const { op, by } = operation
  const needed: readonly string[] = KEYS_OF[op].needed
  const allowed: readonly string[] = [...needed, ...KEYS_OF[op].allowed]
  for (const key of ['id', 'by', 'record', 'version'] as const) {
    const isGiven = operation[key] !== undefined
    if (needed.includes(key) && !isGiven) {
      fault(key, `"${op}" needs "${key}"`, `“${op}”需要“${key}”`)
    }
    if (isGiven && !allowed.includes(key)) {
      fault(key, `"${op}" takes no "${key}"`, `“${op}”不接受“${key}”`)
    }
  }
  if (by !== undefined && Object.keys(by).length !== 1) {
    fault('by', '"by" names exactly one unique field', '“by”只能指定一个唯一字段')
  }
}

function toRequest(object: ObjectModel, operation: BatchOperation, fault: Fault): RecordRequest {
  checkKeys(operation, fault)
  const { op, id = '', by = {}, record: values = {}, version } = operation
  const stale = version === undefined ? {} : { version }
  const [[field, value] = ['', undefined]] = Object.entries(by)
  switch (op) {
    case 'create':
      return { op, object: object.name, values }
    case 'update':
      return { op, object: object.name, id, values, ...stale }
    case 'delete':
      return { op, object: object.name, id, ...stale }
    case 'upsert':
      return { op, object: object.name, by: { field, value }, values }
  }
}
