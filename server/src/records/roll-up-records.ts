import {
  type Expression,
  expressionReferences,
  isTold,
  localize,
  type Message,
  type ObjectModel,
  readPaths,
  type RollUpField,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { compileAggregate, compileSource } from '../conditions/compile-roll-up.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import type { StoredRecord } from '../effects/record-request.ts'
import { type Failure, failure, message, RequestError } from '../errors.ts'
import { nameTeller } from '../query/mask-cells.ts'
import { releaseCache } from '../query/release-cache.ts'
import { Slot } from '../query/slot.ts'
import { checkRules } from '../validation/check-rules.ts'
import type { Surroundings } from '../validation/evaluation.ts'
import { deriveValues } from './derive-values.ts'
import { shareRates } from './hold-rates.ts'
import { holdRecords } from './hold-records.ts'
import { loadParents } from './load-parents.ts'
import { runWrite } from './prepared-write.ts'
import { fromDriver, loadFields } from './read-rows.ts'
import type { Asked } from './roll-ups-touched.ts'
import { type FieldExpression, type PlannedRule, type SavePlan, savePlanOf } from './save-plan.ts'
import { writeComputed } from './write-record.ts'

/**
 * Makes roll-ups of records of one object anew, and what these records derive from them; asks their rules that read
 * any of it. One statement locks, a later one reads what the records are made of, a third writes.
 *
 * @returns what changed
 * @throws RequestError validation_failed if a rule of a record refuses its new value
 */
export async function rollUpRecords(
  context: WriteContext,
  object: ObjectModel,
  asked: ReadonlyMap<string, Asked>,
): Promise<RecordChange[]> {
  const fields = [...new Set([...asked.values()].flatMap((one) => [...one.fields]))].toSorted(
    (a, b) => (a.name < b.name ? -1 : 1),
  )
  const held = await holdRecords(context, object, [...asked.keys()].toSorted())
  if (fields.some(({ rollUp }) => rollUp.isConverted === true)) await shareRates(context)
  const values = await aggregate(context, object, fields, [...held.keys()])
  const changes = [...held.values()].map((record): RecordChange => ({
    op: 'update',
    object,
    id: record.id,
    before: record,
    after: { ...record.values, ...values.get(record.id) },
    given: new Set(),
    isSystem: record.isDeleted || asked.get(record.id)?.isJudged !== true,
  }))
  const changed = changes.filter((change) => changedFields(change).length > 0)
  if (changed.length === 0) return []
  await judge(context, object, { changes: changed, fields, asked })
  const names = new Set(changed.flatMap(changedFields))
  const written = [...names].toSorted().flatMap((name) => object.fields.get(name) ?? [])
  const rows = changed.map(({ id, after }) => ({ id, values: after }))
  await writeComputed(context, object.name, written, rows)
  return changed
}

const IDS = new Slot('ids')

/** What the roll-ups of records are now. */
async function aggregate(
  context: WriteContext,
  object: ObjectModel,
  fields: readonly RollUpField[],
  ids: readonly string[],
): Promise<Map<string, StoredRecord['values']>> {
  const key = `roll up ${object.name} ${fields.map(({ name }) => name).join(',')}`
  const asked = { key, slots: { ids: [...ids] } }
  const rows = await runWrite<Record<string, unknown>>(context, asked, () =>
    selectAggregates(context, fields),
  )
  return new Map(
    rows.map((row) => [
      String(row['record id']),
      Object.fromEntries(
        fields.map((field) => [field.name, fromDriver(context.release, field, row[field.name])]),
      ),
    ]),
  )
}

function selectAggregates(
  { release }: WriteContext,
  fields: readonly RollUpField[],
): RawBuilder<Record<string, unknown>> {
  const { physical } = release
  const looks = [...Map.groupBy(fields, ({ rollUp }) => `${rollUp.child}.${rollUp.via}`).values()]
  const laterals = looks.map((group, index) => {
    const made = group.map(
      (field) =>
        sql`${compileAggregate(release, field, sql`p.id`)} as ${physical.identifier(field.name)}`,
    )
    const [first] = group
    const from = first ? compileSource(release, first, sql`p.id`) : sql``
    return sql`cross join lateral (select ${sql.join(made, sql`, `)} ${from}) as ${physical.identifier(`look ${index}`)}`
  })
  const columns = fields.map(({ name }) => physical.identifier(name))
  return sql`
    select p.id as "record id", ${sql.join(columns, sql`, `)}
    from unnest(${IDS}::uuid[]) as p (id) ${sql.join(laterals, sql` `)}`
}

interface Judged {
  changes: readonly RecordChange[]
  fields: readonly RollUpField[]
  asked: ReadonlyMap<string, Asked>
}

/** Derives what follows from new values, and asks the rules that read any of what changes by that. */
async function judge(
  context: WriteContext,
  object: ObjectModel,
  { changes, fields, asked }: Judged,
): Promise<void> {
  const plan = followPlanOf(context, object)
  const parent = await loadParents(context, {
    object,
    records: changes.map(({ after }) => after),
    paths: [...plan.derived, ...plan.rules].flatMap(({ paths }) => paths),
    which: 'all',
  })
  const around = { actor: context.actor, now: context.now, parent, formulas: plan.formulas }
  for (const change of changes) {
    const failures = judgeOne(plan, change, around, fields)
    if (failures.length > 0) throw await refusal(context, change, failures, asked)
  }
}

function judgeOne(
  { derived, rules }: FollowPlan,
  change: RecordChange,
  around: Surroundings,
  fields: readonly RollUpField[],
): Failure[] {
  const names = new Set(changedFields(change))
  const isTouched = ({ reads }: Reads): boolean => reads.some((name) => names.has(name))
  const unfit = [
    ...beyondLimits(change, fields),
    // In their order, in which each finds what it needs.
    ...derived.flatMap((one) => {
      if (!isTouched(one)) return []
      names.add(one.field.name)
      return deriveValues([one], change, around)
    }),
  ]
  if (unfit.length > 0 || change.isSystem) return unfit
  return checkRules(rules.filter(isTouched), change, around)
}

/** Numbers with more digits than are kept exactly, and amounts in a currency that has lost its rates: no number at all. */
function beyondLimits({ after }: RecordChange, fields: readonly RollUpField[]): Failure[] {
  return fields.flatMap(({ name, type, options, label }) => {
    const value = after[name]
    if (Number.isNaN(value)) {
      const amiss = message('A currency in use has no exchange rate', '使用中的币种缺少汇率')
      return [failure(name, 'no_exchange_rate', amiss)]
    }
    const storage = type.storage(options)
    const scale = storage.as === 'numeric' ? storage.scale : 0
    if (typeof value !== 'number' || Math.abs(value) < 10 ** (15 - scale)) return []
    const [en, zh] = [localize(label, 'en-US', name), localize(label, 'zh-CN', name)]
    const text = message(`${en} would have too many digits`, `${zh}的位数超出上限`)
    return [failure(name, 'too_large', text)]
  })
}

/** What a record is refused for because of one above it. */
export class RefusedAbove extends RequestError {}

/** The refusal of a child's save by its parent; the parent is named to those who may see it. */
async function refusal(
  context: WriteContext,
  { object, id }: RecordChange,
  failures: readonly Failure[],
  asked: ReadonlyMap<string, Asked>,
): Promise<RequestError> {
  const mayRead = context.actor.rights.object(object.name).read
  const name = object.fields.get('name')
  const isNamed = mayRead && name !== undefined && isTold(context.actor.rights.field(name))
  const want = { object, ids: isNamed ? [id] : [], names: ['name'], which: 'seen' } as const
  const seen = (await loadFields(context, want)).get(id)
  const shown = nameTeller(context, object.name)(seen ? String(seen['name']) : null)
  const about = (locale: 'en-US' | 'zh-CN', text: Message): string => {
    const label = localize(object.label, locale, object.name)
    const colon = locale === 'zh-CN' ? '：' : ': '
    const quoted = locale === 'zh-CN' ? `“${shown ?? ''}”` : ` "${shown ?? ''}"`
    return `${label}${shown === null ? '' : quoted}${colon}${text[locale]}`
  }
  return new RefusedAbove('validation_failed', {
    failures: failures.map(({ code, message: text, rule }) =>
      failure(
        asked.get(id)?.path ?? '',
        code,
        message(about('en-US', text), about('zh-CN', text)),
        rule === undefined ? {} : { rule: `${object.name}.${rule}` },
      ),
    ),
  })
}

/** Derived fields and rules of an object with the fields of the record that they read, and the paths to others. */
interface FollowPlan {
  formulas: SavePlan['formulas']
  derived: (FieldExpression & Reads)[]
  rules: (PlannedRule & Reads)[]
}

interface Reads {
  reads: readonly string[]
  paths: readonly string[]
}

const plans = releaseCache<FollowPlan>('follow-plans', 2000)

function followPlanOf({ release }: WriteContext, object: ObjectModel): FollowPlan {
  return plans(release).get(object.name, () => {
    const plan = savePlanOf(release, object)
    const readsOf = (named: readonly string[]): Reads => {
      const columns = [...readPaths(release.model, object, named).columns]
      return {
        reads: columns.map((path) => path.split('.')[0] ?? path),
        paths: columns.filter((path) => path.includes('.')),
      }
    }
    const namedIn = (expression: unknown): readonly string[] =>
      expressionReferences(expression as Expression).fields
    return {
      formulas: plan.formulas,
      derived: plan.derived.map((one) => {
        const { formula, definition } = one.field
        return { ...one, ...readsOf(formula ? formula.reads : namedIn(definition.derive)) }
      }),
      rules: plan.rules.map((one) => ({ ...one, ...readsOf(namedIn(one.definition.error_if)) })),
    }
  })
}
