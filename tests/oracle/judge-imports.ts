import { savingOf } from './attempt.ts'
import { isComputed, withComputed } from './computed-values.ts'
import { findByUnique, findsBy, isTaken } from './find-by-unique.ts'
import { twinsOf } from './find-twins.ts'
import type { ImportColumn, ImportPlan } from './make-imports.ts'
import { Rules } from './rules.ts'
import { View } from './view.ts'
import { fieldOf, objectOf, targetsOf } from './world-parts.ts'
import type { Asker, Value, World, WorldRecord } from './world.ts'
import { led, recordOf } from './written-values.ts'

/** What becomes of a row. */
export type RowVerdict = 'created' | 'updated' | 'skipped' | 'failed'

/** What becomes of an import by the rules. */
export interface ImportVerdict {
  /** 202 if it is carried out. */
  readonly status: number
  readonly rows: readonly RowVerdict[]
  /** The world after it, as who imports sees it. */
  readonly after: View
  /** The records that it made, and those that it changed as they are then and as they were. */
  readonly created: readonly WorldRecord[]
  readonly updated: readonly (readonly [WorldRecord, WorldRecord])[]
}

/** A row of which it is known what it would do. */
interface Pending {
  readonly row: number
  readonly cells: Readonly<Record<string, string>>
}

/**
 * Goes through an import as docs/duplicates.md and docs/access.md say: who may, where columns may go, which records
 * rows find, and of each what a save of its own would come to. Rows that make records come first, as they do in a
 * chunk.
 */
export function judgeImport(view: View, asker: Asker, plan: ImportPlan): ImportVerdict {
  const refusal = refusalOf(view, plan)
  const columns = plan.columns.filter((column) => mayMap(view, plan, column))
  if (refusal !== 202) return { status: refusal, rows: [], after: view, created: [], updated: [] }
  const job = new Job(view, asker, { ...plan, columns })
  return job.run()
}

/** Whether somebody may bring such a file at all, and map its columns so. */
function refusalOf(view: View, plan: ImportPlan): number {
  const { rules, actor } = view
  const { object, mode, match, duplicates, columns, isMapped } = plan
  const isEditing = mode !== 'create' || duplicates === 'update'
  const mayMake = mode === 'update' || rules.may(actor, 'create', object)
  const mayDo = mayMake && (!isEditing || rules.may(actor, 'edit', object))
  if (!rules.has('import', actor) || !rules.may(actor, 'read', object) || !mayDo) return 403
  const mapped = columns.filter((column) => mayMap(view, plan, column))
  if (plan.rows.length === 0 || mapped.length < (isMapped ? columns.length : 1)) return 422
  if (match === undefined) return 202
  const finds = match === 'id' || findsBy(view, object, match)
  return finds && mapped.some(({ field }) => field === match) ? 202 : 422
}

function mayMap(
  view: View,
  { object, match }: ImportPlan,
  { field: name, by }: ImportColumn,
): boolean {
  const field = fieldOf(view.world, object, name)
  if (name === 'id') return match === 'id'
  if (!field || isComputed(field) || field.type === 'file') return false
  if (view.rules.access(view.actor, object, name) !== 'edit') return false
  return by === undefined || targetsOf(field).every((target) => findsBy(view, target, by))
}

class Job {
  readonly #asker: Asker
  readonly #plan: ImportPlan
  readonly #rows: RowVerdict[]
  readonly #created: WorldRecord[] = []
  readonly #updated: [WorldRecord, WorldRecord][] = []
  #view: View

  constructor(view: View, asker: Asker, plan: ImportPlan) {
    this.#view = view
    this.#asker = asker
    this.#plan = plan
    this.#rows = plan.rows.map(() => 'failed')
  }

  run(): ImportVerdict {
    const { rows, match, mode } = this.#plan
    const all = rows.map((cells, row): Pending => ({ row, cells }))
    const found = new Map(
      all.map((one) => [one, match === undefined ? undefined : this.#find(match, one)]),
    )
    const makes = (one: Pending): boolean =>
      mode === 'create' || (mode === 'upsert' && !found.get(one))
    const alike = this.#createAll(
      all.filter((one) => makes(one) && (match === undefined || one.cells[match] !== '')),
    )
    this.#updateAll(alike)
    this.#updateAll(
      all.flatMap((one) => {
        const record = found.get(one)
        return record ? [[one, record] as const] : []
      }),
    )
    return {
      status: 202,
      rows: this.#rows,
      after: this.#view,
      created: this.#created,
      updated: this.#updated,
    }
  }

  #find(match: string, { cells }: Pending): WorldRecord | undefined {
    const word = cells[match] ?? ''
    if (match !== 'id') return findByUnique(this.#view, this.#plan.object, match, word)
    const record = this.#view.survivorOf(word) ?? this.#view.rules.record(word)
    return record && this.#view.rules.canRead(this.#view.actor, record) ? record : undefined
  }

