import {
  type FieldModel,
  localize,
  type Model,
  type ModelChange,
  RECORD_TYPE,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import { type Asked, type Finding, hidden, samplesOf } from './obstacle.ts'

/**
 * Records of a type that goes: with the last type, the field that tells it goes out of sight; else the object says what
 * takes its place.
 */
export async function findRemovedType(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', type = ''] = change.name.split('.')
  const next = asked.plan.model.objects.get(object)
  if (!next) return []
  const replaced = next.definition.replaced_record_types?.[type]
  if (next.recordTypes.length > 0 && replaced !== undefined) {
    return notOffered(tx, asked, change, replaced)
  }
  const where = sql`${asked.physical.column(object, RECORD_TYPE)} = ${type}`
  const found = await samplesOf(tx, asked, [object, RECORD_TYPE], { where })
  if (!found.count) return []
  if (next.recordTypes.length === 0) return [hidden(change, found.count)]
  return [
    {
      code: 'value_in_use',
      severity: 'error',
      kind: change.kind,
      name: change.name,
      ...found,
      message: message(
        `${found.count} records are of this type: switch it off (active: false), name another for it (replaced_record_types), or change the records first`,
        `${found.count} 条记录属于该类型：请停用该类型（active: false），指定替换类型（replaced_record_types），或先修改这些记录`,
      ),
    },
  ]
}

/** Records with values that the type which takes its place does not offer; they stay until somebody changes them. */
async function notOffered(
  tx: Transaction,
  asked: Asked & { current: Model },
  { kind, name: change }: ModelChange,
  replaced: string,
): Promise<Finding[]> {
  const [object = '', type = ''] = change.split('.')
  const { current, physical, plan } = asked
  const next = plan.model.objects.get(object)?.recordTypes.find(({ name }) => name === replaced)
  const found: Finding[] = []
  for (const [name, { codes }] of Object.entries(next?.definition.values ?? {})) {
    const field = plan.model.objects.get(object)?.fields.get(name)
    if (!field || !current.objects.get(object)?.fields.has(name)) continue
    const value = physical.column(object, name)
    const where = sql`${physical.column(object, RECORD_TYPE)} = ${type} and ${value} is not null
      and ${isList(field) ? sql`not ${value} <@ ${codes}::text[]` : sql`${value} <> all(${codes}::text[])`}`
    const samples = await samplesOf(tx, asked, [object, name], { where, value })
    if (!samples.count) continue
    const { 'zh-CN': zh, 'en-US': en } = labelsOf(field)
    found.push({
      code: 'values_not_offered',
      severity: 'warning',
      kind,
      name: change,
      ...samples,
      message: message(
        `${samples.count} records have a value in ${en} that the type which takes its place does not offer; it stays until it is changed`,
        `${samples.count} 条记录的“${zh}”在替换后的类型中不可选；修改前保持不变`,
      ),
    })
  }
  return found
}

function isList({ type, options }: FieldModel): boolean {
  return type.storage(options).as === 'text_list'
}

function labelsOf({ label }: FieldModel): Record<'zh-CN' | 'en-US', string> {
  return { 'zh-CN': localize(label, 'zh-CN'), 'en-US': localize(label, 'en-US') }
}
