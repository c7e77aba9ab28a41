import { isDeepStrictEqual } from 'node:util'

import {
  CURRENCY,
  filterOfRecord,
  type Message,
  type Model,
  type ModelChange,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import { convertField, lostWhere } from '../schema/convert-column.ts'
import { plannedSql, quoteIdentifier } from '../schema/physical-map.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import { countBreaking } from './count-breaking.ts'
import { findCircles } from './find-circles.ts'
import { findDuplicates } from './find-duplicates.ts'
import { findMoneyObstacles } from './find-money-obstacles.ts'
import { findRemovedType } from './find-removed-type.ts'
import { findRunningApprovals } from './find-running-approvals.ts'
import { knownCombinations, knownTwins } from './find-shared-keys.ts'
import { type Asked, columnOf, type Finding, hidden, samplesOf } from './obstacle.ts'

/** Asks live data, read-only: empty values for a new required field, duplicates for a new unique one, rows that break a new rule, values that are taken away, data that goes out of sight. */
export async function findObstacles(tx: Transaction, asked: Asked): Promise<Finding[]> {
  const { current } = asked
  if (!current) return []
  const found: Finding[] = []
  for (const step of asked.plan.steps) found.push(...(await checkStep(tx, asked, step)))
  for (const change of asked.plan.changes) {
    found.push(...(await checkChange(tx, { ...asked, current }, change)))
  }
  return found
}

async function checkStep(tx: Transaction, asked: Asked, step: SchemaStep): Promise<Finding[]> {
  const { object, field } = step
  const isKept = asked.physical.names.tables.get(object) === step.table
  if (!isKept || field === undefined) return []
  if (step.kind === 'set_not_null') return emptyValues(tx, asked, object, field)
  if (step.kind === 'add_column') return newRequired(tx, asked, step, field)
  if (step.kind === 'convert_column') return unconvertible(tx, asked, step, field)
  if (step.kind === 'create_index' && isUniqueIndex(asked, step)) {
    return duplicates(tx, asked, object, field)
  }
  return []
}

/** Values that the new type cannot hold, unless the field says what becomes of them. */
async function unconvertible(
  tx: Transaction,
  asked: Asked,
  { object, table }: SchemaStep,
  field: string,
): Promise<Finding[]> {
  const key = `${object}.${field}`
  const from = asked.plan.before.get(table)?.columns.get(asked.physical.columnName(object, field))
  const to = asked.plan.next.get(table)?.columns.get(asked.plan.names.columns.get(key) ?? '')
  if (!from || !to) return []
  const lost = lostWhere(from, to, `(${convertField(quoteIdentifier(from.name), from, to)})`)
  const value = sql`${asked.physical.column(object, field)}::text`
  const where = plannedSql(lost)
  const found = await samplesOf(tx, asked, [object, field], { where, value })
  const bin = await inBin(tx, asked, object, where)
  if (!found.count && !bin.count) return []
  const isEmptied = to.isEmptied === true
  return [
    {
      code: isEmptied ? 'values_emptied' : 'unconvertible_values',
      severity: isEmptied ? 'warning' : 'error',
      kind: 'field',
      name: key,
      ...found,
      message: isEmptied
        ? message(
            `${found.count} records${bin['en-US']} have a value that does not convert; it becomes empty`,
            `${found.count} 条记录${bin['zh-CN']}的值无法转换，将被清空`,
          )
        : message(
            `${found.count} records${bin['en-US']} have a value that does not convert: change them, name replacements (replaced_values), or let them become empty (unconvertible: empty)`,
            `${found.count} 条记录${bin['zh-CN']}的值无法转换：请先修改，或指定替换值（replaced_values），或允许清空（unconvertible: empty）`,
          ),
    },
  ]
}

function isUniqueIndex(asked: Asked, step: SchemaStep): boolean {
  const field = asked.plan.model.objects.get(step.object)?.fields.get(step.field ?? '')
  const was = asked.current?.objects.get(step.object)?.fields.get(step.field ?? '')
  return field?.isUnique === true && was !== undefined
}

async function emptyValues(
  tx: Transaction,
  asked: Asked,
  object: string,
  field: string,
): Promise<Finding[]> {
  const where = sql`${columnOf(asked, object, field)} is null`
  const found = await samplesOf(tx, asked, [object, field], { where })
  const bin = await inBin(tx, asked, object, where)
  if (!found.count && !bin.count) return []
  return [
    {
      code: 'empty_values',
      severity: 'error',
      kind: 'field',
      name: `${object}.${field}`,
      ...found,
      message: message(
        `${found.count} records have no value${bin['en-US']}: fill them before the field is required`,
        `${found.count} 条记录没有值${bin['zh-CN']}：请先填写，再设为必填`,
      ),
    },
  ]
}

/** How many records in the recycle bin, which may come back, are concerned too; and in words behind how many others. */
async function inBin(
  tx: Transaction,
  { physical }: Asked,
  object: string,
  where: RawBuilder<unknown>,
): Promise<{ count: number } & Message> {
  const [row] = await tx.query<{ count: number }>(sql`
    select count(*)::int as count from ${physical.table(object)} where deleted_at is not null and (${where})`)
  const count = row?.count ?? 0
  const [en, zh] = [` (${count} more in the recycle bin)`, `（回收站中另有 ${count} 条）`]
  return { count, ...(count > 0 ? message(en, zh) : message('', '')) }
}

async function newRequired(
  tx: Transaction,
  asked: Asked,
  step: SchemaStep,
  field: string,
): Promise<Finding[]> {
  const column = asked.plan.next
    .get(step.table)
    ?.columns.get(asked.plan.names.columns.get(`${step.object}.${field}`) ?? '')
  if (!column?.isNotNull || column.fill !== undefined || column.default !== undefined) return []
  const [row] = await tx.query<{ total: number }>(
    sql`select count(*)::int as total from ${asked.physical.table(step.object)}`,
  )
  if (!row?.total) return []
  return [
    {
      code: 'empty_values',
      severity: 'error',
      kind: 'field',
      name: `${step.object}.${field}`,
      count: row.total,
      message: message(
        `${row.total} records exist already: a required field needs a default value for them`,
        `已有 ${row.total} 条记录：新增必填字段需要默认值`,
      ),
    },
  ]
}

async function duplicates(
  tx: Transaction,
  asked: Asked,
  object: string,
  field: string,
): Promise<Finding[]> {
  const model = asked.plan.model.objects.get(object)?.fields.get(field)
  const column = columnOf(asked, object, field)
  const isFolded = model?.type.expressionType === 'text' && model.definition.case_sensitive !== true
  const { physical, reader } = asked
  const { count, samples } = await findDuplicates(tx, {
    physical,
    object,
    field,
    column: sql`t.${column}`,
    isFolded,
    reader,
  })
  if (count === 0) return []
  return [
    {
      code: 'duplicate_values',
      severity: 'error',
      kind: 'field',
      name: `${object}.${field}`,
      count,
      samples,
      message: message(
        `${count} records share a value that is to be unique`,
        `${count} 条记录的值重复，无法设为唯一`,
      ),
    },
  ]
}

async function checkChange(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  // What only has another name holds already.
  if (change.op === 'renamed' && change.properties.length === 0) return []
  if (change.kind === 'validation_rule') {
    return change.op === 'removed' ? [] : checkNewRule(tx, asked, change)
  }
  if (change.kind === 'duplicate_rule') return knownTwins(tx, asked, change)
  if (change.kind === 'field' && change.op === 'changed') {
    return [
      ...(await removedValues(tx, asked, change)),
      ...(await leftOut(tx, asked, change)),
      ...(await findCircles(tx, asked, change)),
      ...(await findMoneyObstacles(tx, asked, change)),
    ]
  }
  if (change.kind === 'field' && change.op === 'removed') return hiddenValues(tx, asked, change)
  if (change.kind === 'object') {
    return change.op === 'removed'
      ? hiddenRows(tx, asked, change)
      : [
          ...(await knownCombinations(tx, asked, change)),
          ...(await findMoneyObstacles(tx, asked, change)),
        ]
  }
  if (change.kind === 'record_type' && change.op === 'removed') {
    return findRemovedType(tx, asked, change)
  }
  if (change.kind === 'picklist' && change.op === 'changed') return sharedValues(tx, asked, change)
  if (change.kind === 'approval_process') return findRunningApprovals(tx, asked, change)
  return findMoneyObstacles(tx, asked, change)
}

async function checkNewRule(
  tx: Transaction,
  asked: Asked,
  change: ModelChange,
): Promise<Finding[]> {
  const [objectName = '', name = ''] = change.name.split('.')
  const rule = asked.plan.model.objects
    .get(objectName)
    ?.validationRules.find((one) => one.name === name)?.definition
  if (
    !rule ||
    rule.active === false ||
    rule.existing === 'ignore' ||
    !asked.current?.objects.has(objectName)
  ) {
    return []
  }
  const breaking = await countBreaking(tx, {
    model: asked.plan.model,
    current: asked.current,
    physical: asked.physical,
    object: objectName,
    expression: rule.error_if,
    reader: asked.reader,
    counts: 'all',
  })
  if (!breaking || breaking.count === 0) return []
  return [
    {
      code: 'rows_break_rule',
      severity: rule.existing === 'block' ? 'error' : 'warning',
      kind: change.kind,
      name: change.name,
      ...breaking,
      message: message(
        `${breaking.count} existing records break this rule`,
        `${breaking.count} 条现有记录不符合该规则`,
      ),
    },
  ]
}

/** Records whose lookup leads to what a new filter leaves out: they stay, until the lookup or what decides it changes. */
async function leftOut(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', name = ''] = change.name.split('.')
  const { plan, current, physical, reader } = asked
  const field = plan.model.objects.get(object)?.fields.get(name)
  const was = current.objects.get(object)?.fields.get(name)
  const condition = field && filterOfRecord(field)
  const isSame = isDeepStrictEqual(was?.definition.lookup_filter, field?.definition.lookup_filter)
  if (condition === undefined || isSame) return []
  const expression = {
    and: [{ '!': [{ is_blank: [{ var: name }] }] }, { '!': [{ if: [condition, true, false] }] }],
  }
  const model = plan.model
  const breaking = { model, current, physical, object, expression, reader, counts: 'all' } as const
  const found = await countBreaking(tx, breaking)
  if (!found || found.count === 0) return []
  return [
    {
      code: 'rows_break_filter',
      severity: 'warning',
      kind: 'field',
      name: change.name,
      ...found,
      message: message(
        `${found.count} records refer to what the filter leaves out; they stay until that is changed`,
        `${found.count} 条记录关联了筛选条件之外的记录；修改前保持不变`,
      ),
    },
  ]
}

async function removedValues(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', field = ''] = change.name.split('.')
  const was = asked.current.objects.get(object)?.fields.get(field)
  const now = asked.plan.model.objects.get(object)?.fields.get(field)
  if (!was || !now || (now.type.name !== 'picklist' && now.type.name !== 'multi_picklist')) {
    return []
  }
  const kept = (now.values ?? []).map((value) => value.code)
  const gone = (was.values ?? []).filter(({ code }) => !kept.includes(code))
  if (now.definition.unconvertible === 'empty' || (was.values && gone.length === 0)) return []
  const known = [...kept, ...Object.keys(now.definition.replaced_values ?? {})]
  const column = asked.physical.column(object, field)
  const isList = now.type.storage(now.options).as === 'text_list'
  const outside = isList
    ? sql`not ${column} <@ ${known}::text[]`
    : sql`${column} <> all(${known}::text[])`
  const found = await samplesOf(tx, asked, [object, field], { where: outside, value: column })
  const bin = await inBin(tx, asked, object, outside)
  if (!found.count && !bin.count) return []
  return [
    {
      code: 'value_in_use',
      severity: 'error',
      kind: 'field',
      name: change.name,
      ...found,
      message: message(
        `${found.count} records${bin['en-US']} have a value that would be gone: switch it off (active: false), name another for it (replaced_values), or change the records first`,
        `${found.count} 条记录${bin['zh-CN']}使用了将被删除的选项：请停用该选项（active: false），指定替换值（replaced_values），或先修改这些记录`,
      ),
    },
  ]
}

/** The same for every field that takes its values from a shared list; the currencies are one. */
async function sharedValues(
  tx: Transaction,
  asked: Asked & { current: Model },
  change: ModelChange,
): Promise<Finding[]> {
  const fields = [...asked.plan.model.objects.values()].flatMap((object) =>
    [...object.fields.values()].filter(
      (field) =>
        field.definition.values_of === change.name ||
        (change.name === CURRENCY && field === object.money?.currency),
    ),
  )
  const found: Finding[] = []
  for (const { object, name } of fields) {
    found.push(...(await removedValues(tx, asked, { ...change, name: `${object}.${name}` })))
  }
  return found
}

async function hiddenValues(
  tx: Transaction,
  asked: Asked,
  change: ModelChange,
): Promise<Finding[]> {
  const [object = '', field = ''] = change.name.split('.')
  if (!asked.plan.model.objects.has(object)) return []
  const was = asked.current?.objects.get(object)?.fields.get(field)
  const columns = (was?.members ?? [{ name: field }]).map(({ name }) =>
    asked.physical.column(object, name),
  )
  const where = sql`num_nonnulls(${sql.join(columns)}) > 0`
  const found = await samplesOf(tx, asked, [object, field], { where })
  return found.count ? [hidden(change, found.count)] : []
}

async function hiddenRows(tx: Transaction, asked: Asked, change: ModelChange): Promise<Finding[]> {
  const [row] = await tx.query<{ total: number }>(
    sql`select count(*)::int as total from ${asked.physical.table(change.name)} where deleted_at is null`,
  )
  return row?.total ? [hidden(change, row.total)] : []
}
