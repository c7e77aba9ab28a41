import { isDeepStrictEqual } from 'node:util'

import type { Model, ModelChange } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import { findDuplicates } from './find-duplicates.ts'
import { type Asked, columnOf, type Finding } from './obstacle.ts'
import { knowsField, type Samples } from './sample-records.ts'

/** Records that agree in all fields of a combination that is to be unique. */
export async function knownCombinations(
  tx: Transaction,
  asked: Asked & { current: Model },
  { name: object }: ModelChange,
): Promise<Finding[]> {
  const was = asked.current.objects.get(object)
  const fields = asked.plan.model.objects.get(object)?.fields
  const found: Finding[] = []
  for (const index of asked.plan.model.objects.get(object)?.definition.indexes ?? []) {
    const isNew =
      index.unique === true &&
      !was?.definition.indexes?.some((one) => isDeepStrictEqual(one, index))
    if (!isNew || !index.fields.every((field) => was?.fields.has(field))) continue
    const keys = index.fields.map((field) => {
      const column = sql`t.${columnOf(asked, object, field)}`
      const isText = fields?.get(field)?.type.expressionType === 'text'
      return index.ignore_case === true && isText ? sql`lower(${column})` : column
    })
    const shared = await sharedKeys(tx, asked, { object, fields: index.fields, keys })
    if (shared.count === 0) continue
    const names = index.fields.join(', ')
    found.push({
      code: 'duplicate_values',
      severity: 'error',
      kind: 'object',
      name: object,
      ...shared,
      message: message(
        `${shared.count} records agree in ${names}, which are to be unique together`,
        `${shared.count} 条记录的 ${names} 全部相同，无法设为唯一组合`,
      ),
    })
  }
  return found
}

/** Live records that agree in several keys, none of them empty. */
function sharedKeys(
  tx: Transaction,
  { physical, reader }: Asked,
  {
    object,
    fields,
    keys,
  }: { object: string; fields: readonly string[]; keys: RawBuilder<unknown>[] },
): Promise<Samples> {
  const isWhole = sql.join(
    keys.map((key) => sql`${key} is not null`),
    sql` and `,
  )
  const column = sql`case when ${isWhole} then jsonb_build_array(${sql.join(keys)}) end`
  // The samples tell the values of all of its fields: who may not know one is told none.
  const field = fields.find((one) => !knowsField(reader, object, one)) ?? fields[0] ?? ''
  return findDuplicates(tx, { physical, object, field, column, isFolded: false, reader })
}

/** Records that a rule which refuses would not have let in. */
export async function knownTwins(
  tx: Transaction,
  asked: Asked,
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', name = ''] = change.name.split('.')
  const model = asked.plan.model.objects.get(object)
  const rule = model?.duplicateRules.find((one) => one.name === name)?.definition
  const was = asked.current?.objects.get(object)
  const isAsked =
    rule?.on_create === 'block' && rule.match.every(({ field }) => was?.fields.has(field) === true)
  if (!rule || !isAsked) return []
  const { physical } = asked
  const keys = rule.match.map((one) =>
    physical.matchKey(one, `t.${physical.columnName(object, one.field)}`),
  )
  const fields = rule.match.map((one) => one.field)
  const found = await sharedKeys(tx, asked, { object, fields, keys })
  if (found.count === 0) return []
  return [
    {
      code: 'duplicate_values',
      severity: 'error',
      kind: change.kind,
      name: change.name,
      ...found,
      message: message(
        `${found.count} records are duplicates by this rule: a rule that blocks needs them to differ`,
        `${found.count} 条记录按该规则重复：拦截规则要求它们互不相同`,
      ),
    },
  ]
}
