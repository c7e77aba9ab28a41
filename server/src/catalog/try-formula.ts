import {
  type FieldModel,
  type FormulaTrial,
  type Model,
  type ObjectModel,
  outcomeOf,
  type Problem,
  replaceFields,
  resolveFieldPath,
  resultType,
  type TriedRecord,
  type TypedExpression,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import { userValues } from '../access/actor.ts'
import type { Context } from '../access/context.ts'
import { failure, RequestError } from '../errors.ts'
import { CELL_WRITERS, trimNumber } from '../query/cells.ts'
import { Columns } from '../query/columns.ts'
import { isReadable, unreadableField } from '../query/field-path.ts'
import { FromClause } from '../query/from-clause.ts'
import { cellKind } from '../query/mask-cells.ts'
import { prepareRead, runOnce } from '../query/prepared-read.ts'
import { loadChangeSet, loadEdits } from './change-sets.ts'
import { compileBeside } from './compile-once.ts'
import { layersInForce } from './edit-session.ts'
import { type Edit, flatten, type Layers, withEdits } from './layers.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { nameTo, SAMPLES } from './sample-records.ts'

/** A formula that is being written, as the field would have it. */
export interface FormulaAsked {
  object: string
  formula: string
  result: string
  blanks?: 'zero' | 'blank'
  scale?: number
}

/** The name of the field while it is tried: no customer's field can be named so. */
const TRIED = 'tried_formula'

/**
 * What a formula yields on some records that the caller may see, the newest first: in SQL, as the field would. It is
 * meant in the change set, as far as that is sound; what is not in force yet is empty. Records that the caller may not
 * see are as if they were not there.
 *
 * @throws RequestError malformed, if the formula does not hold, or reads what the caller may not know · not_found
 */
export async function tryFormula(
  target: PublishTarget,
  context: Context,
  id: string,
  asked: FormulaAsked,
): Promise<FormulaTrial> {
  await loadChangeSet(target.db, target.schema, id)
  const [edits, layers] = await Promise.all([
    loadEdits(target.db, target.schema, id),
    layersInForce(target.db, target.schema),
  ])
  const tried = await compileTried(target, { layers, edits }, asked)
  requireReadable(context, tried)
  const live = context.release.model.objects.get(asked.object)
  const records = live ? await readTried(context, live, inForce(context, tried)) : []
  return { type: resultType(tried.field.type), records }
}

interface Tried {
  model: Model
  object: ObjectModel
  field: FieldModel
}

/** Compiles the formula as a field of the draft, without the edits that have faults of their own. */
async function compileTried(
  { fieldTypes }: PublishTarget,
  { layers, edits }: { layers: Layers; edits: readonly Edit[] },
  { object, ...options }: FormulaAsked,
): Promise<Tried> {
  const name = `${object}.${TRIED}`
  const definition = { type: 'formula', label: TRIED, ...options }
  const tried = { kind: 'field' as const, name, definition }
  for (let kept = edits; ;) {
    const components = [...flatten(withEdits(layers, kept)), tried]
    const { model, problems } = await compileBeside(components, fieldTypes)
    const own = problems.filter((one) => one.severity === 'error' && one.name === name)
    if (own.length > 0) throw faultOf(own)
    const found = model?.objects.get(object)
    const field = found?.fields.get(TRIED)
    if (model && found && field) return { model, object: found, field }
    if (kept.length === 0) throw new Error('The metadata in force does not compile')
    kept = withoutFaulty(kept, problems)
  }
}

/** Where no edit is at fault by itself, none of them is kept. */
function withoutFaulty(edits: readonly Edit[], problems: readonly Problem[]): readonly Edit[] {
  const faulty = new Set(problems.map(({ kind, name }) => `${kind} ${name}`))
  const sound = edits.filter(({ kind, name }) => !faulty.has(`${kind} ${name}`))
  return sound.length < edits.length ? sound : []
}

function faultOf(problems: readonly Problem[]): RequestError {
  const failures = problems.map(({ path, code, message }) => failure(path, code, message))
  return new RequestError('malformed', { failures })
}

/** Whoever tries a formula could read by it: every field on the way of a path has to be theirs to know. */
function requireReadable(context: Context, { model, object, field }: Tried): void {
  const { objects } = context.release.model
  const { reads = [], inputs = [] } = field.formula ?? {}
  for (const path of new Set([...reads, ...inputs])) {
    const resolved = resolveFieldPath(model.objects, object, path)
    const hidden = [...(resolved?.hops ?? []), ...(resolved ? [resolved.field] : [])].find(
      (one) => {
        const live = objects.get(one.object)?.fields.get(one.name)
        return live !== undefined && !isReadable(context, live)
      },
    )
    if (hidden) {
      throw new RequestError('malformed', { failures: [unreadableField('formula', path, hidden)] })
    }
  }
}

/** The field with nothing in the place of what has no column yet, or one that holds something else. */
function inForce(
  context: Context,
  { model, object, field }: Tried,
): { field: FieldModel; absent: ReadonlySet<string> } {
  const { formula } = field
  if (!formula) throw new Error('The formula was not compiled')
  const absent = new Set(formula.inputs.filter((path) => !isInForce(context, model, object, path)))
  const typed = replaceFields(formula.typed, ({ name, type, path }): TypedExpression | undefined =>
    absent.has(name) ? { kind: 'literal', type, path, value: null } : undefined,
  )
  return { field: { ...field, formula: { ...formula, typed } }, absent }
}

function isInForce({ release }: Context, model: Model, object: ObjectModel, path: string): boolean {
  const resolved = resolveFieldPath(model.objects, object, path)
  return (
    resolved !== undefined &&
    [...resolved.hops, resolved.field].every(({ object: of, name, type, target }) => {
      const live = release.model.objects.get(of)?.fields.get(name)
      return live?.type.expressionType === type.expressionType && live.target === target
    })
  )
}

async function readTried(
  context: Context,
  object: ObjectModel,
  { field, absent }: ReturnType<typeof inForce>,
): Promise<TriedRecord[]> {
  const { objects } = context.release.model
  const from = new FromClause(context, object)
  const columns = new Columns()
  const at = (path: string): { index: number; field: FieldModel } => {
    const resolved = resolveFieldPath(objects, object, path)
    if (!resolved) throw new Error(`${object.name} has no field ${path}`)
    return { index: columns.add(path, from.shownColumn(resolved)), field: resolved.field }
  }
  const [id, name] = [at('id').index, at('name').index]
  const present = (field.formula?.inputs ?? []).filter((path) => !absent.has(path))
  const inputs = new Map(present.map((path) => [path, at(path)]))
  const value = columns.add(TRIED, from.shownColumn({ hops: [], field }))
  const order = context.release.physical.column(object.name, 'id', from.alias)
  const statement = sql`select ${columns.toSql()} from ${from.toSql()}
    where ${from.visibleRows()} order by ${order} desc limit ${SAMPLES}`
  const rows = await runOnce(context, prepareRead(statement))
  const tellName = nameTo(context, object.name)
  return rows.map((cells): TriedRecord => {
    const told = cells[value] ?? null
    return {
      id: cells[id] ?? '',
      name: tellName(cells[name] ?? null),
      value: told === null ? null : JSON.parse(CELL_WRITERS[cellKind(field)](told)),
      reason:
        told === null ? reasonOf(context, field, (path) => valueOf(cells, inputs.get(path))) : null,
    }
  })
}

/** A cell as expressions read it. */
function valueOf(
  cells: readonly (string | null)[],
  input: { index: number; field: FieldModel } | undefined,
): unknown {
  const text = input && cells[input.index]
  if (!input || text === null || text === undefined) return null
  const kind = cellKind(input.field)
  return kind === 'number' ? trimNumber(text) : JSON.parse(CELL_WRITERS[kind](text))
}

/** Why there is no value: what failed, else what of the things that are read is empty. */
function reasonOf(
  { actor, now }: Context,
  { formula }: FieldModel,
  record: (path: string) => unknown,
): TriedRecord['reason'] {
  if (!formula) return null
  const { timeZone } = actor
  const circumstances = { record, user: userValues(actor), now: now.toISOString(), timeZone }
  const { failure: failed } = outcomeOf(formula.typed)(circumstances)
  if (failed) return { code: failed.code, fields: [] }
  const fields = formula.inputs.filter((path) => (record(path) ?? '') === '')
  return { code: fields.length > 0 ? 'blank' : 'nothing', fields }
}
