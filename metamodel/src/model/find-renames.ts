import { splitName } from '../kinds/component-files.ts'
import type { RawComponent } from '../kinds/index.ts'

/** What has another name than before. */
export interface Renames {
  /** Old name → new name. */
  objects: ReadonlyMap<string, string>
  /** Old `object.field` → the field's own new name. */
  fields: ReadonlyMap<string, string>
  /** Kind and old `object.rule` → the rule's own new name: rules have no rows, so that nobody asks for the old one. */
  rules: ReadonlyMap<string, string>
}

const RULE_KINDS: readonly string[] = ['validation_rule', 'duplicate_rule']

/** Whether a kind is one of the rules that tests speak of. */
export function isRule(kind: string): boolean {
  return RULE_KINDS.includes(kind)
}

/** The new name of a rule of an object, if it has one: tests name rules without saying of which kind. */
export function renamedRule(object: string, rule: string, { rules }: Renames): string {
  const names = RULE_KINDS.map((kind) => rules.get(`${kind} ${object}.${rule}`))
  return names.find((name) => name !== undefined) ?? rule
}

/** Whether anything has another name. */
export function isRenaming({ objects, fields, rules }: Renames): boolean {
  return objects.size + fields.size + rules.size > 0
}

/**
 * What is the same under another name: its definition says what it was called before (`former_names`), and only one of
 * the two names is there on each side. A state from before a rename is found the same way, so that rolling back gives
 * the old name back.
 */
export function findRenames(
  before: readonly RawComponent[],
  next: readonly RawComponent[],
): Renames {
  const objects = pairs(namesOf(before, 'object'), namesOf(next, 'object'))
  const partsOf = (kind: string): [string, string][] => {
    const was = Map.groupBy(namesOf(before, kind), ([name]) => splitName(name)[0])
    const now = Map.groupBy(namesOf(next, kind), ([name]) => splitName(name)[0])
    return [...was].flatMap(([object, old]) => {
      const come = now.get(objects.get(object) ?? object) ?? []
      return [...pairs(ownNames(old), ownNames(come))].map(([from, to]): [string, string] => [
        `${object}.${from}`,
        to,
      ])
    })
  }
  const rules = RULE_KINDS.flatMap((kind) =>
    partsOf(kind).map(([from, to]): [string, string] => [`${kind} ${from}`, to]),
  )
  return { objects, fields: new Map(partsOf('field')), rules: new Map(rules) }
}

type Names = ReadonlyMap<string, readonly string[]>

function namesOf(components: readonly RawComponent[], kind: string): Names {
  const found = components.filter((one) => one.kind === kind)
  return new Map(found.map(({ name, definition }) => [name, formerNames(definition)]))
}

function formerNames(definition: unknown): readonly string[] {
  const { former_names: names } = Object(definition) as { former_names?: unknown }
  return Array.isArray(names) ? names.map(String) : []
}

function ownNames(names: Iterable<readonly [string, readonly string[]]>): Names {
  return new Map([...names].map(([name, former]) => [splitName(name)[1], former]))
}

function pairs(before: Names, next: Names): Map<string, string> {
  const found = new Map<string, string>()
  const gone = new Set([...before.keys()].filter((name) => !next.has(name)))
  const come = new Set([...next.keys()].filter((name) => !before.has(name)))
  const pair = (from: string | undefined, to: string | undefined): void => {
    if (from === undefined || to === undefined) return
    if (gone.delete(from) && come.delete(to)) found.set(from, to)
  }
  for (const to of come) {
    pair(
      next.get(to)?.findLast((name) => gone.has(name)),
      to,
    )
  }
  for (const from of gone) {
    pair(
      from,
      before.get(from)?.findLast((name) => come.has(name)),
    )
  }
  return found
}
