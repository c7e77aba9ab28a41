import type { Message, Model, Rights } from '@trellis/metamodel'

import { type AccessFact, contains, NOT_GIVEN } from './access-fact.ts'
import { listAccessFacts } from './list-access-facts.ts'

/** One difference between what two models say about access. */
export interface AccessChange {
  kind: AccessFact['kind']
  name: string
  /** Something is opened by it, something is closed by it: of two conditions both may be. */
  isOpening: boolean
  isClosing: boolean
  what: Message
  before: Message
  after: Message
  touches: readonly string[]
  /** Whether somebody has, in the model before, as much as it opens. */
  isHeldBy(rights: Rights): boolean
}

/**
 * What changes about access from one model to the next. A fact that stays the same is none, nor is one that only
 * follows the usual of its place.
 * @example diffAccess(current, next).filter((change) => change.isOpening)
 */
export function diffAccess(before: Model | undefined, next: Model): AccessChange[] {
  const old = new Map((before ? listAccessFacts(before) : []).map((fact) => [fact.key, fact]))
  const now = new Map(listAccessFacts(next).map((fact) => [fact.key, fact]))
  const keys = new Set([...now.keys(), ...old.keys()])
  return [...keys].flatMap((key): AccessChange[] => {
    const [was, is] = [old.get(key), now.get(key)]
    const known = is ?? was
    if (!known || (isUnremarkable(was) && isUnremarkable(is))) return []
    const opened = !contains(reachOf(was), reachOf(is))
    const closed = !contains(reachOf(is), reachOf(was))
    if (!opened && !closed) return []
    const isReversed = known.isClosing === true
    const isOpening = isReversed ? closed : opened
    return [
      {
        kind: known.kind,
        name: known.name,
        isOpening,
        isClosing: isReversed ? opened : closed,
        what: known.what,
        before: was?.value ?? NOT_GIVEN,
        after: is?.value ?? NOT_GIVEN,
        touches: [...new Set([...(was?.touches ?? []), ...(is?.touches ?? [])])],
        isHeldBy: (rights) =>
          !isOpening ||
          before === undefined ||
          rights.parts.every((part) => known.isHeldBy(part, before)),
      },
    ]
  })
}

const NOTHING: ReadonlySet<string> = new Set()

function reachOf(fact: AccessFact | undefined): ReadonlySet<string> {
  return fact?.reach ?? NOTHING
}

function isUnremarkable(fact: AccessFact | undefined): boolean {
  return fact === undefined || fact.isUsual === true
}
