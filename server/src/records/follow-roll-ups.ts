import type { WriteContext } from '../access/context.ts'
import { loadRelease } from '../catalog/index.ts'
import type { Release } from '../schema/release.ts'
import { recomputeFormulas } from './follow-formulas.ts'
import { rollUpRecords } from './roll-up-records.ts'
import { addChanges, findParents, type Parents, rollUpsOver } from './roll-ups-touched.ts'
import { Touched, type WritingContext } from './touched.ts'

/** Roll-ups of roll-ups of roll-ups: no model that publishes goes further than its fields, of which circles are refused. */
const MOST_ROUNDS = 50

/** A context that may be one of writing already. */
type Context = WriteContext & Partial<Pick<WritingContext, 'touched'>>

/**
 * Does work that writes records, and makes the roll-ups anew that are made of them: those of the old parent and of
 * the new, then those of their parents in turn. All in the transaction of the work, so that whoever reads sees both
 * or neither. Every parent is locked before what it is made of is read: two who save children of it at the same
 * moment come one after the other, and the second reads what the first has saved. Work that is part of a greater one
 * leaves that to it.
 *
 * @throws RefusedAbove if a rule of a parent refuses what becomes of it
 */
export async function followingRollUps<Result>(
  context: Context,
  work: (inside: WritingContext) => Promise<Result>,
  { isSystem }: { isSystem: boolean } = { isSystem: false },
): Promise<Result> {
  const touched = context.touched ?? new Touched()
  const result = await work({ ...context, touched, isSystem })
  if (context.touched === undefined) await settle(context, touched)
  return result
}

/**
 * Follows up at this point of a greater work, before records of an object are read: what they are made of may have
 * been written. Runs of one object after the other are followed as one.
 */
export async function settleBefore(context: WritingContext, object: string): Promise<void> {
  const { touched, release } = context
  const { objects } = touched
  const isMadeOf = (child: string): boolean =>
    rollUpsOver(release, child).some((field) => field.object === object)
  const isNext = objects.size > 0 && !objects.has(object)
  if (isNext || [...objects].some(isMadeOf)) await settle(context, touched)
}

async function settle(context: WriteContext, touched: Touched): Promise<void> {
  const inForce = { ...context, release: await releaseInForce(context, touched.release) }
  const written = touched.take()
  let parents = await findParents(inForce, written)
  addChanges(parents, inForce, await recomputeFormulas(inForce, written), true)
  for (let round = 0; parents.size > 0; round += 1) {
    if (round === MOST_ROUNDS) throw new Error(`Roll-ups did not settle in ${MOST_ROUNDS} rounds`)
    parents = await rollUpRound(inForce, parents)
  }
}

/** One object after the other, in the order of their names. @returns what follows from that */
async function rollUpRound(context: WriteContext, parents: Parents): Promise<Parents> {
  const next: Parents = new Map()
  for (const [name, asked] of [...parents].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const object = context.release.model.objects.get(name)
    if (!object) continue
    const changes = await rollUpRecords(context, object, asked)
    const recomputed = await recomputeFormulas(context, { changes, states: [] })
    addChanges(next, context, [...changes, ...recomputed], true)
  }
  return next
}

const newer = new WeakMap<Release, Release>()

/**
 * The release that says what is rolled up: the one in force when the records were written. A request that began
 * before a publish would else leave out what that has added.
 */
async function releaseInForce({ tx, release }: WriteContext, number: number): Promise<Release> {
  if (number <= release.number) return release
  const known = newer.get(release)
  if (known && known.number >= number) return known
  const { schema } = release.physical.names
  const head = { release: number, epoch: 0 }
  const loaded = await loadRelease(tx, schema, head, release.model.fieldTypes)
  newer.set(release, loaded)
  return loaded
}
