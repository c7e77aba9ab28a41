import type { Answer } from '../support/test-server.ts'
import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { call, expectStatus } from './check.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import { objectOf, targetsOf } from './world-parts.ts'
import type { WorldField, WorldRecord } from './world.ts'

/** What becomes of a record of which somebody else is to be the owner. */
function moving(view: View, record: WorldRecord, owner: string): Verdict {
  return savingOf(view).update(view.actor, record, { ...record, owner })
}

function newOwner({ world, actor }: View, random: Random): string {
  return random.chance(0.2) ? actor.user.id : random.pick(world.users).id
}

/** Makes somebody the owner of several records at once; each is judged by itself. */
export function transferMany(view: View, object: string, random: Random): Attempt | undefined {
  const owner = newOwner(view, random)
  const records = random
    .some(view.recordsOf(object), 0.15)
    .filter((one) => one.owner !== owner && !view.survivorOf(one.id))
    .slice(0, 8)
  const [first] = records
  if (first === undefined) return undefined
  const isDetail = objectOf(view.world, object).master !== undefined
  const isRefused = isDetail || !view.rules.may(view.actor, 'read', object)
  const verdicts = records.map((record) => moving(view, record, owner))
  const verdict = !isRefused && verdicts.includes('done') ? 'done' : 'forbidden'
  const ids = records.map(({ id }) => id)
  return {
    surface: 'mass transfer',
    call: call('POST', `/api/v1/records/${object}/actions/transfer`, { ids, owner }),
    next: { ...first, owner },
    verdict,
    judgeAll: (answer) => (isRefused ? expectStatus(answer, 403) : judgeEach(answer, verdicts)),
  }
}

function judgeEach(answer: Answer, verdicts: readonly Verdict[]): string[] {
  const status = expectStatus(answer, 200)
  if (status.length > 0) return status
  const results = answer.body.results as { status: number }[]
  return verdicts.flatMap((verdict, at) => {
    const given = results[at]?.status ?? 0
    const isDone = given >= 200 && given < 300
    const isRight = verdict === 'absent' ? given === 404 : isDone === (verdict === 'done')
    return isRight ? [] : [`${given} instead of ${verdict}: ${JSON.stringify(results[at])}`]
  })
}

/** Makes somebody the owner of a record, and of what refers to it and has the same owner. */
export function transferOne(view: View, record: WorldRecord, random: Random): Attempt | undefined {
  const all = referring(view, record.object)
  return transferWith(view, record, random, {
    owner: newOwner(view, random),
    along: random.maybe(all, 0.9),
  })
}

/** How many new owners are thought of for what may be given away. */
const OWNERS = 12

/**
 * Gives away what may be given away, with what refers to it in a way that is not told, or with what refers to it, has
 * the same owner, and is out of sight.
 */
export function goAlong(view: View, random: Random): Attempt | undefined {
  const { rules, actor, world } = view
  const own = world.objects.filter((one) => !one.isPlatform && one.master === undefined)
  const all = own.flatMap(({ name }) =>
    referring(view, name).map((along) => ({ along, object: name })),
  )
  const untold = all.filter(({ along }) => !view.isTold(along.child, along.field.name))
  const hidden = all.filter(({ along }) => view.isTold(along.child, along.field.name))
  const isUntold = random.chance(0.5)
  for (const { along, object } of inAnyOrder(random, isUntold ? untold : hidden)) {
    const may = view.readable(object).filter((one) => rules.can('transfer', actor, one))
    const records = isUntold ? may : may.filter((one) => hasUnseen(view, one, along))
    const record = random.maybe(records, 1)
    const owners = Array.from({ length: OWNERS }, () => newOwner(view, random))
    const owner = record && owners.find((one) => moving(view, record, one) === 'done')
    if (record && owner && owner !== record.owner) {
      return transferWith(view, record, random, { owner, along })
    }
  }
  return undefined
}

function inAnyOrder<One>(random: Random, all: readonly One[]): One[] {
  return all
    .map((one) => [random.next(), one] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, one]) => one)
}

function hasUnseen(view: View, { id, owner }: WorldRecord, { child, field }: Along): boolean {
  return view
    .recordsOf(child)
    .some(
      (one) =>
        !one.isDeleted &&
        one.owner === owner &&
        one.values[field.name] === id &&
        !view.rules.canRead(view.actor, one),
    )
}

function transferWith(
  view: View,
  record: WorldRecord,
  random: Random,
  { owner, along }: { readonly owner: string; readonly along: Along | null },
): Attempt | undefined {
  if (record.owner === owner || view.survivorOf(record.id)) return undefined
  const relationship = along?.field.relationship
  const body = { owner, ...(relationship === undefined ? {} : { with: [relationship] }) }
  const url = (id: string): string => `${urlOf({ ...record, id })}/actions/transfer`
  const verdict = transferring(view, record, owner, along)
  return {
    surface: 'transfer along',
    call: call('POST', url(record.id), body),
    twin: call('POST', url(random.id()), body),
    next: { ...record, owner },
    verdict,
    judge: ({ body: answer }) => {
      if (!along || relationship === undefined) return []
      const expected = countAlong(view, record, owner, along)
      const given = answer.with[relationship]
      return given?.moved === expected.moved && given?.left === expected.left
        ? []
        : [`${JSON.stringify(given)} went along instead of ${JSON.stringify(expected)}`]
    },
  }
}

interface Along {
  readonly child: string
  readonly field: WorldField
}

function referring({ world }: View, object: string): Along[] {
  return world.objects
    .filter((child) => !child.isPlatform && child.master === undefined)
    .flatMap((child) =>
      child.fields
        .filter((field) => targetsOf(field).includes(object))
        .map((field) => ({ child: child.name, field })),
    )
}

function transferring(
  view: View,
  record: WorldRecord,
  owner: string,
  along: Along | null,
): Verdict {
  const { rules, actor, world } = view
  if (!rules.may(actor, 'read', record.object)) return 'forbidden'
  if (objectOf(world, record.object).master !== undefined) return 'forbidden'
  if (along && !view.isTold(along.child, along.field.name)) return 'refused'
  return moving(view, record, owner)
}

/** What goes along, and what of the same owner stays, of the records that are seen. */
function countAlong(
  view: View,
  { id, owner: from }: WorldRecord,
  to: string,
  { child, field }: Along,
): { moved: number; left: number } {
  const near = view
    .readable(child)
    .filter((one) => one.owner === from && one.values[field.name] === id)
  const moved = near.filter(
    (one) => view.rules.can('transfer', view.actor, one) && moving(view, one, to) === 'done',
  ).length
  return { moved, left: near.length - moved }
}
