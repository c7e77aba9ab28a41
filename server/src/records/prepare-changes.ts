import { isRecordId, type ObjectModel } from '@trellis/metamodel'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { chooseDuplicateRules } from '../duplicates/choose-duplicate-rules.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { CreateRequest, UpdateRequest } from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { checkControlled } from '../validation/check-controlled.ts'
import { checkLookupFilters } from '../validation/check-lookup-filters.ts'
import {
  checkRecordType,
  chooseRecordType,
  fillFromRecordType,
} from '../validation/check-record-type.ts'
import { checkRules } from '../validation/check-rules.ts'
import { checkValues } from '../validation/check-values.ts'
import { evaluationContext, type Surroundings } from '../validation/evaluation.ts'
import { type AppliedValues, applyValues } from './apply-values.ts'
import { derivedValue, deriveValues } from './derive-values.ts'
import { findNamed } from './find-named.ts'
import { holdParents } from './hold-parents.ts'
import { loadParents } from './load-parents.ts'
import { PreparedChange } from './prepared-change.ts'
import { type LoadedRecord, loadForWrite } from './read-rows.ts'
import { refuseWiderSets } from './refuse-wider-sets.ts'
import { requireFiles } from './require-files.ts'
import { requireRates } from './require-rates.ts'
import { checkOwner, requireReach } from './require-reach.ts'
import { requireReferences } from './require-references.ts'
import { type SavePlan, savePlanOf } from './save-plan.ts'
import { withheldDefaults } from './withheld-defaults.ts'

const NONE: ReadonlySet<string> = new Set()

/** What changes are made of besides what was asked. */
interface ApplyGround {
  plan: SavePlan
  withheld: ReadonlySet<string>
  loaded: ReadonlyMap<string, LoadedRecord>
}

/** What the expressions of a save read: rules read as the house does, defaults as the caller. */
interface SaveSurroundings {
  rules: Surroundings
  defaults: Surroundings
  /** Fields that no default fills for the caller. */
  withheld: ReadonlySet<string>
}

/** Changes for which everything has been read; to judge them takes nothing but time. */
export interface ReadChanges {
  readonly prepared: readonly PreparedChange[]
  /** Judges some more of them. @returns whether any are left */
  judge(most: number): boolean
}

/**
 * Takes creates and updates of one object through the order of execution up to the write: what was, access, lock,
 * values, references, derived values, checks, rules. Reads once for all of them. Nothing is written.
 */
