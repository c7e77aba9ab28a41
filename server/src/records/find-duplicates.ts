import {
  LOCALES,
  localize,
  type Message,
  type ObjectModel,
  type WireMatch,
} from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import type { PlannedDuplicateRule } from '../duplicates/choose-duplicate-rules.ts'
import { meetsCondition } from '../duplicates/compare-matched.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, RequestError } from '../errors.ts'
import { isReadable } from '../query/field-path.ts'
import { nameTeller } from '../query/mask-cells.ts'
import { type FoundRecord, loadPairs, loadTwins } from './load-twins.ts'
import type { PreparedChange } from './prepared-change.ts'

/** More are not told. */
const MOST_TOLD = 5

/**
 * Looks for twins of records that are to be written, by the duplicate rules that were chosen for each: among the
 * records that there are, and among each other. What a rule blocks is refused; what it warns of is refused too, unless
 * the caller has said that they know. A warning tells of records that the caller may see; one that tells of the
 * existence of others says whose they are and no more.
 */
export async function findDuplicates(
  context: WriteContext,
  object: ObjectModel,
  prepared: readonly PreparedChange[],
): Promise<void> {
  const sound = prepared.filter((one) => one.change && one.error === undefined)
  const rules = new Set(sound.flatMap(({ duplicateRules }) => duplicateRules))
  const found = new Map<PreparedChange, Failure[]>()
  for (const rule of rules) {
    const concerned = sound.filter((one) => {
      const isKnown = one.request.allowDuplicates === true && !isBlocking(rule, one)
      return one.duplicateRules.includes(rule) && !isKnown
    })
    await lookUp(context, { object, rule, concerned }, found)
  }
  for (const [one, failures] of found) {
    const [first] = failures
    if (first) one.end(new RequestError('duplicate', { detail: first.message, failures }))
  }
}

interface Asked {
  object: ObjectModel
  rule: PlannedDuplicateRule
  concerned: readonly PreparedChange[]
}

const isBlocking = ({ definition }: PlannedDuplicateRule, { change }: PreparedChange): boolean =>
  (change?.op === 'create' ? definition.on_create : definition.on_update) === 'block'

async function lookUp(
  context: WriteContext,
  { object, rule, concerned }: Asked,
  found: Map<PreparedChange, Failure[]>,
): Promise<void> {
  const changes = concerned.flatMap(({ change }) => change ?? [])
  const isRefusing = concerned.some((one) => isBlocking(rule, one))
  if (changes.length === 0 || !(isRefusing || mayCompare(context, rule))) return
  const add = (one: PreparedChange, matches: WireMatch[]): void => {
    found.set(one, [...(found.get(one) ?? []), failureOf(rule, isBlocking(rule, one), matches)])
  }
  const twins = Map.groupBy(await loadTwins(context, rule, changes), ({ n }) => n)
  for (const [n, records] of twins) {
    const [one, change] = [concerned[n], changes[n]]
    const meeting = records.filter(({ values }) => change && isMet(rule, change, values))
    if (one && meeting.length > 0) add(one, tell(context, rule, meeting))
  }
  if (changes.length < 2 || rule.target !== object) return
  const pairs = Map.groupBy(await loadPairs(context, rule, changes), ({ n }) => n)
  concerned.forEach((one, n) => {
    const [mine, others] = [changes[n], pairs.get(n) ?? []]
    const isRepeat = others.some(({ other }) => {
      const [before, theirs] = [concerned[other], changes[other]]
      // What is not saved itself stands in nobody's way.
      const isSaved = before !== undefined && !found.has(before)
      return isSaved && mine && theirs && isMet(rule, mine, valuesOf(rule, theirs))
    })
    if (isRepeat && !found.has(one)) add(one, [])
  })
}

/** Whether the caller may know what would be compared, on either side: else a warning would tell it. */
function mayCompare(context: WriteContext, rule: PlannedDuplicateRule): boolean {
  const { definition, own, target } = rule
  return definition.match.every(({ field, with: other = field }) =>
    [own.fields.get(field), target.fields.get(other)].every(
      (one) => one !== undefined && isReadable(context, one),
    ),
  )
}

function isMet(
  { definition }: PlannedDuplicateRule,
  { after }: RecordChange,
  values: readonly unknown[],
): boolean {
  return definition.match.every((one, at) =>
    meetsCondition(one, after[one.field] ?? null, values[at]),
  )
}

const valuesOf = ({ definition }: PlannedDuplicateRule, { after }: RecordChange): unknown[] =>
  definition.match.map(({ field }) => after[field] ?? null)

function tell(
  context: WriteContext,
  rule: PlannedDuplicateRule,
  records: readonly FoundRecord[],
): WireMatch[] {
  // One that may not know what was compared is not told of a record by its equality.
  if (!mayCompare(context, rule)) return []
  const tellName = nameTeller(context, rule.target.name)
  const tellOwner = nameTeller(context, 'user')
  const object = rule.target.name
  const isTold = (record: FoundRecord): boolean =>
    record.isSeen || rule.definition.tells === 'existence'
  return records
    .filter(isTold)
    .slice(0, MOST_TOLD)
    .map(({ id, name, isSeen, owner }): WireMatch =>
      isSeen
        ? { object, id, name: tellName(name) }
        : { object, id: null, name: null, owner: tellOwner(owner) },
    )
}

function failureOf(
  { name, definition }: PlannedDuplicateRule,
  isRefused: boolean,
  matches: WireMatch[],
): Failure {
  const text = Object.fromEntries(
    LOCALES.map((locale) => [locale, localize(definition.message, locale, name)]),
  ) as Message
  const place = definition.match[0]?.field ?? ''
  return failure(place, isRefused ? 'duplicate' : 'likely_duplicate', text, { rule: name, matches })
}
