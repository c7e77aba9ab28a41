import type { Call } from '../support/test-server.ts'
import { type Attempt, savingOf } from './attempt.ts'
import { findByUnique, findsBy, isTaken } from './find-by-unique.ts'
import { unlessTwin } from './make-twins.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { Value, WorldObject, WorldRecord } from './world.ts'
import { changed, makeChange, type NewRecord, newRecord, onTheWire } from './written-values.ts'

/** What becomes of an upsert by the rules. */
export interface Upserting {
  readonly verdict: Verdict
  /** It is refused for nothing but a unique value that a record has which is out of sight. */
  readonly isTaken: boolean
}

/** Changes the record with a unique value, or makes one, whoever has that value. */
export interface Upsert extends Attempt {
  /** What the rules say of the same in a world as somebody sees it. */
  says(view: View): Upserting
}

/** An upsert by the value of a record that is seen, hidden or deleted, or that nobody has. */
export function upsert(view: View, object: WorldObject, random: Random): Upsert | undefined {
  const field = `${object.name}_${random.chance(0.06) ? 't' : 'k'}0`
  const value = pickValue(view, object.name, field, random)
  const found = findsBy(view, object.name, field)
    ? findByUnique(view, object.name, field, value)
    : undefined
  const given = found
    ? makeChange(view, object, found, random)
    : newRecord(view, object, random, { [field]: value })
  if (given === undefined) return undefined
  const says = (as: View): Upserting => upserting(as, { object: object.name, field, value, given })
  const { verdict, isTaken: isBecauseTaken } = says(view)
  const isBatch = random.chance(0.4)
  const body = bodyOf(view, object, field, given)
  const callOf = (by: string): Call => askedFor(object.name, { field, by, body, isBatch })
  const isBlind = !found && !isBecauseTaken && verdict !== 'done'
  return {
    surface: 'upsert',
    call: callOf(value),
    // What is refused all the same tells nothing of whose value it is.
    ...(isBlind ? { twin: callOf(`${random.token()} text`), isBlind } : {}),
    next: nextOf(view, found, given),
    verdict,
    says,
  }
}

function pickValue(view: View, object: string, field: string, random: Random): string {
  const known = view.recordsOf(object).filter((one) => typeof one.values[field] === 'string')
  const hidden = known.filter((one) => !view.rules.canRead(view.actor, one))
  const from = random.maybe(random.chance(0.5) ? hidden : known, 0.85)
  return String(from?.values[field] ?? `${random.token()} text`)
}

function askedFor(
  object: string,
  { field, by, body, isBatch }: { field: string; by: string; body: object; isBatch: boolean },
): Call {
  const headers = { 'content-type': 'application/json' }
  const url = `/api/v1/records/${object}`
  if (!isBatch) {
    const payload = JSON.stringify(body)
    return { method: 'PUT', url: `${url}/by/${field}/${encodeURIComponent(by)}`, payload, headers }
  }
  const operations = [{ op: 'upsert', by: { [field]: by }, record: body }]
  const payload = JSON.stringify({ operations })
  return { method: 'POST', url: `${url}/batch`, payload, headers }
}

function nextOf(view: View, found: WorldRecord | undefined, given: Given): WorldRecord {
  if (!isChange(given)) return given.record
  if (!found) throw new Error('A change is of a record')
  return changed(view, found, ...given)
}

/** A change of the record that is there, or what else one is made of. */
type Given = readonly [string, Value] | NewRecord

interface Asked {
  readonly object: string
  readonly field: string
  readonly value: string
  readonly given: Given
}

function upserting(view: View, { object, field, value, given }: Asked): Upserting {
  const { rules, actor } = view
  if (!rules.may(actor, 'read', object)) return { verdict: 'forbidden', isTaken: false }
  if (!findsBy(view, object, field)) return { verdict: 'refused', isTaken: false }
  const found = findByUnique(view, object, field, value)
  if (isChange(given)) {
    if (!found) return { verdict: 'absent', isTaken: false }
    const next = changed(view, found, ...given)
    const verdict = savingOf(view).update(actor, found, next)
    return unlessTaken(view, unlessTwin(view, verdict, next, found), next)
  }
  const verdict = savingOf(view).create(actor, given.record, given.given)
  return unlessTaken(view, unlessTwin(view, verdict, given.record), given.record)
}

function unlessTaken(view: View, verdict: Verdict, next: WorldRecord): Upserting {
  const isRefused = verdict === 'done' && isTaken(view, next)
  return { verdict: isRefused ? 'refused' : verdict, isTaken: isRefused }
}

function isChange(given: Given): given is readonly [string, Value] {
  return Array.isArray(given)
}

function bodyOf(view: View, object: WorldObject, by: string, given: Given): object {
  if (!isChange(given)) {
    return Object.fromEntries(Object.entries(given.body).filter(([name]) => name !== by))
  }
  const [name, value] = given
  return { [name]: onTheWire(view, object, name, value) }
}