export async function prepareChanges(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<readonly PreparedChange[]> {
  const read = await readChanges(context, object, requests)
  read.judge(requests.length)
  await requireReach(context, object, read.prepared)
  return read.prepared
}

/** The first half of `prepareChanges`, which reads: what was, access, lock, values, references. */
export async function readChanges(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
): Promise<ReadChanges> {
  const plan = savePlanOf(context.release, object)
  const prepared = requests.map((request) => new PreparedChange(request))
  const ids = requests.flatMap((request) =>
    request.op === 'update' && isRecordId(request.id) ? [request.id.toLowerCase()] : [],
  )
  await holdParents(context, plan, requests)
  const loaded = await loadLed(context, object, requests, await loadForWrite(context, object, ids))
  const withheld = withheldDefaults(context, plan)
  const applied = prepared.flatMap(
    (one) => applyRequest(context, { plan, withheld, loaded }, one) ?? [],
  )
  await findNamed(
    context,
    applied.map(({ values }) => values),
  )
  for (const { one, values } of applied) one.failures.push(...values.failures)
  await requireReferences(context, prepared)
  await requireFiles(context, prepared)
  await requireRates(context, prepared)
  const live = prepared.flatMap((one) => (one.change ? [{ one, change: one.change }] : []))
  const changes = live.map(({ change }) => change)
  const around = await loadSurroundings(context, plan, changes, withheld)
  let next = 0
  const judgeSome = (most: number): boolean => {
    for (const { one, change } of live.slice(next, next + most)) judge(plan, one, change, around)
    next += most
    return next < live.length
  }
  return { prepared, judge: judgeSome }
}

/**
 * The records that are changed, by the ids that they are asked for by: one that was merged is changed as what is left
 * of it, unless a version is asked for, which was another record's.
 */
async function loadLed(
  context: WriteContext,
  object: ObjectModel,
  requests: readonly (CreateRequest | UpdateRequest)[],
  loaded: ReadonlyMap<string, LoadedRecord>,
): Promise<ReadonlyMap<string, LoadedRecord>> {
  const missing = requests.flatMap((one) => {
    const id = one.op === 'update' && one.version === undefined ? one.id.toLowerCase() : ''
    return isRecordId(id) && !loaded.has(id) ? [id] : []
  })
  const survivors = await findSurvivors(context.tx, context.release, object, missing)
  if (survivors.size === 0) return loaded
  const all = new Map(loaded)
  const left = await loadForWrite(context, object, [...survivors.values()])
  for (const [id, survivor] of survivors) {
    const record = left.get(survivor)
    // No record is changed twice in one statement.
    const isTaken = all.values().some((one) => one.id === survivor)
    if (record && !isTaken) all.set(id, record)
  }
  return all
}

/** What expressions about these changes read besides them; defaults no more than the caller may see. */
async function loadSurroundings(
  context: WriteContext,
  { object, parentPaths, defaultPaths, formulas, holds }: SavePlan,
  changes: readonly RecordChange[],
  withheld: ReadonlySet<string>,
): Promise<SaveSurroundings> {
  const { actor, now } = context
  const created = changes.filter((change) => change.op === 'create' && !change.isSystem)
  const parent = await loadParents(context, {
    object,
    records: changes.map(({ after }) => after),
    paths: parentPaths,
    which: 'all',
    holds,
  })
  const seen = await loadParents(context, {
    object,
    records: created.map(({ after }) => after),
    paths: defaultPaths,
    which: 'seen',
  })
  const rules = { actor, now, parent, formulas }
  return { rules, defaults: { ...rules, parent: seen }, withheld }
}

function applyRequest(
  context: WriteContext,
  { plan, withheld, loaded }: ApplyGround,
  one: PreparedChange,
): { one: PreparedChange; values: AppliedValues } | undefined {
  const { request } = one
  const isSystem = request.as === 'system'
  const before = request.op === 'update' ? (loaded.get(request.id.toLowerCase()) ?? null) : null
  const refusal =
    isSystem && (request.op === 'create' || before)
      ? undefined
      : checkAccess(context, plan.object, request, before)
  if (refusal) {
    one.end(refusal)
    return undefined
  }
  const values = applyValues(plan, {
    values: request.values,
    before: before?.values ?? null,
    actor: context.actor,
    isSystem,
    now: context.now,
    withheld: isSystem ? NONE : withheld,
  })
  if (values.forbidden.length > 0) {
    one.end(new RequestError('forbidden', { failures: values.forbidden }))
    return undefined
  }
  one.change = {
    op: request.op,
    object: plan.object,
    id: before?.id ?? (isSystem && request.id !== undefined ? request.id : uuidv7()),
    before,
    after: values.after,
    given: values.given,
    isSystem,
    ...(request.op === 'create' && request.audit && isSystem ? { audit: request.audit } : {}),
  }
  const beyond = refuseWiderSets(context, one.change)
  if (beyond) {
    one.end(beyond)
    return undefined
  }
  checkOwner(context, one, one.change, before)
  return { one, values }
}

/** The right to do it, on this record, now: object right, row, version, lock. */
function checkAccess(
  context: WriteContext,
  object: ObjectModel,
  request: CreateRequest | UpdateRequest,
  before: LoadedRecord | null,
): RequestError | undefined {
  const access = context.actor.rights.object(object.name)
  if (request.op === 'create') return access.create ? undefined : new RequestError('forbidden')
  if (!before || !before.canRead) return new RequestError('not_found')
  if (!before.canEdit) {
    return new RequestError('forbidden', {
      detail: message('You may not edit this record', '您没有编辑此记录的权限'),
    })
  }
  if (request.version !== undefined && request.version !== before.version) {
    return new RequestError('stale_version')
  }
  return before.values['locked'] === true ? new RequestError('locked') : undefined
}

function judge(
  plan: SavePlan,
  one: PreparedChange,
  change: RecordChange,
  { rules: around, defaults, withheld }: SaveSurroundings,
): void {
  const { rights } = around.actor
  if (change.op === 'create') {
    chooseRecordType(change, rights)
    if (change.isSystem) fillDefaults(plan, change, around, NONE)
    else fillDefaults(plan, change, defaults, withheld)
    fillFromRecordType(change)
  }
  one.failures.push(...deriveValues(plan.derived, change, around))
  one.failures.push(
    ...withoutRepeats(one, [
      ...checkValues(plan, change, around),
      ...checkRecordType(change, rights),
      ...checkControlled(change, rights),
    ]),
  )
  // Rules judge sound values only: a rule about a text that is no number would fail for the wrong reason.
  if (one.failures.length === 0 && !change.isSystem) {
    one.failures.push(
      ...checkLookupFilters(plan.lookupFilters, change, around),
      ...checkRules(plan.rules, change, around),
    )
    one.duplicateRules = chooseDuplicateRules(plan.duplicateRules, change, around)
  }
}

function withoutRepeats(
  one: PreparedChange,
  failures: ReturnType<typeof checkValues>,
): ReturnType<typeof checkValues> {
  const named = new Set(one.failures.map((known) => known.path))
  return failures.filter((found) => !named.has(found.path))
}

/** Fills what the caller left out and an expression gives; it may read parents, such as the account of the opportunity. */
function fillDefaults(
  plan: SavePlan,
  change: RecordChange,
  around: Surroundings,
  withheld: ReadonlySet<string>,
): void {
  for (const { field, evaluate } of plan.defaults) {
    if (!change.given.has(field.name) && !withheld.has(field.name)) {
      change.after[field.name] = derivedValue(field, evaluate, evaluationContext(change, around))
    }
  }
}