  /** @returns the rows that change a record which they are like, and that record */
  #createAll(rows: readonly Pending[]): (readonly [Pending, WorldRecord])[] {
    const { duplicates, object } = this.#plan
    const made: WorldRecord[] = []
    const alike = rows.flatMap((one): (readonly [Pending, WorldRecord])[] => {
      const record = this.#newRecord(one)
      const given = Object.keys(this.#valuesOf(one) ?? {})
      const verdict = record && savingOf(this.#view).create(this.#view.actor, record, given)
      if (!record || verdict !== 'done') return []
      const twins = duplicates === 'create' ? [] : twinsOf(this.#view, record)
      const [twin] = twins
      if (twin === undefined) {
        if (isTaken(this.#view, record)) return []
        this.#rows[one.row] = 'created'
        made.push(record)
        return []
      }
      if (duplicates === 'skip') this.#rows[one.row] = 'skipped'
      const isSeen = this.#view.rules.canRead(this.#view.actor, twin)
      const isOne =
        duplicates === 'update' && twins.length === 1 && isSeen && twin.object === object
      return isOne ? [[one, twin]] : []
    })
    this.#created.push(...made)
    this.#goOn(made)
    return alike
  }

  #updateAll(rows: readonly (readonly [Pending, WorldRecord])[]): void {
    const changed = rows.flatMap(([one, { id }]): (readonly [WorldRecord, WorldRecord])[] => {
      const record = this.#view.rules.record(id)
      const next = record && this.#changed(record, one)
      if (!next || savingOf(this.#view).update(this.#view.actor, record, next) !== 'done') return []
      const { duplicates } = this.#plan
      const isLike = duplicates !== 'create' && twinsOf(this.#view, next, record).length > 0
      if (isLike && duplicates === 'skip') this.#rows[one.row] = 'skipped'
      if (isLike || isTaken(this.#view, next)) return []
      this.#rows[one.row] = 'updated'
      return [[next, record]]
    })
    this.#updated.push(...changed.map(([next, was]): [WorldRecord, WorldRecord] => [next, was]))
    this.#goOn(changed.map(([next]) => next))
  }

  #goOn(next: readonly WorldRecord[]): void {
    this.#view = viewAfter(this.#view, this.#asker, next)
  }

  #newRecord(one: Pending): WorldRecord | undefined {
    const given = this.#valuesOf(one)
    if (given === undefined || given['name'] === undefined) return undefined
    const { owner = this.#view.actor.user.id, ...values } = given
    const object = objectOf(this.#view.world, this.#plan.object)
    const id = `new ${one.row}`
    return recordOf(this.#view, object, { id, owner: String(owner), values })
  }

  #changed(record: WorldRecord, one: Pending): WorldRecord | undefined {
    const given = this.#valuesOf(one)
    if (given === undefined) return undefined
    const { owner = record.owner, ...values } = given
    const known = Object.entries(values).map(([name, value]) => [name, led(this.#view, value)])
    return {
      ...record,
      owner: owner === null ? null : String(owner),
      values: { ...record.values, ...Object.fromEntries(known) },
    }
  }

  /** What the cells of a row say, those by which it finds its record among them; undefined if one names nothing. */
  #valuesOf({ cells }: Pending): Record<string, Value> | undefined {
    const { object, columns } = this.#plan
    const values: Record<string, Value> = {}
    for (const column of columns) {
      const word = cells[column.field] ?? ''
      if (word === '' || column.field === 'id') continue
      const value = this.#read(
        fieldOf(this.#view.world, object, column.field)?.type ?? '',
        column,
        word,
      )
      if (value === undefined) return undefined
      values[column.field] = value
    }
    return values
  }

  #read(type: string, { field, by }: ImportColumn, word: string): Value | undefined {
    if (type === 'number') return Number(word)
    if (type === 'checkbox') return word === 'true'
    if (by === undefined) return type === 'polymorphic_lookup' ? (word.split(':')[1] ?? '') : word
    const target = fieldOf(this.#view.world, this.#plan.object, field)?.target ?? ''
    return findByUnique(this.#view, target, by, word)?.id
  }
}

/** A world in which records are others, as somebody sees it; what was shared by hand ends with its owner. */
export function viewAfter(view: View, asker: Asker, next: readonly WorldRecord[]): View {
  if (next.length === 0) return view
  const { world } = view
  const instead = new Map(next.map((record) => [record.id, record]))
  const known = new Set(world.records.map(({ id }) => id))
  const moved = new Set(
    world.records
      .filter(({ id, owner }) => instead.has(id) && instead.get(id)?.owner !== owner)
      .map(({ id }) => id),
  )
  const records = withComputed(world.objects, [
    ...world.records.map((record) => instead.get(record.id) ?? record),
    ...next.filter(({ id }) => !known.has(id)),
  ])
  const shares = world.shares.filter(
    ({ cause, record }) => cause !== 'manual' || !moved.has(record),
  )
  const after: World = { ...world, records, shares }
  return new View(after, new Rules(after), asker)
}
